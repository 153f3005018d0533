// A cabinet that was long alone comes back to the broker: how soon all is there, in how much
// memory, and how quick it stays meanwhile for whoever asks.
//
//     bench_drain <directory of the programs> [entries]

#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/rig/process_figures.hpp"
#include "tools/bench/contender.hpp"
#include "tools/bench/table.hpp"

namespace {

using namespace lucheng::bench;
using namespace std::chrono_literals;
namespace rig = lucheng::rig;

constexpr std::uint64_t usual_entries = 1'000'000;
constexpr auto drained_within = 30min;
constexpr std::int64_t memory_most_kib = 64 * 1024;
constexpr std::size_t commands_a_look = 20;

void measure(const std::filesystem::path& programs, std::uint64_t entries) {
    auto options = broker_options();
    options.extra_lines.emplace_back("max_queued_messages 0");  // all of them, for the counter
    const rig::Broker broker{options};
    auto launch = cabinet_launch(programs, broker.port(), "KS-001", entries, true);
    if (!launch) return;
    const std::string topic = launch->root + "/event";
    // Ends by itself when the last entry is there.
    rig::Process counter{
        {.argv = {"/usr/bin/mosquitto_sub", "-p", fmt::format("{}", broker.port()), "-V", "mqttv5",
                  "-q", "1", "-t", topic, "-F", "%l", "-C", fmt::format("{}", entries)},
         .env = {},
         .working_directory = {},
         .output_file = {}}};
    const auto begun = std::chrono::steady_clock::now();
    Contender cabinet{broker, std::move(*launch)};
    Samples meanwhile;
    while (counter.running()) {
        meanwhile.add(cabinet.serial(commands_a_look, 10ms));
        if (std::chrono::steady_clock::now() - begun > drained_within) {
            throw std::runtime_error("the journal is not drained");
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    const auto memory = rig::memory_of(cabinet.process().pid()).value();
    Samples quiet = cabinet.serial(meanwhile.count() < 400 ? meanwhile.count() : 400, 10ms);

    print({.figure = fmt::format("{} entries drained after a long absence", entries),
           .measured = fmt::format("{:.0f} s, {:.0f}/s", took.count(),
                                   static_cast<double>(entries) / took.count())});
    print({.figure = "the daemon's memory in that time, at most",
           .measured = fmt::format("{:.1f} MiB", static_cast<double>(memory.peak_kib) / 1024),
           .reach = "≤ 64 MiB",
           .met = memory.peak_kib <= memory_most_kib});
    const auto row = [&](const std::string& figure, double busy_us, double quiet_us) {
        print({.figure = figure,
               .measured = milliseconds(busy_us),
               .floor = milliseconds(quiet_us),
               .ratio = busy_us / quiet_us});
    };
    row("a command meanwhile, median (floor: afterwards)", meanwhile.median_us(),
        quiet.median_us());
    row("a command meanwhile, 99th percentile", meanwhile.p99_us(), quiet.p99_us());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        fmt::print(stderr, "bench_drain <programs> [entries]\n");
        return 64;
    }
    std::uint64_t entries = usual_entries;
    if (argc == 3) {
        const std::string_view text{argv[2]};
        const auto* end = text.data() + text.size();
        if (std::from_chars(text.data(), end, entries).ptr != end || entries == 0) {
            fmt::print(stderr, "bench_drain: {} is no number of entries\n", text);
            return 64;
        }
    }
    try {
        measure(argv[1], entries);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 70;
    }
}
