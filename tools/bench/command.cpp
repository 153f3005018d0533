// Command to durable to reply: cabinetd against the floor, in turns within one run.
//
//     bench_command <directory of the programs> <slow disk library>
//
// Without cabinetd among the programs the floor runs against itself: that ratio is the noise.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"
#include "tests/rig/process_figures.hpp"
#include "tools/bench/contender.hpp"
#include "tools/bench/table.hpp"

namespace {

using namespace lucheng::bench;
using namespace std::chrono_literals;
namespace protocol = lucheng::protocol;
namespace rig = lucheng::rig;

constexpr int rounds = 5;
constexpr std::size_t window = 64;
constexpr std::uint64_t history = 1'000'000;

struct Programs {
    std::filesystem::path directory;
    std::filesystem::path slow_disk;
};

struct Pair {
    Samples cabinet;
    Samples floor;
};

// `longer` is added to the spacing from round to round.
Pair in_turns(Contender& cabinet, Contender& floor, std::size_t commands,
              std::chrono::milliseconds spacing, std::chrono::milliseconds longer = 0ms) {
    Pair pair;
    floor.serial(commands / 4 + 1, 0ms);  // warm caches, first pages of the files
    cabinet.serial(commands / 4 + 1, 0ms);
    for (int round = 0; round < rounds; ++round) {
        pair.floor.add(floor.serial(commands, spacing + round * longer));
        pair.cabinet.add(cabinet.serial(commands, spacing + round * longer));
    }
    return pair;
}

void print_median(const std::string& figure, const Pair& pair, double most) {
    const double ratio = pair.cabinet.median_us() / pair.floor.median_us();
    print({.figure = figure + ", median",
           .measured = milliseconds(pair.cabinet.median_us()),
           .floor = milliseconds(pair.floor.median_us()),
           .ratio = ratio,
           .reach = fmt::format("≤ {} × floor", most),
           .met = ratio <= most});
}

void print_p99(const std::string& figure, const Pair& pair, double most) {
    const double ratio = pair.cabinet.p99_us() / pair.floor.p99_us();
    print({.figure = figure + ", p99",
           .measured = milliseconds(pair.cabinet.p99_us()),
           .floor = milliseconds(pair.floor.p99_us()),
           .ratio = ratio,
           .reach = fmt::format("≤ {} × floor", most),
           .met = ratio <= most});
}

// A packet that waits for the other side's delayed acknowledgement comes 40 ms late, one that
// waits for a napping thread later still.
void print_late(const std::string& figure, const Pair& pair) {
    const auto late = [](const Samples& samples) {
        return static_cast<double>(samples.above(35ms)) / static_cast<double>(samples.count());
    };
    print({.figure = figure + ", share above 35 ms",
           .measured = fmt::format("{:.1f} %", 100 * late(pair.cabinet)),
           .floor = fmt::format("{:.1f} %", 100 * late(pair.floor)),
           .reach = "≤ 1 %",
           .met = late(pair.cabinet) <= 0.01});
}

double median(std::vector<double> rates) {
    Samples samples;
    for (const double rate : rates) samples.add(Microseconds{rate});
    return samples.median_us();
}

void measure_rate(const std::string& figure, Contender& cabinet, Contender& floor,
                  std::size_t commands, double least_rate) {
    std::vector<double> cabinet_rates;
    std::vector<double> floor_rates;
    for (int round = 0; round < rounds; ++round) {
        floor_rates.push_back(floor.in_flight(commands, window));
        cabinet_rates.push_back(cabinet.in_flight(commands, window));
    }
    const double ratio = median(cabinet_rates) / median(floor_rates);
    const bool fast = least_rate <= 0 || median(cabinet_rates) >= least_rate;
    print({.figure = figure,
           .measured = fmt::format("{:.0f}/s", median(cabinet_rates)),
           .floor = fmt::format("{:.0f}/s", median(floor_rates)),
           .ratio = ratio,
           .reach = least_rate > 0 ? fmt::format("≥ {:.0f}/s, ≥ 0.6 × floor", least_rate)
                                   : "≥ 0.6 × floor",
           .met = fast && ratio >= 0.6});
}

Launch against(const Programs& programs, std::uint16_t port) {
    if (auto cabinet = cabinet_launch(programs.directory, port, "KS-001")) {
        return std::move(*cabinet);
    }
    Launch second_floor = floor_launch(programs.directory, port);
    second_floor.root = second_floor.argv.back() = "bench/second-floor";
    return second_floor;
}

// No floor has one and no cabinet does without: what it is of a command is told, not judged.
void print_signature_check(double floor_us) {
    constexpr int checks = 1000;
    const auto key = protocol::SigningKey::make(protocol::KeyId::of("bench"));
    const auto signed_body = key.sign(std::string(600, '.'));
    const std::vector<protocol::TrustedKey> keys{
        {key.id(), protocol::Role::dispatch, key.public_key()}};
    Samples samples;
    for (int i = 0; i < checks; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        if (!protocol::verify(signed_body, keys)) throw std::runtime_error("a wrong signature");
        samples.add(std::chrono::steady_clock::now() - begun);
    }
    print({.figure = "of that, checking the signature, median",
           .measured = milliseconds(samples.median_us()),
           .ratio = samples.median_us() / floor_us});
}

// Every second command of the workload brings a code.
void print_box_opened(double floor_us) {
    constexpr int boxes = 1000;
    const protocol::SealingKey key{protocol::CodeKey{{1}}};
    const auto box = protocol::seal({.code = "20481024"}, key.public_key());
    Samples samples;
    for (int i = 0; i < boxes; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        if (!key.open(box)) throw std::runtime_error("a wrong box");
        samples.add(std::chrono::steady_clock::now() - begun);
    }
    print({.figure = "of that, opening a sealed code, median",
           .measured = milliseconds(samples.median_us()),
           .ratio = samples.median_us() / floor_us});
}

void measure_on_this_disk(const Programs& programs) {
    const rig::Broker broker(broker_options());
    Contender floor(broker, floor_launch(programs.directory, broker.port()));
    Contender cabinet(broker, against(programs, broker.port()));
    const Pair back_to_back = in_turns(cabinet, floor, 400, 0ms);
    print_median("one command at a time", back_to_back, 1.3);
    print_p99("one command at a time", back_to_back, 2);
    print_signature_check(back_to_back.floor.median_us());
    print_box_opened(back_to_back.floor.median_us());
    measure_rate("64 in flight", cabinet, floor, 4000, 0);
    const Pair every_2_ms = in_turns(cabinet, floor, 200, 2ms);
    print_median("one every 2 ms", every_2_ms, 1.3);
    print_late("one every 2 ms", every_2_ms);
    // Paho's reader naps for 100 ms whenever nothing came for a second.
    const Pair every_second = in_turns(cabinet, floor, 4, 1s, 25ms);
    print_median("one every 1.0 to 1.1 s", every_second, 1.3);
    print_late("one every 1.0 to 1.1 s", every_second);
}

struct Cost {
    double syncs = 0;
    Microseconds cpu{0};
};

Cost cost_of_a_command(Contender& contender, const rig::SlowDisk& disk) {
    constexpr std::size_t commands = 500;
    const auto cpu = [&] { return rig::activity_of(contender.process().pid()).value().cpu; };
    const auto syncs_before = disk.syncs();
    const auto cpu_before = cpu();
    contender.serial(commands, 0ms);
    return {.syncs = static_cast<double>(disk.syncs() - syncs_before) / commands,
            .cpu = Microseconds{cpu() - cpu_before} / commands};
}

// What a command costs whatever the disk's mood and whoever else is busy.
void print_costs(const Cost& cabinet, const Cost& floor) {
    print({.figure = "syncs a command, one at a time",
           .measured = fmt::format("{:.2f}", cabinet.syncs),
           .floor = fmt::format("{:.2f}", floor.syncs),
           .ratio = cabinet.syncs / floor.syncs});
    print({.figure = "processor time a command, one at a time",
           .measured = milliseconds(cabinet.cpu.count()),
           .floor = milliseconds(floor.cpu.count()),
           .ratio = cabinet.cpu / floor.cpu});
}

void measure_on_slow_disk(const Programs& programs) {
    const rig::Broker broker(broker_options());
    Launch floor_start = floor_launch(programs.directory, broker.port());
    Launch cabinet_start = against(programs, broker.port());
    rig::SlowDisk floor_disk(programs.slow_disk, *floor_start.directory / "state");
    rig::SlowDisk cabinet_disk(programs.slow_disk, *cabinet_start.directory / "state");
    Contender floor(broker, std::move(floor_start), floor_disk.env());
    Contender cabinet(broker, std::move(cabinet_start), cabinet_disk.env());
    const Cost floor_cost = cost_of_a_command(floor, floor_disk);
    print_costs(cost_of_a_command(cabinet, cabinet_disk), floor_cost);
    floor_disk.delay_syncs(5ms);
    cabinet_disk.delay_syncs(5ms);
    const Pair back_to_back = in_turns(cabinet, floor, 100, 0ms);
    print_median("5 ms more a sync, one at a time", back_to_back, 1.3);
    measure_rate("5 ms more a sync, 64 in flight", cabinet, floor, 4000, 2500);
}

void measure_with_history(const Programs& programs) {
    const rig::Broker broker(broker_options());
    auto empty_start = cabinet_launch(programs.directory, broker.port(), "KS-001");
    auto full_start = cabinet_launch(programs.directory, broker.port(), "KS-002", history);
    if (!empty_start || !full_start) return;
    Contender empty(broker, std::move(*empty_start));
    Contender full(broker, std::move(*full_start));
    const Pair pair = in_turns(full, empty, 400, 0ms);
    const double ratio = pair.cabinet.median_us() / pair.floor.median_us();
    print({.figure = "behind 1,000,000 journal entries, median (floor: behind none)",
           .measured = milliseconds(pair.cabinet.median_us()),
           .floor = milliseconds(pair.floor.median_us()),
           .ratio = ratio,
           .reach = "≤ 1.2 × empty",
           .met = ratio <= 1.2});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "bench_command <programs> <slow disk library>\n");
        return 64;
    }
    try {
        const Programs programs{.directory = argv[1], .slow_disk = argv[2]};
        measure_on_this_disk(programs);
        measure_on_slow_disk(programs);
        measure_with_history(programs);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 70;
    }
}
