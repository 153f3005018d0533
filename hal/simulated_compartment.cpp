#include "hal/simulated_compartment.hpp"

#include <algorithm>

namespace lucheng::hal {
namespace {

using core::Milliseconds;
using core::Uptime;
using protocol::Door;
using protocol::Occupancy;

// A cabinet lock lets go of its bolt within some 50 ms of current, and the door follows.
constexpr std::int64_t unlocks_after_us = 50'000;
constexpr Milliseconds springs_after{50 + 60};
// 50 Hz for as long as a door rattles: both levels for 10 ms each.
constexpr Milliseconds flap_half{10};
constexpr Milliseconds flaps_for{300};

}  // namespace

SimulatedCompartment::SimulatedCompartment(keeper::WorldCompartment& cell, bool has_sensor,
                                           Uptime now)
    : cell_{cell},
      has_sensor_{has_sensor},
      seen_{},
      switch_{simulated_debounce, false},
      sensor_{simulated_debounce, false} {
    if (cell_.pulses != cell_.pulses_felt) feel_pulse();
    read_again(now);
}

core::CompartmentNumber SimulatedCompartment::number() const {
    return core::CompartmentNumber{static_cast<std::uint16_t>(cell_.number.load())};
}

keeper::WorldCompartment& SimulatedCompartment::door() const {
    return *(&cell_ + cell_.door_offset);
}

SimulatedCompartment::Truth SimulatedCompartment::truth() const {
    return {door().door_open != 0, cell_.books != 0};
}

core::Senses SimulatedCompartment::read_again(Uptime now) {
    seen_ = truth();
    flapping_since_.reset();
    flap_next_.reset();
    switch_ = Debounce{simulated_debounce, read_switch(now)};
    sensor_ = Debounce{simulated_debounce, read_sensor(now)};
    return senses();
}

core::Senses SimulatedCompartment::senses() const {
    core::Senses senses{number()};
    if (vanished()) return senses;
    senses.door = switch_.level() ? Door::open : Door::shut;
    if (has_sensor_) senses.occupancy = sensor_.level() ? Occupancy::occupied : Occupancy::empty;
    return senses;
}

void SimulatedCompartment::feel_pulse() {
    // Of a coil that is still on only this is known: it came on at least `springs_after` ago.
    const bool long_enough = cell_.coil != 0 || cell_.last_us >= unlocks_after_us;
    if (long_enough && door().jammed == 0) door().door_open = 1;
    cell_.pulses_felt = cell_.pulses.load();
}

std::optional<core::Senses> SimulatedCompartment::advance(Uptime now) {
    if (cell_.pulses != cell_.pulses_felt && !springs_at_) springs_at_ = now + springs_after;
    if (springs_at_ && now >= *springs_at_) {
        springs_at_.reset();
        feel_pulse();
    }
    if (vanished()) {
        flapping_since_.reset();
        flap_next_.reset();
        return std::nullopt;
    }
    if (truth() != seen_) {
        seen_ = truth();
        if (cell_.bounces != 0) flapping_since_ = now;
    }
    flap_next_.reset();
    if (flapping_since_ && now >= *flapping_since_ + flaps_for) flapping_since_.reset();
    if (flapping_since_) flap_next_ = now + flap_half - (now - *flapping_since_) % flap_half;
    const bool door_settled = switch_.read(read_switch(now), now).has_value();
    const bool sensor_settled = sensor_.read(read_sensor(now), now).has_value();
    if (!door_settled && !(sensor_settled && has_sensor_)) return std::nullopt;
    return senses();
}

std::optional<Uptime> SimulatedCompartment::next() const {
    Uptime next = Uptime::max();
    for (const auto& time : {springs_at_, flap_next_, vanished() ? std::nullopt : switch_.due(),
                             vanished() ? std::nullopt : sensor_.due()}) {
        if (time) next = std::min(next, *time);
    }
    if (next == Uptime::max()) return std::nullopt;
    return next;
}

bool SimulatedCompartment::flaps_over(Uptime now) const {
    return flapping_since_ && (now - *flapping_since_) / flap_half % 2 != 0;
}

bool SimulatedCompartment::read_switch(Uptime now) const {
    if (cell_.switch_stuck != 0) return cell_.switch_reading != 0;
    return (seen_.open != flaps_over(now)) != (cell_.switch_inverted != 0);
}

bool SimulatedCompartment::read_sensor(Uptime now) const {
    if (cell_.sensor_stuck != 0) return cell_.sensor_reading != 0;
    return seen_.occupied != flaps_over(now);
}

}  // namespace lucheng::hal
