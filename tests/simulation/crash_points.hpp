// The power cut at every operation of the disk in an errand, and again at every operation of the
// recovery after it. The run is split there by fork(): the child loses its power, the parent goes
// on to the next operation, so that nothing is told twice.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulation/machine.hpp"
#include "tests/simulation/world.hpp"

namespace lucheng::simulation {

struct Errand {
    std::string name;
    Plan plan;
    Milliseconds from{0};  // where the cuts begin
};
// Each in a cabinet with sensors and in one without.
[[nodiscard]] std::vector<Errand> errands();

// Shared between a process and those it has split off.
struct CrashTally {
    std::uint64_t points = 0;             // operations before which the power was cut
    std::array<std::uint64_t, 3> ways{};  // runs that ended with one, two, three cuts
    std::uint64_t broken = 0;
};

class CrashPoints {
public:
    struct Options {
        int depth = 2;
        std::uint64_t third_one_in = 200;  // of the third cuts only samples are taken
        unsigned share = 0, shares = 1;    // of the first cuts, for several processes
        std::uint64_t done = 0;            // first cuts that an earlier call has told of
        std::string path{};                // "17 all, 5 mixed": these cuts alone, nothing is split
    };
    CrashPoints(Options options, const Errand& errand, CrashTally& tally);

    // The disk is about to carry out an operation.
    void at_operation(Disk& disk, Machine& machine, std::uint64_t moment, Milliseconds now);
    // A run has ended; one that was split off ends here, with its process.
    void ended(const Outcome& outcome);
    void use(std::filesystem::path scratch) { scratch_ = std::move(scratch); }
    std::function<void(std::uint64_t first_cuts)> told{};

private:
    struct Cut {
        std::uint64_t operation = 0;
        Disk::Loss loss{};
    };
    [[nodiscard]] std::vector<Disk::Loss> losses(const Disk& disk, std::uint64_t moment);
    [[nodiscard]] bool is_wanted(const Machine& machine, Milliseconds now) const;
    void follow_path(Machine& machine);
    void split(Machine& machine, Disk::Loss loss);

    Options options_;
    std::string errand_;
    Milliseconds from_, to_;  // the first cut
    CrashTally& tally_;
    std::filesystem::path scratch_{};
    std::vector<Cut> cuts_{};  // of this process
    std::vector<Cut> path_{};
    std::uint64_t operation_ = 0;  // counted anew after each cut
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen_{};
    bool is_child_ = false;
};

}  // namespace lucheng::simulation
