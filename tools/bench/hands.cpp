#include "tools/bench/hands.hpp"

#include <ctime>
#include <fmt/core.h>
#include <future>
#include <stdexcept>
#include <thread>

#include "tests/rig/http_client.hpp"

namespace lucheng::bench {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<core::CompartmentSpec> specs() {
    std::vector<core::CompartmentSpec> all(compartments);
    for (std::uint16_t i = 0; i < compartments; ++i) {
        all[i].number = core::CompartmentNumber{static_cast<std::uint16_t>(i + 1)};
    }
    return all;
}

// The world's log is on the clock that counts suspension; a benchmark is not suspended.
std::chrono::microseconds boottime_ahead() {
    timespec boot{};
    if (::clock_gettime(CLOCK_BOOTTIME, &boot) != 0) throw std::runtime_error("no boot time");
    const auto since_boot =
        std::chrono::seconds{boot.tv_sec} + std::chrono::nanoseconds{boot.tv_nsec};
    return std::chrono::duration_cast<std::chrono::microseconds>(since_boot -
                                                                 Clock::now().time_since_epoch());
}

}  // namespace

Hands::Hands(const std::filesystem::path& directory)
    : socket_{directory / "control.sock"},
      world_{directory / "state" / "simulated-cabinet", specs()} {}

Clock::time_point Hands::last_pulse_begun() const {
    const auto begun = std::chrono::microseconds{world_.pulses().back().start_us};
    return Clock::time_point{begun - boottime_ahead()};
}

Clock::time_point Hands::shut(core::CompartmentNumber door) const {
    auto hand = std::async(std::launch::async, [&] {
        const auto answer = rig::http_request(
            socket_, "POST", fmt::format("/api/simulated/{}/shut", number_of(door)), "{}");
        if (answer.status != 200) throw std::runtime_error("the hand is refused: " + answer.body);
    });
    // What the switch says is in shared memory: as soon as it can be seen, it is the truth.
    while (world_.look(door).door_open) {
        if (hand.wait_for(std::chrono::seconds{0}) == std::future_status::ready) hand.get();
        std::this_thread::yield();
    }
    const auto seen = Clock::now();
    hand.get();
    return seen;
}

}  // namespace lucheng::bench
