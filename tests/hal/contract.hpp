// The hardware contract as a suite: every cabinet behind hal/hardware.hpp must hold all clauses,
// whatever its lines are made of. A Rig is one cabinet with hands, eyes and faults around it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "hal/hardware.hpp"

namespace lucheng::hal::contract {

using core::CompartmentNumber;
using core::Milliseconds;

struct CoilTime {
    CompartmentNumber compartment{};
    std::int64_t start_us = 0, end_us = 0;  // CLOCK_BOOTTIME; an end of 0: still on
    [[nodiscard]] std::int64_t length_us() const { return end_us - start_us; }
};

// What the cabinet has told, in order.
struct Heard {
    std::vector<core::Senses> sensed;
    std::vector<std::pair<std::uint64_t, core::PulseEnd>> pulsed;
    std::vector<std::pair<std::string, std::vector<CompartmentNumber>>> lost;
    std::vector<std::pair<std::string, std::vector<core::Senses>>> back;
    std::vector<std::string> trouble;
};

class Rig {
public:
    Rig() = default;
    virtual ~Rig() = default;
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    virtual boost::asio::io_context& loop() = 0;
    virtual Hardware& cabinet() = 0;
    [[nodiscard]] virtual core::Limits limits() const = 0;
    // The witness's eyes: past the daemon and the keeper.
    [[nodiscard]] virtual std::vector<CoilTime> coils() const = 0;
    // By how much they may be wrong about when a coil went on or off.
    [[nodiscard]] virtual Milliseconds eyes_blink() const { return Milliseconds{5}; }
    [[nodiscard]] virtual std::optional<int> keeper_pid() const = 0;
    // Hands: compartments 1 to 8 are on one chip, 9 and on are on another; all have a sensor.
    virtual void move_door(CompartmentNumber number, bool open) = 0;
    virtual void put_book(CompartmentNumber number) = 0;  // through an open door
    // Faults.
    virtual void stick_switch(CompartmentNumber number, bool on) = 0;
    virtual void rattle(CompartmentNumber number, bool on) = 0;  // flaps for 300 ms on each move
    virtual void vanish_chip_of(CompartmentNumber number, bool on) = 0;

    // Starts the cabinet and writes down what it says.
    std::vector<core::Senses> start();
    Heard heard;
    void pulse(std::uint16_t compartment, std::uint64_t id,
               Milliseconds within = Milliseconds{10'000});
    // Runs the loop until it holds or the time is over; whether it held.
    bool until(const std::function<bool()>& holds, Milliseconds within = Milliseconds{5'000});
    // Runs the loop for a while in which nothing is expected.
    void let_pass(Milliseconds time);
};

struct Clause {
    const char* sentence;
    void (*check)(Rig&);
};
[[nodiscard]] std::span<const Clause> clauses();

[[nodiscard]] core::Uptime uptime();

}  // namespace lucheng::hal::contract
