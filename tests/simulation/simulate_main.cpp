// Simulated years from the command line: many seeds, one seed with its story, or broken rules.
#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/simulation/explore.hpp"
#include "tests/simulation/mutants.hpp"
#include "tests/simulation/shrink.hpp"

using namespace lucheng::simulation;

namespace {

struct Wanted {
    std::uint64_t from = 1, seeds = 100;
    double years = 0;  // of each seed; 0: four days
    double minutes = 0;
    bool figures = false;
    std::uint32_t parcels = 9;
    unsigned jobs = 1;
    bool faultless = false, story = false, shrinks = false, mutants = false;
    int mutant = 0;
    bool crash_points = false;
    Exploration exploration{};
};

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Settings settings_of(const Wanted& wanted, std::uint64_t seed) {
    Settings settings{.seed = seed, .parcels_a_day = wanted.parcels, .faults = !wanted.faultless};
    if (wanted.years > 0) {
        settings.length = Milliseconds{static_cast<Milliseconds::rep>(wanted.years * 365 * 86.4e6)};
    }
    return settings;
}

// One line a seed that broke something, and the figures of all.
struct Sum {
    std::uint64_t runs = 0, broken = 0;
    Figures figures{};
    std::int64_t simulated_ms = 0;
    std::uint64_t fingerprint = 0;
};

void tell(const Outcome& out) {
    for (const auto& line : out.transcript) fmt::print("{}\n", line);
}

void tell(const Figures& figures) {
    fmt::print(
        "{} parcels, {} of them put in; {} pulses, {} doors sprang open; {} messages heard; "
        "{} power cuts\n",
        figures.parcels, figures.deposited, figures.pulses, figures.openings, figures.messages,
        figures.cuts);
    for (std::size_t i = 0; i < figures.acts.size(); ++i) {
        if (figures.acts.at(i) == 0) continue;
        fmt::print("{}{} {}", i == 0 ? "" : ", ", name_of(static_cast<Act>(i)), figures.acts.at(i));
    }
    fmt::print("\n");
}

void add(Sum& sum, std::uint64_t seed, const Outcome& out) {
    ++sum.runs;
    sum.simulated_ms += out.at.count();
    sum.figures.add(out.figures);
    sum.fingerprint = sum.fingerprint * 31 + out.fingerprint;
    if (out.kept()) return;
    ++sum.broken;
    fmt::print("seed {}: {} (day {:.2f})\n", seed, out.how,
               static_cast<double>(out.at.count()) / 86.4e6);
    std::fflush(stdout);
}

Sum run_share(const Wanted& wanted, unsigned share) {
    Sum sum;
    const double begun = seconds();
    double told_at = begun;
    for (std::uint64_t i = share; i < wanted.seeds; i += wanted.jobs) {
        if (wanted.minutes > 0 && seconds() > begun + 60 * wanted.minutes) break;
        const auto seed = wanted.from + i;
        add(sum, seed, run(plan_of(settings_of(wanted, seed))));
        if (share == 0 && seconds() > told_at + 10) {
            told_at = seconds();
            fmt::print(stderr, "{} of {} seeds, {:.0f} s\n", i + 1, wanted.seeds, told_at - begun);
        }
    }
    return sum;
}

// Processes, not threads: SQLite's default disk and the dice are a process's own.
Sum run_all(const Wanted& wanted) {
    Sum all;
    std::vector<int> ends;
    for (unsigned share = 0; share < wanted.jobs; ++share) {
        std::array<int, 2> pipe{};
        if (::pipe(pipe.data()) != 0) throw std::runtime_error{"no pipe"};
        if (::fork() == 0) {
            const Sum sum = run_share(wanted, share);
            std::fflush(stdout);
            ::_exit(::write(pipe[1], &sum, sizeof sum) == sizeof sum ? 0 : 1);
        }
        ::close(pipe[1]);
        ends.push_back(pipe[0]);
    }
    for (const int end : ends) {
        Sum sum;
        if (::read(end, &sum, sizeof sum) != sizeof sum) {  // it aborted: that is a finding too
            fmt::print("a share of the seeds ended without a word\n");
            ++all.broken;
        }
        ::close(end);
        all.runs += sum.runs;
        all.broken += sum.broken;
        all.figures.add(sum.figures);
        all.simulated_ms += sum.simulated_ms;
        all.fingerprint ^= sum.fingerprint;
    }
    while (::wait(nullptr) > 0) continue;
    return all;
}

int run_seeds(const Wanted& wanted) {
    const double begun = seconds();
    const Sum sum = run_all(wanted);
    const double took = seconds() - begun;
    const double simulated = static_cast<double>(sum.simulated_ms) / 1'000;
    fmt::print(
        "{} seeds, {:.2f} cabinet-years, {} entries, {} starts in {:.1f} s: {:.1f} seeds/s, "
        "{:.2f} million times real time; {} broken; {:016x}\n",
        sum.runs, simulated / (365 * 86'400.0), sum.figures.entries, sum.figures.starts, took,
        static_cast<double>(sum.runs) / took, simulated / took / 1e6, sum.broken, sum.fingerprint);
    if (wanted.minutes > 0 || wanted.figures) tell(sum.figures);
    return sum.broken == 0 ? 0 : 1;
}

int tell_story(const Wanted& wanted) {
    Plan plan = plan_of(settings_of(wanted, wanted.from));
    auto out = run(plan);
    if (wanted.shrinks && !out.kept()) {
        plan = shrink(plan, out.promise, [](std::size_t items) {
            fmt::print(stderr, "{} things are enough\n", items);
        });
        for (const auto& item : plan.items) {
            fmt::print("{{Milliseconds{{{}}}, Act({}), {}u}},  // {}\n", item.at.count(),
                       static_cast<int>(item.act), item.seed, name_of(item.act));
        }
    }
    out = run(plan, {.transcript = true});
    tell(out);
    return out.kept() ? 0 : 1;
}

// What the process is at, for when the core itself notices and aborts.
struct Hunt {
    const Mutant* mutant = nullptr;
    std::uint64_t seed = 0;
};
Hunt& hunt() {
    static Hunt one;
    return one;
}
void aborted(int) {
    const auto& [mutant, seed] = hunt();
    fmt::print("| {} | {} | the core aborts | {} | | | |\n", mutant->number, mutant->rule, seed);
    std::fflush(stdout);
    ::_exit(0);
}

// One rule broken: the line of the table, and whether some seed noticed.
bool find_mutant(const Wanted& wanted, const Mutant& mutant) {
    const double begun = seconds();
    for (auto seed = wanted.from; seed < wanted.from + wanted.seeds; ++seed) {
        hunt() = {&mutant, seed};
        const Plan plan = plan_of(settings_of(wanted, seed));
        const auto out = run(plan);
        if (out.kept()) continue;
        // Only if the whole rule keeps the promise there: nothing else is broken.
        if (!break_rule(0)) return false;
        const bool by_itself = !run(plan).kept();
        if (!break_rule(mutant.number)) return false;
        if (by_itself) continue;
        fmt::print("| {} | {} | {} | {} | {} | {:.2f} | {:.0f} s |\n", mutant.number, mutant.rule,
                   out.how, seed, out.moments, static_cast<double>(out.at.count()) / 86.4e6,
                   seconds() - begun);
        return true;
    }
    fmt::print("| {} | {} | NOT FOUND | {} seeds | | | {:.0f} s |\n", mutant.number, mutant.rule,
               wanted.seeds, seconds() - begun);
    return false;
}

// Each broken rule must be noticed by some seed. A process for each: the core may abort.
int run_mutants(const Wanted& wanted) {
    if (!break_rule(1)) {
        fmt::print("this program was built without rules to break\n");
        return 2;
    }
    fmt::print(
        "| | rule | found by | seed | step | day | after |\n|---|---|---|---|---|---|---|\n");
    std::fflush(stdout);
    int missed = 0;
    unsigned running = 0;
    const auto wait_for_one = [&] {
        int status = 0;
        if (::wait(&status) < 0) return;
        --running;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) ++missed;
    };
    for (const auto& mutant : mutants()) {
        if (wanted.mutant != 0 && mutant.number != wanted.mutant) continue;
        while (running >= wanted.jobs) wait_for_one();
        ++running;
        if (::fork() != 0) continue;
        if (!break_rule(mutant.number)) ::_exit(1);
        std::signal(SIGABRT, aborted);
        const bool found = find_mutant(wanted, mutant);
        std::fflush(stdout);
        ::_exit(found ? 0 : 1);
    }
    while (running > 0) wait_for_one();
    fmt::print("{} not found\n", missed);
    return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Simulated years of a cabinet, and whether every promise was kept"};
    Wanted wanted;
    app.add_option("--from", wanted.from, "the first seed");
    app.add_option("--seeds", wanted.seeds, "how many");
    app.add_option("--years", wanted.years, "of each seed; four days where it is not given");
    app.add_option("--minutes", wanted.minutes, "no further seed after this time");
    app.add_flag("--figures", wanted.figures, "what happened, counted");
    app.add_option("--parcels", wanted.parcels, "a day");
    app.add_option("--jobs", wanted.jobs, "processes at once");
    app.add_flag("--faultless", wanted.faultless, "nothing but people goes wrong");
    app.add_flag("--story", wanted.story, "the first seed alone, with its transcript");
    app.add_flag("--shrink", wanted.shrinks, "with --story: cut down to what is needed");
    app.add_flag("--mutants", wanted.mutants, "break one rule after another");
    app.add_option("--mutant", wanted.mutant, "this one alone; with --story: told with it");
    auto& exploration = wanted.exploration;
    app.add_flag("--crash-points", wanted.crash_points,
                 "cut the power at every operation of the disk");
    app.add_option("--depth", exploration.depth, "with --crash-points: cuts in one run");
    app.add_option("--errand", exploration.errand, "with --crash-points: the one that begins so");
    app.add_option("--cuts", exploration.path, "with --errand: these alone, with the transcript");
    app.add_option("--progress", exploration.progress,
                   "with --crash-points: a file to go on from, and to write to");
    CLI11_PARSE(app, argc, argv);
    exploration.jobs = wanted.jobs;
    if (wanted.crash_points) return explore(exploration);
    if (wanted.mutants) return run_mutants(wanted);
    if (wanted.mutant != 0 && !break_rule(wanted.mutant)) {
        fmt::print("this program was built without rules to break\n");
        return 2;
    }
    if (wanted.story || wanted.shrinks) return tell_story(wanted);
    return run_seeds(wanted);
}
