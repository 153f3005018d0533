// One run: a cabinet, people, dispatch and all that goes wrong, from a plan to its outcome.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/spec.hpp"
#include "tests/simulation/plan.hpp"

namespace lucheng::simulation {

// What happened in a run, or in many.
struct Figures {
    std::array<std::uint64_t, acts_count> acts{};
    std::uint64_t entries = 0, starts = 0, cuts = 0, parcels = 0, deposited = 0;
    std::uint64_t pulses = 0, openings = 0, messages = 0;
    void add(const Figures& other);
};

struct Outcome {
    std::string promise{};  // the one that was broken; empty: all were kept
    std::string how{};
    Milliseconds at{0};
    std::uint64_t moments = 0;
    std::uint64_t fingerprint = 0;  // of the disk, the record and the talk, to the byte
    Figures figures{};
    std::vector<std::string> transcript{};
    [[nodiscard]] bool kept() const { return promise.empty(); }
};

class CrashPoints;

struct Watching {
    CrashPoints* crashes = nullptr;
    bool transcript = false;
    std::size_t lines_most = 4000;  // of the end
};

[[nodiscard]] core::CabinetSpec spec_of(const Settings& settings);
[[nodiscard]] Outcome run(const Plan& plan, const Watching& watching = {});

}  // namespace lucheng::simulation
