#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/world.hpp"

using namespace lucheng::simulation;

int main(int argc, char** argv) {
    const std::uint64_t from = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    const bool transcript = argc > 3;
    for (std::uint64_t seed = from; seed < from + count; ++seed) {
        Settings settings;
        settings.seed = seed;
        const auto begin = std::chrono::steady_clock::now();
        const auto out = run(plan_of(settings), {.transcript = transcript});
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        for (const auto& line : out.transcript) std::puts(line.c_str());
        std::printf(
            "seed %llu: %s at day %.2f, %llu moments, %llu entries, %llu boots, %llu parcels, "
            "%llu taken, %.3f s, %016llx\n",
            static_cast<unsigned long long>(seed), out.kept() ? "kept" : out.how.c_str(),
            static_cast<double>(out.at.count()) / 86'400'000.0,
            static_cast<unsigned long long>(out.moments),
            static_cast<unsigned long long>(out.entries),
            static_cast<unsigned long long>(out.boots),
            static_cast<unsigned long long>(out.parcels),
            static_cast<unsigned long long>(out.collected), took.count(),
            static_cast<unsigned long long>(out.fingerprint));
    }
    return 0;
}
