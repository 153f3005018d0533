// Output lines of one chip, taken in one request: locks, or lamps and the buzzer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hal/gpio_chips.hpp"

namespace lucheng::hal {

// What one request may have at most; the kernel says so.
inline constexpr std::size_t gpio_request_lines_max = 64;

class GpioOutputs {
public:
    struct Line {
        std::uint32_t offset = 0;
        LineSpec spec;
        bool active = false;  // from the moment it is taken
    };
    // Throws std::system_error; EBUSY: somebody holds one of them.
    GpioOutputs(const GpioChip& chip, const std::string& consumer, const std::vector<Line>& lines);
    ~GpioOutputs();
    GpioOutputs(const GpioOutputs&) = delete;
    GpioOutputs& operator=(const GpioOutputs&) = delete;

    // By the line's place in `lines`. Throws std::system_error when the chip does not answer.
    void set(std::size_t line, bool active);
    void set_all_inactive();
    // Throws as well: asks whether the chip is there.
    void check();
    // Of the request; whoever has a copy holds the lines too.
    [[nodiscard]] int fd() const;

private:
    struct Request;
    std::unique_ptr<Request> request_;
};

}  // namespace lucheng::hal
