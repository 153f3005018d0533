// Every errand, cut at every operation of the disk: by several processes, with the progress in a
// file, so that a call that was stopped can be taken up again.
#pragma once

#include <filesystem>
#include <string>

namespace lucheng::simulation {

struct Exploration {
    int depth = 2;
    unsigned jobs = 1;
    std::string errand{};  // those whose name begins so; empty: all
    std::string path{};    // with one errand: these cuts alone, with the transcript
    std::filesystem::path progress{};
};
// The table of errands; 0: every promise was kept.
[[nodiscard]] int explore(const Exploration& exploration);

}  // namespace lucheng::simulation
