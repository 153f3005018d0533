// The only place that reads a clock.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.hpp"

namespace lucheng::daemon {

enum class ClockSource : unsigned char {
    kernel,  // trusted once the kernel or systemd-timesyncd said that its time is synchronised
    assume,  // always trusted: for a laptop and for tests
};

// What the machine says about its own time.
struct TimeEvidence {
    std::optional<bool> kernel{};             // synchronised; none: not allowed to ask
    std::optional<std::int64_t> timesyncd{};  // stamp of its last success in this boot
};

// Synchronised once, and not stepped since: without network the kernel calls its time
// unsynchronised after half a day, though it runs well; a time that was set by hand has jumped.
class TimeTrust {
public:
    // Must be asked again with fresh evidence when this is true.
    [[nodiscard]] bool stepped(core::Uptime uptime, core::WallTime wall) const;
    bool judge(core::Uptime uptime, core::WallTime wall, const TimeEvidence& evidence);

private:
    std::optional<core::Milliseconds> offset_{};  // of wall time to uptime, when last confirmed
    std::optional<std::int64_t> timesyncd_{};
};

// For one thread: the loop's.
class Clock {
public:
    // Before `not_before` (the newest journal entry) and before this version was released, time is
    // never trusted.
    Clock(ClockSource source, protocol::WallTime not_before);
    [[nodiscard]] core::Now now() const;
    [[nodiscard]] core::Uptime uptime() const;  // CLOCK_BOOTTIME: goes on in suspend

private:
    [[nodiscard]] bool trusted(core::Uptime uptime, core::WallTime wall) const;

    ClockSource source_;
    protocol::WallTime not_before_;
    mutable TimeTrust trust_{};
    mutable bool synchronised_ = false;
    mutable core::Uptime look_again_at_{};
};

// What the machine says, as it says it; from any thread. daemon/clock_reading.cpp.
[[nodiscard]] core::Uptime machine_uptime();
[[nodiscard]] protocol::WallTime wall_time();
[[nodiscard]] TimeEvidence time_evidence();

}  // namespace lucheng::daemon
