#include "daemon/notify.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <systemd/sd-daemon.h>

namespace lucheng::daemon {
namespace {

// A status of two lines would be read as two assignments.
std::string one_line(std::string_view status) {
    std::string line{status};
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

void send(const std::string& state) { static_cast<void>(::sd_notify(0, state.c_str())); }

}  // namespace

Notify::Notify() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) > 0) {
        watchdog_ = std::chrono::duration_cast<protocol::Milliseconds>(
            std::chrono::microseconds{microseconds});
    }
}

void Notify::ready(std::string_view status) const {
    send(fmt::format("READY=1\nSTATUS={}", one_line(status)));
}

void Notify::status(std::string_view status) const {
    send(fmt::format("STATUS={}", one_line(status)));
}

void Notify::reloading() const { send("RELOADING=1"); }

void Notify::stopping(std::string_view status) const {
    send(fmt::format("STOPPING=1\nSTATUS={}", one_line(status)));
}

void Notify::feed_watchdog() const { send("WATCHDOG=1"); }

void Notify::extend_timeout(protocol::Milliseconds by) const {
    send(fmt::format("EXTEND_TIMEOUT_USEC={}", std::chrono::microseconds{by}.count()));
}

}  // namespace lucheng::daemon
