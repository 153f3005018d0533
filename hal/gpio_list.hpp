// What this machine has of GPIO, beside what a wiring wants of it: for people.
#pragma once

#include <cstdint>
#include <string>

#include "hal/gpio_chips.hpp"
#include "hal/wiring.hpp"

namespace lucheng::hal {

enum class GpioFit : std::uint8_t {
    fits,
    not_there,  // a chip is missing, may not be opened, or a line is held by somebody else
    wrong,      // no such line, an ambiguous one, or one that two keys mean: the configuration
};
struct GpioList {
    std::string text;
    GpioFit fit{};
};
[[nodiscard]] GpioList list_gpio(const GpioChips& machine, const Wiring& wiring);

}  // namespace lucheng::hal
