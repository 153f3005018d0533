#include "daemon/clock.hpp"

#include <algorithm>

namespace lucheng::daemon {
namespace {

using core::Milliseconds;
using core::Uptime;
using core::WallTime;

// Moved forward with each release: no cabinet that runs this can live before it.
constexpr WallTime released_at =
    std::chrono::sys_days{std::chrono::year{2026} / std::chrono::November / std::chrono::day{1}};

// Asking costs two system calls, and inputs come by the hundred.
constexpr Milliseconds evidence_good_for{1'000};
// Slewing and the two readings not being one moment stay far below this.
constexpr Milliseconds step_least{2'000};
}  // namespace

bool TimeTrust::stepped(Uptime uptime, WallTime wall) const {
    if (!offset_) return false;
    const auto drift = wall.time_since_epoch() - uptime.time_since_epoch() - *offset_;
    return drift > step_least || drift < -step_least;
}

bool TimeTrust::judge(Uptime uptime, WallTime wall, const TimeEvidence& evidence) {
    const bool confirmed_again = evidence.timesyncd && evidence.timesyncd != timesyncd_;
    timesyncd_ = evidence.timesyncd;
    if (evidence.kernel.value_or(false) || confirmed_again) {
        offset_ = wall.time_since_epoch() - uptime.time_since_epoch();
    }
    return offset_ && !stepped(uptime, wall);
}

Clock::Clock(ClockSource source, WallTime not_before)
    : source_{source}, not_before_{std::max(not_before, released_at)} {}

core::Now Clock::now() const {
    const Uptime up = uptime();
    const WallTime wall = wall_time();
    return {.uptime = up, .wall = wall, .trusted = trusted(up, wall)};
}

Uptime Clock::uptime() const { return machine_uptime(); }

bool Clock::trusted(Uptime uptime, WallTime wall) const {
    if (wall < not_before_) return false;
    if (source_ == ClockSource::assume) return true;
    if (uptime >= look_again_at_ || trust_.stepped(uptime, wall)) {
        synchronised_ = trust_.judge(uptime, wall, time_evidence());
        look_again_at_ = uptime + evidence_good_for;
    }
    return synchronised_;
}

}  // namespace lucheng::daemon
