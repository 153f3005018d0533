// Lock lines of the kernel's GPIO character device. The daemon requests them, inactive, one
// request a chip, and shares the open requests with the keeper: whoever of the two dies, the other
// still holds the lines and can drive them, and no chip needs to be looked for here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hal/keeper/output_lines.hpp"
#include "hal/keeper/protocol.hpp"

namespace lucheng::hal::keeper {

inline constexpr std::size_t lines_in_request_max = 64;  // GPIO_V2_LINES_MAX
inline constexpr std::size_t lines_max = 96;

class GpioLines final : public OutputLines {
public:
    // The next request, of descriptor first_request_fd and on: "4,5,9" says that its first line is
    // line 4 of the keeper's, its second line 5. False: not understood, or a line for the second
    // time.
    [[nodiscard]] bool add_request(const char* lines) noexcept;
    // Of all requests; what is behind them is in nobody's reach but theirs.
    [[nodiscard]] int first_fd_behind() const noexcept;
    // The first descriptor that is no GPIO line request; -1: all are.
    [[nodiscard]] int wrong_fd() const noexcept;

    [[nodiscard]] std::uint16_t count() const noexcept override { return count_; }
    // One system call. With `active` every other line of the chip is inactive after it. False for
    // lines whose chip is gone, and for those that no request has.
    bool set(std::uint16_t line, bool active) noexcept override;

private:
    struct Place {
        int fd = -1;
        std::uint8_t bit = 0;
    };
    std::array<Place, lines_max> places_{};
    std::array<std::uint8_t, requests_max> sizes_{};
    std::uint16_t count_ = 0;
    std::size_t requests_ = 0;
};

}  // namespace lucheng::hal::keeper
