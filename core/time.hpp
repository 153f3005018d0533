// Two clocks, two types. Nothing here reads either: time is an argument.
#pragma once

#include <chrono>

#include "protocol/time.hpp"

namespace lucheng::core {

using protocol::Milliseconds;
using protocol::WallTime;  // for validity and records; it may jump

// For deadlines of doors and sessions: milliseconds since the machine started; it never jumps.
// The clock type has no now(): whoever wants to know must be told.
struct MachineClock {
    using rep = Milliseconds::rep;
    using period = Milliseconds::period;
    using duration = Milliseconds;
    using time_point = std::chrono::time_point<MachineClock>;
    static constexpr bool is_steady = true;
};
using Uptime = MachineClock::time_point;

struct Now {
    Uptime uptime{};
    WallTime wall{};
    bool trusted = false;  // the wall time: see 'Deadline and clock' in docs/protocol.md
};

}  // namespace lucheng::core
