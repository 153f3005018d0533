#include "hal/keeper/gpio_lines.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <linux/gpio.h>
#include <sys/ioctl.h>

namespace lucheng::hal::keeper {
namespace {

static_assert(lines_in_request_max == GPIO_V2_LINES_MAX);

std::uint64_t all_of(std::size_t size) { return ~std::uint64_t{0} >> (64 - size); }

}  // namespace

bool GpioLines::add_request(const char* lines) noexcept {
    if (requests_ == requests_max) return false;
    const int fd = first_request_fd + static_cast<int>(requests_);
    const char* const end = lines + std::strlen(lines);
    std::uint8_t bit = 0;
    for (const char* at = lines;; ++at) {
        std::uint16_t line = 0;
        const auto [next, error] = std::from_chars(at, end, line);
        if (error != std::errc{} || line >= lines_max || bit == lines_in_request_max) return false;
        if (places_[line].fd >= 0) return false;
        places_[line] = {fd, bit++};
        count_ = std::max<std::uint16_t>(count_, static_cast<std::uint16_t>(line + 1));
        at = next;
        if (at == end) break;
        if (*at != ',') return false;
    }
    sizes_[requests_++] = bit;
    return true;
}

int GpioLines::first_fd_behind() const noexcept {
    return first_request_fd + static_cast<int>(requests_);
}

int GpioLines::wrong_fd() const noexcept {
    for (std::size_t i = 0; i < requests_; ++i) {
        const int fd = first_request_fd + static_cast<int>(i);
        gpio_v2_line_values values{};
        values.mask = all_of(sizes_[i]);
        // A chip that is gone or does not answer is no mistake: its lines will be refused.
        if (::ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0 &&
            (errno == ENOTTY || errno == EBADF || errno == EINVAL)) {
            return fd;
        }
    }
    return -1;
}

bool GpioLines::set(std::uint16_t line, bool active) noexcept {
    if (line >= count_) return false;
    if (places_[line].fd < 0) return !active;  // nobody has it, so nobody drives it
    const Place place = places_[line];
    gpio_v2_line_values values{};
    const std::uint64_t own = std::uint64_t{1} << place.bit;
    values.bits = active ? own : 0;
    values.mask =
        active ? all_of(sizes_[static_cast<std::size_t>(place.fd - first_request_fd)]) : own;
    return ::ioctl(place.fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) == 0;
}

}  // namespace lucheng::hal::keeper
