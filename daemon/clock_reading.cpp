// The readings behind the clock: the only calls of the system about time.
#include <cstdlib>
#include <ctime>
#include <sys/stat.h>
#include <sys/timex.h>

#include "daemon/clock.hpp"

namespace lucheng::daemon {
namespace {

using core::Milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr const char* timesyncd_flag = "/run/systemd/timesync/synchronized";

Milliseconds read(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) std::abort();
    return std::chrono::floor<Milliseconds>(seconds{time.tv_sec} + nanoseconds{time.tv_nsec});
}

}  // namespace

TimeEvidence time_evidence() {
    TimeEvidence evidence;
    timex request{};  // changes nothing; the unit's ProtectClock= may forbid even asking
    const int state = ::ntp_adjtime(&request);
    if (state >= 0) {
        evidence.kernel = state != TIME_ERROR && (request.status & STA_UNSYNC) == 0;
    }
    struct stat facts {};
    if (::stat(timesyncd_flag, &facts) == 0) {
        evidence.timesyncd =
            nanoseconds{seconds{facts.st_mtim.tv_sec}}.count() + facts.st_mtim.tv_nsec;
    }
    return evidence;
}

core::Uptime machine_uptime() { return core::Uptime{read(CLOCK_BOOTTIME)}; }

protocol::WallTime wall_time() { return protocol::WallTime{read(CLOCK_REALTIME)}; }

}  // namespace lucheng::daemon
