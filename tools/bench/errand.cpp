// From the wire to the coil and from the door to the wire: cabinetd with its simulated cabinet
// against the floor's command to reply, in turns within one run.
//
//     bench_errand <directory of the programs>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "hal/simulated_cabinet.hpp"
#include "hal/simulated_compartment.hpp"
#include "protocol/codec.hpp"
#include "tests/rig/http_client.hpp"
#include "tools/bench/contender.hpp"
#include "tools/bench/table.hpp"

namespace {

using namespace lucheng::bench;
using namespace std::chrono_literals;
namespace core = lucheng::core;
namespace hal = lucheng::hal;
namespace protocol = lucheng::protocol;
namespace rig = lucheng::rig;
using Clock = std::chrono::steady_clock;

constexpr int errands = 100;
constexpr std::uint16_t compartments = 32;
constexpr auto soon = 10s;

// The world's log is on the clock that counts suspension; a benchmark is not suspended.
std::chrono::microseconds boottime_ahead() {
    timespec boot{};
    if (::clock_gettime(CLOCK_BOOTTIME, &boot) != 0) throw std::runtime_error("no boot time");
    const auto since_boot =
        std::chrono::seconds{boot.tv_sec} + std::chrono::nanoseconds{boot.tv_nsec};
    return std::chrono::duration_cast<std::chrono::microseconds>(since_boot -
                                                                 Clock::now().time_since_epoch());
}

std::vector<core::CompartmentSpec> specs() {
    std::vector<core::CompartmentSpec> all(compartments);
    for (std::uint16_t i = 0; i < compartments; ++i) {
        all[i].number = core::CompartmentNumber{static_cast<std::uint16_t>(i + 1)};
    }
    return all;
}

struct Errands {
    Samples to_pulse;
    Samples to_event;
};

class Street {
public:
    Street(const rig::Broker& broker, Launch launch)
        : state_{*launch.directory / "state"},
          socket_{*launch.directory / "control.sock"},
          root_{launch.root},
          key_{launch.operations_key.value()},
          peer_{broker.uri(), "street"},
          cabinet_{broker, std::move(launch)},
          world_{state_ / "simulated-cabinet", specs()} {
        peer_.subscribe(root_ + "/event");
    }

    void go(int n, Errands& samples) {
        const core::CompartmentNumber door{static_cast<std::uint16_t>(n % compartments + 1)};
        const auto command = open(n, door);
        const std::size_t from = peer_.received_count();
        const auto sent = Clock::now();
        peer_.publish_without_waiting(command);
        wait_for_event("\\\"opened\\\"", from);
        const auto begun = std::chrono::microseconds{world_.pulses().back().start_us};
        samples.to_pulse.add(begun - boottime_ahead() - sent.time_since_epoch());

        const std::size_t before = peer_.received_count();
        auto hand = std::async(std::launch::async, [&] { shut(door); });
        // What the switch says is in shared memory: as soon as it can be seen, it is the truth.
        while (world_.look(door).door_open) std::this_thread::yield();
        const auto seen = Clock::now();
        const auto event = wait_for_event("\\\"closed\\\"", before);
        samples.to_event.add(event.at - seen - hal::simulated_debounce);
        hand.get();
    }

private:
    rig::Outgoing open(int n, core::CompartmentNumber door) const {
        const auto now =
            std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
        protocol::Command command;
        command.id = protocol::CommandId::of(fmt::format("open-{}", n));
        command.cabinet = protocol::CabinetId::of("KS-001");
        command.issued_at = now;
        command.expires_at = now + 1h;
        command.verb = protocol::Open{.compartment = door};
        return {.topic = root_ + "/command",
                .payload = protocol::encode(key_.sign(protocol::encode(command)))};
    }

    rig::Received wait_for_event(const std::string& kind, std::size_t from) const {
        const auto found = peer_.wait_for(
            [&](const rig::Received& received) {
                return received.payload.find(kind) != std::string::npos;
            },
            soon, from);
        if (!found) throw std::runtime_error("no event " + kind);
        return *found;
    }

    void shut(core::CompartmentNumber door) const {
        const auto answer = rig::http_request(
            socket_, "POST", fmt::format("/api/simulated/{}/shut", number_of(door)), "{}");
        if (answer.status != 200) throw std::runtime_error("the hand is refused: " + answer.body);
    }

    std::filesystem::path state_;
    std::filesystem::path socket_;
    std::string root_;
    protocol::SigningKey key_;
    rig::MqttPeer peer_;
    Contender cabinet_;
    hal::SimulatedWorld world_;
};

void print_against(const std::string& figure, const Samples& cabinet, const Samples& floor) {
    const double ratio = cabinet.median_us() / floor.median_us();
    print({.figure = figure + ", median",
           .measured = milliseconds(cabinet.median_us()),
           .floor = milliseconds(floor.median_us()),
           .ratio = ratio,
           .reach = "≤ 1.3 × floor's command to reply",
           .met = ratio <= 1.3});
}

void measure(const std::filesystem::path& programs) {
    const rig::Broker broker(broker_options());
    Contender floor(broker, floor_launch(programs, broker.port()));
    auto launch = cabinet_launch(programs, broker.port(), "KS-001");
    if (!launch) throw std::runtime_error("there is no cabinetd");
    Street street(broker, std::move(*launch));
    Samples floors;
    Errands samples;
    for (int n = 0; n < errands; ++n) {
        // At the pace of the errands, so that both find the machine equally asleep.
        floors.add(floor.serial(2, 200ms));
        street.go(n, samples);
    }
    print_against("command published to pulse begun", samples.to_pulse, floors);
    print_against("door shut to event at a subscriber, less debounce", samples.to_event, floors);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "bench_errand <programs>\n");
        return 64;
    }
    try {
        measure(argv[1]);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 70;
    }
}
