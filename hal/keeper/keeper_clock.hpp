// The keeper's clock. It goes on in suspend, so that a machine that wakes ends the pulse at once.
#pragma once

#include <cstdint>
#include <time.h>

namespace lucheng::hal::keeper {

[[nodiscard]] inline std::int64_t now_us() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace lucheng::hal::keeper
