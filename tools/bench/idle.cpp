// What cabinetd costs while nothing happens, and how soon it is there, against a client that only
// connects.
//
//     bench_idle <directory of the programs>

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/rig/process_figures.hpp"
#include "tools/bench/contender.hpp"
#include "tools/bench/table.hpp"

namespace {

using namespace lucheng::bench;
using namespace std::chrono_literals;
namespace rig = lucheng::rig;

constexpr int starts = 20;
constexpr auto settle_time = 5s;
constexpr auto idle_time = 30s;
constexpr auto start_within = 30s;
constexpr std::int64_t memory_most_kib = 16 * 1024;

rig::Process start_idle_client(const std::filesystem::path& programs, std::uint16_t port) {
    return rig::Process({.argv = {(programs / "bench_idle_paho").string(), fmt::format("{}", port)},
                         .env = {},
                         .working_directory = {},
                         .output_file = {}});
}

// The daemon and its lock keeper.
std::vector<pid_t> family_of(pid_t pid) {
    std::vector<pid_t> family = rig::children_of(pid);
    family.push_back(pid);
    return family;
}

rig::Memory memory_of_all(const std::vector<pid_t>& pids) {
    rig::Memory sum;
    for (const pid_t pid : pids) {
        const auto memory = rig::memory_of(pid).value();
        sum.resident_kib += memory.resident_kib;
        sum.proportional_kib += memory.proportional_kib;
        sum.own_kib += memory.own_kib;
    }
    return sum;
}

rig::Activity activity_of_all(const std::vector<pid_t>& pids) {
    rig::Activity sum;
    for (const pid_t pid : pids) {
        const auto activity = rig::activity_of(pid).value();
        sum.voluntary_switches += activity.voluntary_switches;
        sum.cpu += activity.cpu;
    }
    return sum;
}

struct Idleness {
    double wakeups_a_second = 0;
    double cpu_percent = 0;
};

Idleness between(const rig::Activity& before, const rig::Activity& after) {
    const double seconds = std::chrono::duration<double>(idle_time).count();
    const auto switches = after.voluntary_switches - before.voluntary_switches;
    return {.wakeups_a_second = static_cast<double>(switches) / seconds,
            .cpu_percent =
                100 * std::chrono::duration<double>(after.cpu - before.cpu).count() / seconds};
}

std::string mebibytes(std::int64_t kib) {
    return fmt::format("{:.1f} MiB", static_cast<double>(kib) / 1024);
}

void print_memory(const rig::Memory& cabinet, const rig::Memory& client) {
    print({.figure = "memory of daemon and keeper, resident",
           .measured = mebibytes(cabinet.resident_kib),
           .floor = mebibytes(client.resident_kib),
           .reach = "≤ 16 MiB",
           .met = cabinet.resident_kib <= memory_most_kib});
    print({.figure = "the same, shared pages divided",
           .measured = mebibytes(cabinet.proportional_kib),
           .floor = mebibytes(client.proportional_kib)});
}

void print_idleness(const Idleness& cabinet, const Idleness& client) {
    print({.figure = fmt::format("idle, wake-ups a second over {} s", idle_time.count()),
           .measured = fmt::format("{:.2f}", cabinet.wakeups_a_second),
           .floor = fmt::format("{:.2f}", client.wakeups_a_second),
           .reach = "≤ client + 1",
           .met = cabinet.wakeups_a_second <= client.wakeups_a_second + 1});
    print({.figure = "idle, processor",
           .measured = fmt::format("{:.3f} %", cabinet.cpu_percent),
           .floor = fmt::format("{:.3f} %", client.cpu_percent),
           .reach = "≤ 0.05 %",
           .met = cabinet.cpu_percent <= 0.05});
}

void measure_idle(const std::filesystem::path& programs) {
    rig::Broker broker(broker_options());
    rig::Process client = start_idle_client(programs, broker.port());
    if (!client.wait_for_line("^connected", start_within)) {
        throw std::runtime_error("the idle client does not connect:\n" + client.output());
    }
    auto launch = cabinet_launch(programs, broker.port(), "KS-001");
    std::optional<Contender> cabinet;
    if (launch) cabinet.emplace(broker, std::move(*launch));
    const std::vector<pid_t> client_pids{client.pid()};
    const auto cabinet_pids = cabinet ? family_of(cabinet->process().pid()) : client_pids;

    std::this_thread::sleep_for(settle_time);
    const auto client_before = activity_of_all(client_pids);
    const auto cabinet_before = activity_of_all(cabinet_pids);
    std::this_thread::sleep_for(idle_time);
    const auto client_after = activity_of_all(client_pids);
    const auto cabinet_after = activity_of_all(cabinet_pids);

    print_memory(memory_of_all(cabinet_pids), memory_of_all(client_pids));
    print_idleness(between(cabinet_before, cabinet_after), between(client_before, client_after));
}

// From before the fork until the broker has accepted the connection: its log line counts, so that
// both are measured by the same clock at the same place.
Microseconds until_accepted(rig::Broker& broker, rig::Process& process, std::size_t log_from,
                            const std::string& client_id) {
    const auto line = broker.process().wait_for_line(
        "New client connected from .* as " + client_id + " \\(", start_within, log_from);
    if (!line) throw std::runtime_error(client_id + " does not connect:\n" + process.output());
    return std::chrono::steady_clock::now() - process.started();
}

struct Starts {
    Samples accepted;
    Samples ready;
};

void start_once(rig::Broker& broker, const Launch& launch, rig::MqttPeer& watcher,
                Starts& samples) {
    const std::size_t log_from = broker.process().output().size();
    const std::size_t from = watcher.received_count();
    rig::Process process(
        {.argv = launch.argv, .env = {}, .working_directory = {}, .output_file = {}});
    samples.accepted.add(until_accepted(broker, process, log_from, launch.client_id));
    const auto ready = watcher.wait_for(
        [&](const rig::Received& received) {
            return received.payload.find(launch.ready_status) != std::string::npos;
        },
        start_within, from);
    if (!ready) throw std::runtime_error("cabinetd does not get ready:\n" + process.output());
    samples.ready.add(ready->at - process.started());
    process.stop();
}

void print_start(const std::string& figure, const Samples& cabinet, const Samples& client) {
    print({.figure = figure + ", median of 20",
           .measured = milliseconds(cabinet.median_us()),
           .floor = milliseconds(client.median_us()),
           .reach = "≤ client + 20 ms",
           .met = cabinet.median_us() <= client.median_us() + 20'000});
}

void measure_starts(const std::filesystem::path& programs) {
    rig::Broker broker(broker_options());
    const auto launch = cabinet_launch(programs, broker.port(), "KS-001");
    rig::MqttPeer watcher(broker.uri(), "watcher");
    if (launch) watcher.subscribe(launch->root + "/status");
    Samples client_accepted;
    Starts cabinet;
    Starts first_start;  // makes the database; an installed cabinet has one
    if (launch) start_once(broker, *launch, watcher, first_start);
    for (int i = 0; i < starts; ++i) {
        const std::size_t log_from = broker.process().output().size();
        rig::Process client = start_idle_client(programs, broker.port());
        client_accepted.add(until_accepted(broker, client, log_from, "idle-paho"));
        if (launch) start_once(broker, *launch, watcher, cabinet);
    }
    print_start("start to connected", launch ? cabinet.accepted : client_accepted, client_accepted);
    if (launch) print_start("start to ready", cabinet.ready, client_accepted);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "bench_idle <programs>\n");
        return 64;
    }
    try {
        measure_starts(argv[1]);
        measure_idle(argv[1]);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 70;
    }
}
