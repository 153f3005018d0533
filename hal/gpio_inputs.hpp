// Input lines of one chip, taken in one request. The kernel debounces them and tells their edges;
// a line for which the chip cannot do that is read every 20 ms and debounced here.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "core/time.hpp"
#include "hal/gpio_chips.hpp"

namespace lucheng::hal {

class GpioInputs {
public:
    struct Line {
        std::uint32_t offset = 0;
        LineSpec spec;
    };
    // All from the loop, never from inside a call.
    struct Listener {
        std::function<void(std::size_t line, bool active)> changed;  // by its place in `lines`
        std::function<void(std::error_code)> gone;                   // nothing comes after it
    };
    struct Parts {
        std::string consumer;
        std::function<core::Uptime()> uptime;
        Listener listener;
    };
    // Listens from here on. Throws std::system_error; EBUSY: somebody holds one of them.
    GpioInputs(boost::asio::io_context& loop, const GpioChip& chip, const std::vector<Line>& lines,
               Parts parts);
    ~GpioInputs();
    GpioInputs(const GpioInputs&) = delete;
    GpioInputs& operator=(const GpioInputs&) = delete;

    // As settled last.
    [[nodiscard]] bool level(std::size_t line) const;
    // Reads all lines again: a chip that does not answer is `gone`, an edge that got lost is found.
    void check();
    // How many lines have to be read again and again, as the chip tells no edges of them.
    [[nodiscard]] std::size_t polled() const;
    // How often the kernel had to drop edges, because they came faster than they were read.
    [[nodiscard]] std::uint64_t gaps() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace lucheng::hal
