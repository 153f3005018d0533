// Which line of which chip does what. A chip is named by its label, never by gpiochipN.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/time.hpp"
#include "protocol/ids.hpp"

namespace lucheng::hal {

enum class Bias : std::uint8_t { as_is, disabled, pull_up, pull_down };
enum class Drive : std::uint8_t { push_pull, open_drain, open_source };

struct LineSpec {
    std::string chip;                               // label
    std::variant<std::string, std::uint32_t> line;  // name, or offset
    bool active_low = false;
    Bias bias = Bias::as_is;
    Drive drive = Drive::push_pull;
    core::Milliseconds debounce{0};
};

struct CompartmentWiring {
    protocol::CompartmentNumber number{};
    LineSpec lock;                   // active: the coil is energised
    LineSpec door;                   // active: open
    std::optional<LineSpec> sensor;  // active: occupied
    std::optional<LineSpec> lamp;
};

struct Wiring {
    std::vector<CompartmentWiring> compartments;
    std::optional<LineSpec> buzzer;
    std::optional<LineSpec> mains_fail;
    std::optional<LineSpec> tamper;
};

}  // namespace lucheng::hal
