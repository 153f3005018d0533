// One switch or sensor without its bounces: a level counts when it has lasted. For the simulated
// cabinet, and for GPIO chips whose kernel driver cannot debounce. Time is an argument.
#pragma once

#include <optional>

#include "core/time.hpp"

namespace lucheng::hal {

class Debounce {
public:
    // `level` is taken as settled. A period of zero lets every change through at once.
    Debounce(core::Milliseconds period, bool level) : period_{period}, level_{level} {}

    // What the line says at `now`; called on every change, and when `due` has come. The level when
    // it has just settled on another one than before.
    std::optional<bool> read(bool level, core::Uptime now);
    // When a level that differs will have lasted; nothing while the line agrees with `level`.
    [[nodiscard]] std::optional<core::Uptime> due() const;
    [[nodiscard]] bool level() const { return level_; }

private:
    core::Milliseconds period_;
    bool level_;
    std::optional<core::Uptime> differs_since_{};
};

}  // namespace lucheng::hal
