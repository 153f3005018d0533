#include "tests/simulation/explore.hpp"

#include <cstdint>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/simulation/crash_points.hpp"

namespace lucheng::simulation {

namespace {

// How far one share of an errand's cuts has come.
struct Progress {
    CrashTally tally{};
    std::uint64_t operation = 0;
    bool over = false;
};

// Seen by the processes that are split off, too.
class SharedProgress {
public:
    explicit SharedProgress(std::size_t shares) : shares_{shares} {
        void* const at = ::mmap(nullptr, shares * sizeof(Progress), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) throw std::runtime_error{"no shared memory"};
        all_ = new (at) Progress[shares];
    }
    ~SharedProgress() { ::munmap(all_, shares_ * sizeof(Progress)); }
    SharedProgress(const SharedProgress&) = delete;
    SharedProgress& operator=(const SharedProgress&) = delete;
    [[nodiscard]] std::span<Progress> all() const { return {all_, shares_}; }

private:
    std::size_t shares_;
    Progress* all_ = nullptr;
};

// A line a step: the last one of each share counts.
class Diary {
public:
    Diary(std::filesystem::path file, unsigned shares) : file_{std::move(file)}, shares_{shares} {
        std::ifstream in{file_};
        for (std::string line; std::getline(in, line);) {
            std::istringstream words{line.substr(line.find('|') + 1)};
            unsigned share = 0;
            unsigned of = 0;
            Progress at;
            auto& [first, second, third] = at.tally.ways;
            words >> share >> of >> at.operation >> at.over >> at.tally.points >> first >> second >>
                third >> at.tally.broken;
            if (words && of == shares) known_[{line.substr(0, line.find('|')), share}] = at;
        }
    }
    [[nodiscard]] Progress of(const std::string& errand, unsigned share) const {
        const auto found = known_.find({errand, share});
        return found == known_.end() ? Progress{} : found->second;
    }
    void write(const std::string& errand, unsigned share, const Progress& at) const {
        if (file_.empty()) return;
        const auto& [points, ways, broken] = at.tally;
        std::ofstream{file_, std::ios::app}
            << fmt::format("{}|{} {} {} {:d} {} {} {} {} {}\n", errand, share, shares_,
                           at.operation, at.over, points, ways[0], ways[1], ways[2], broken);
    }

private:
    std::filesystem::path file_;
    unsigned shares_;
    std::map<std::pair<std::string, unsigned>, Progress> known_{};
};

void explore_share(const Exploration& wanted, const Errand& errand, unsigned share, Progress& at,
                   const Diary& diary) {
    CrashPoints crashes{{.depth = wanted.depth,
                         .share = share,
                         .shares = wanted.jobs,
                         .done = at.operation,
                         .path = {}},
                        errand,
                        at.tally};
    crashes.told = [&](std::uint64_t operation) {
        at.operation = operation;
        diary.write(errand.name, share, at);
    };
    static_cast<void>(run(errand.plan, {.crashes = &crashes}));
    at.over = true;
    diary.write(errand.name, share, at);
}

CrashTally explore_errand(const Exploration& wanted, const Errand& errand) {
    const SharedProgress shared{wanted.jobs};
    const Diary diary{wanted.progress, wanted.jobs};
    for (unsigned share = 0; share < wanted.jobs; ++share) {
        Progress& at = shared.all()[share];
        at = diary.of(errand.name, share);
        if (at.over) continue;
        std::fflush(nullptr);
        if (::fork() != 0) continue;
        explore_share(wanted, errand, share, at, diary);
        std::fflush(nullptr);
        ::_exit(0);
    }
    while (::wait(nullptr) > 0) continue;
    CrashTally sum;
    for (const Progress& at : shared.all()) {
        sum.points += at.tally.points;
        sum.broken += at.tally.broken + (at.over ? 0 : 1);  // a share that died tells by that
        for (std::size_t i = 0; i < sum.ways.size(); ++i) sum.ways.at(i) += at.tally.ways.at(i);
    }
    return sum;
}

int tell_path(const Exploration& wanted, const Errand& errand) {
    CrashTally tally;
    CrashPoints crashes{{.path = wanted.path}, errand, tally};
    const auto out = run(errand.plan, {.crashes = &crashes, .transcript = true});
    for (const auto& line : out.transcript) fmt::print("{}\n", line);
    return out.kept() ? 0 : 1;
}

}  // namespace

int explore(const Exploration& wanted) {
    fmt::print("| errand | operations | cut once | twice | three times | broken |\n");
    fmt::print("|---|---|---|---|---|---|\n");
    std::uint64_t broken = 0;
    for (const auto& errand : errands()) {
        if (!errand.name.starts_with(wanted.errand)) continue;
        if (!wanted.path.empty()) return tell_path(wanted, errand);
        const auto sum = explore_errand(wanted, errand);
        fmt::print("| {} | {} | {} | {} | {} | {} |\n", errand.name, sum.points, sum.ways[0],
                   sum.ways[1], sum.ways[2], sum.broken);
        std::fflush(stdout);
        broken += sum.broken;
    }
    return broken == 0 ? 0 : 1;
}

}  // namespace lucheng::simulation
