// What the daemon and its lock keeper say to each other: fixed-size messages over one
// SOCK_SEQPACKET socket. Both ends come from one build, so bytes are in host order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lucheng::hal::keeper {

inline constexpr std::uint16_t protocol_version = 1;

// By no path is a coil energised for longer: its rating is 5 s, and people have burned them.
inline constexpr std::uint16_t pulse_ms_max = 1'000;
// The floor under the daemon's configured gap, which belongs to the supply.
inline constexpr std::uint16_t gap_ms_min = 100;

// The keeper finds its descriptors by number.
inline constexpr int socket_fd = 3;
inline constexpr int changes_fd = 4;  // an eventfd that simulated lines count their changes in
inline constexpr int first_request_fd = 5;  // GPIO line requests, one behind the other
inline constexpr std::size_t requests_max = 32;

enum class Ask : std::uint16_t {
    pulse = 1,        // `line` for `ms`
    ping = 2,         // answered at once, in a pulse as well
    release_all = 3,  // every line inactive; a pulse in hand is cut short
};
struct Request {
    std::uint16_t version = protocol_version;
    Ask ask{};
    std::uint16_t line = 0;
    std::uint16_t ms = 0;
    std::uint64_t ticket = 0;  // comes back in the answer
};

enum class Say : std::uint16_t {
    hello = 1,  // lines are inactive; `locked` says whether its memory is
    pong = 2,
    done = 3,     // the line was active for its time
    refused = 4,  // and `why`; the line was not made active unless it says so
    released = 5,
};
enum class Why : std::uint16_t {
    nothing = 0,
    no_such_line = 1,
    bad_length = 2,  // none, or more than pulse_ms_max
    busy = 3,        // another coil is on
    too_soon = 4,    // within gap_ms_min after the last one, or after the keeper's start
    line_gone = 5,   // its chip does not answer; perhaps it was active
    cut_short = 6,   // release_all came in the pulse
};
struct Answer {
    std::uint16_t version = protocol_version;
    Say say{};
    Why why = Why::nothing;
    std::uint16_t locked = 0;
    std::uint64_t ticket = 0;
};

static_assert(sizeof(Request) == 16 && std::is_trivially_copyable_v<Request>);
static_assert(sizeof(Answer) == 16 && std::is_trivially_copyable_v<Answer>);

}  // namespace lucheng::hal::keeper
