#include "hal/debounce.hpp"

namespace lucheng::hal {

std::optional<bool> Debounce::read(bool level, core::Uptime now) {
    if (level == level_) {
        differs_since_.reset();
        return std::nullopt;
    }
    if (!differs_since_) differs_since_ = now;
    if (now < *differs_since_ + period_) return std::nullopt;
    differs_since_.reset();
    level_ = level;
    return level_;
}

std::optional<core::Uptime> Debounce::due() const {
    if (!differs_since_) return std::nullopt;
    return *differs_since_ + period_;
}

}  // namespace lucheng::hal
