// One compartment of the simulated cabinet in motion: its door springs, its switch and its sensor
// bounce and are debounced. What lasts lies in the world's file; this is what would not survive.
#pragma once

#include <optional>

#include "core/input.hpp"
#include "hal/debounce.hpp"
#include "hal/keeper/world_layout.hpp"

namespace lucheng::hal {

// Of switches and sensors: longer than a flap lasts, shorter than anybody is quick.
inline constexpr core::Milliseconds simulated_debounce{30};

class SimulatedCompartment {
public:
    // A pulse that nobody watched, because the daemon was gone, has moved the door by now.
    SimulatedCompartment(keeper::WorldCompartment& cell, bool has_sensor, core::Uptime now);

    // Goes on to `now`: called after anything was touched, and when `next` has come. The senses,
    // when one of them has settled on something else.
    std::optional<core::Senses> advance(core::Uptime now);
    // When there will be something to do; nothing while nothing moves.
    [[nodiscard]] std::optional<core::Uptime> next() const;

    [[nodiscard]] bool vanished() const { return cell_.vanished != 0; }
    // As the chip says now; nothing when it is gone.
    [[nodiscard]] core::Senses senses() const;
    // After the chip came back: takes what is read as settled.
    core::Senses read_again(core::Uptime now);
    [[nodiscard]] core::CompartmentNumber number() const;

private:
    struct Truth {
        bool open, occupied;
        bool operator==(const Truth&) const = default;
    };
    [[nodiscard]] Truth truth() const;
    [[nodiscard]] bool flaps_over(core::Uptime now) const;  // reads the other way just now
    [[nodiscard]] bool read_switch(core::Uptime now) const;
    [[nodiscard]] bool read_sensor(core::Uptime now) const;
    void feel_pulse();
    // The door that lock and switch are wired to.
    [[nodiscard]] keeper::WorldCompartment& door() const;

    keeper::WorldCompartment& cell_;
    bool has_sensor_;
    Truth seen_;
    std::optional<core::Uptime> springs_at_{};
    std::optional<core::Uptime> flapping_since_{};
    std::optional<core::Uptime> flap_next_{};
    Debounce switch_;
    Debounce sensor_;
};

}  // namespace lucheng::hal
