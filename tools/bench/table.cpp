#include "tools/bench/table.hpp"

#include <cstdio>
#include <fmt/core.h>

namespace lucheng::bench {

void print(const Row& row) {
    const std::string ratio = row.ratio ? fmt::format("{:.2f}", *row.ratio) : "";
    const char* met = !row.met ? "" : *row.met ? "yes" : "**no**";
    fmt::print("| {} | {} | {} | {} | {} | {} |\n", row.figure, row.measured, row.floor, ratio,
               row.reach, met);
    std::fflush(stdout);
}

std::string milliseconds(double us) { return fmt::format("{:.2f} ms", us / 1000); }

}  // namespace lucheng::bench
