// From the wire to the coil and from the door to the wire: cabinetd with its simulated cabinet
// against the floor's command to reply, in turns within one run.
//
//     bench_errand <directory of the programs>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <stdexcept>
#include <string>

#include "hal/simulated_compartment.hpp"
#include "tools/bench/contender.hpp"
#include "tools/bench/hands.hpp"
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
constexpr auto soon = 10s;

struct Errands {
    Samples to_pulse;
    Samples to_event;
};

class Street {
public:
    Street(const rig::Broker& broker, Launch launch)
        : directory_{launch.directory->path()},
          root_{launch.root},
          operations_{launch.operations.value()},
          peer_{broker.uri(), "street"},
          cabinet_{broker, std::move(launch)},
          hands_{directory_} {
        peer_.subscribe(root_ + "/event");
    }

    void go(int n, Errands& samples) {
        const core::CompartmentNumber door{static_cast<std::uint16_t>(n % compartments + 1)};
        const auto command = open(n, door);
        const std::size_t from = peer_.received_count();
        const auto sent = Clock::now();
        peer_.publish_without_waiting(command);
        wait_for_event("\\\"opened\\\"", from);
        samples.to_pulse.add(hands_.last_pulse_begun() - sent);

        const std::size_t before = peer_.received_count();
        const auto seen = hands_.shut(door);
        const auto event = wait_for_event("\\\"closed\\\"", before);
        samples.to_event.add(event.at - seen - hal::simulated_debounce);
    }

private:
    rig::Outgoing open(int n, core::CompartmentNumber door) const {
        return {.topic = root_ + "/command",
                .payload = operations_.sign(protocol::CommandId::of(fmt::format("open-{}", n)),
                                            protocol::Open{.compartment = door})};
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

    std::filesystem::path directory_;
    std::string root_;
    CommandSource operations_;
    rig::MqttPeer peer_;
    Contender cabinet_;
    Hands hands_;
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
