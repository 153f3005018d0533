// Simulated years from the command line: many seeds, one seed with its story, or broken rules.
#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/simulation/mutants.hpp"
#include "tests/simulation/shrink.hpp"

using namespace lucheng::simulation;

namespace {

struct Wanted {
    std::uint64_t from = 1, seeds = 100;
    double years = 0;  // of each seed; 0: four days
    std::uint32_t parcels = 9;
    unsigned jobs = 1;
    bool faultless = false, story = false, shrinks = false, mutants = false;
    int mutant = 0;
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
    std::uint64_t runs = 0, broken = 0, entries = 0, boots = 0;
    std::int64_t simulated_ms = 0;
    std::uint64_t fingerprint = 0;
};

void tell(const Outcome& out) {
    for (const auto& line : out.transcript) fmt::print("{}\n", line);
}

void add(Sum& sum, std::uint64_t seed, const Outcome& out) {
    ++sum.runs;
    sum.simulated_ms += out.at.count();
    sum.entries += out.entries;
    sum.boots += out.boots;
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
        all.entries += sum.entries;
        all.boots += sum.boots;
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
        sum.runs, simulated / (365 * 86'400.0), sum.entries, sum.boots, took,
        static_cast<double>(sum.runs) / took, simulated / took / 1e6, sum.broken, sum.fingerprint);
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

// Each broken rule must be noticed by some seed.
int run_mutants(const Wanted& wanted) {
    int missed = 0;
    fmt::print("| | rule | found by | seed | day | after |\n|---|---|---|---|---|---|\n");
    for (const auto& mutant : mutants()) {
        if (wanted.mutant != 0 && mutant.number != wanted.mutant) continue;
        if (!break_rule(mutant.number)) {
            fmt::print("this program was built without rules to break\n");
            return 2;
        }
        const double begun = seconds();
        bool found = false;
        for (auto seed = wanted.from; seed < wanted.from + wanted.seeds && !found; ++seed) {
            const auto out = run(plan_of(settings_of(wanted, seed)));
            if (out.kept()) continue;
            found = true;
            fmt::print("| {} | {} | {} | {} | {:.2f} | {:.1f} s |\n", mutant.number, mutant.rule,
                       out.how, seed, static_cast<double>(out.at.count()) / 86.4e6,
                       seconds() - begun);
        }
        if (!found) {
            ++missed;
            fmt::print("| {} | {} | NOT FOUND | {} seeds | | {:.1f} s |\n", mutant.number,
                       mutant.rule, wanted.seeds, seconds() - begun);
        }
        std::fflush(stdout);
    }
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
    app.add_option("--parcels", wanted.parcels, "a day");
    app.add_option("--jobs", wanted.jobs, "processes at once");
    app.add_flag("--faultless", wanted.faultless, "nothing but people goes wrong");
    app.add_flag("--story", wanted.story, "the first seed alone, with its transcript");
    app.add_flag("--shrink", wanted.shrinks, "with --story: cut down to what is needed");
    app.add_flag("--mutants", wanted.mutants, "break one rule after another");
    app.add_option("--mutant", wanted.mutant, "with --mutants: this one alone");
    CLI11_PARSE(app, argc, argv);
    if (wanted.mutants) return run_mutants(wanted);
    if (wanted.story || wanted.shrinks) return tell_story(wanted);
    return run_seeds(wanted);
}
