// What systemd is told about this service. Without systemd nothing happens.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/time.hpp"

namespace lucheng::daemon {

class Notify {
public:
    Notify();
    void ready(std::string_view status) const;   // also the end of a reload
    void status(std::string_view status) const;  // the line in `systemctl status`
    void reloading() const;
    void stopping(std::string_view status) const;
    void feed_watchdog() const;
    // Without feeding for so long systemd ends the process; feed at half of it. None: no watchdog.
    [[nodiscard]] std::optional<protocol::Milliseconds> watchdog() const { return watchdog_; }
    // So that the start may take longer than TimeoutStartSec=, as a migration does.
    void extend_timeout(protocol::Milliseconds by) const;

private:
    std::optional<protocol::Milliseconds> watchdog_{};
};

}  // namespace lucheng::daemon
