// The words of a wiring in libgpiod's. For hal/gpio_*.cpp alone.
#pragma once

#include <gpiod.hpp>

#include "hal/wiring.hpp"

namespace lucheng::hal {

[[nodiscard]] inline gpiod::line::bias bias_of(Bias bias) {
    switch (bias) {
        case Bias::as_is: return gpiod::line::bias::AS_IS;
        case Bias::disabled: return gpiod::line::bias::DISABLED;
        case Bias::pull_up: return gpiod::line::bias::PULL_UP;
        case Bias::pull_down: return gpiod::line::bias::PULL_DOWN;
    }
    std::abort();
}

[[nodiscard]] inline gpiod::line::drive drive_of(Drive drive) {
    switch (drive) {
        case Drive::push_pull: return gpiod::line::drive::PUSH_PULL;
        case Drive::open_drain: return gpiod::line::drive::OPEN_DRAIN;
        case Drive::open_source: return gpiod::line::drive::OPEN_SOURCE;
    }
    std::abort();
}

[[nodiscard]] inline gpiod::line::value value_of(bool active) {
    return active ? gpiod::line::value::ACTIVE : gpiod::line::value::INACTIVE;
}

}  // namespace lucheng::hal
