#include "hal/keeper/keeper.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "hal/keeper/keeper_clock.hpp"
#include "hal/keeper/second.hpp"

namespace lucheng::hal::keeper {
namespace {

constexpr int go_on = -1;
constexpr std::int64_t us_in_ms = 1'000;
// A disturbed bus answers again within milliseconds; a chip that is gone does not at all.
constexpr std::int64_t let_go_again_us = 5'000;
constexpr std::uint16_t let_go_tries = 40;
// The daemon has the first try at a keeper that is frozen; what is left of the second is the
// second's.
constexpr std::int64_t over_after_us = 950'000;
constexpr std::int64_t late_most_us = 450'000;
constexpr std::int64_t late_least_us = 40'000;

// By when a pulse has to be over, if it begins now.
std::int64_t over_by(std::int64_t now_us, std::int64_t end_us) {
    return std::max(std::min(now_us + over_after_us, end_us + late_most_us),
                    end_us + late_least_us);
}

}  // namespace

int Keeper::run(bool memory_locked, const volatile std::sig_atomic_t& stop,
                const sigset_t& while_waiting) noexcept {
    release_all();
    locked_ = memory_locked ? 1 : 0;
    // When the keeper before it let go is not known here.
    fall_quiet();
    int status = say(Say::hello, 0) ? go_on : EX_IOERR;
    while (status == go_on) {
        status = wait(while_waiting);
        if (stop != 0) status = EX_OK;
    }
    release_all();
    return status;
}

void Keeper::release_all() noexcept {
    for (std::uint16_t line = 0; line < lines_.count(); ++line) lines_.set(line, false);
}

bool Keeper::say(Say say, std::uint64_t ticket, Why why) noexcept {
    Answer answer;
    answer.say = say;
    answer.why = why;
    answer.locked = locked_;
    answer.ticket = ticket;
    return ::send(socket_, &answer, sizeof answer, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(sizeof answer);
}

// The end of the pulse comes first: no flood of requests can hold it up.
int Keeper::wait(const sigset_t& while_waiting) noexcept {
    timespec left{};
    if (pulse_.on) {
        const std::int64_t us = std::max<std::int64_t>(pulse_.end_us - now_us(), 0);
        left.tv_sec = static_cast<time_t>(us / 1'000'000);
        left.tv_nsec = static_cast<long>(us % 1'000'000 * 1'000);
    }
    pollfd socket{socket_, POLLIN, 0};
    const int ready = ::ppoll(&socket, 1, pulse_.on ? &left : nullptr, &while_waiting);
    if (ready < 0) return errno == EINTR ? go_on : EX_OSERR;
    if (pulse_.on && now_us() >= pulse_.end_us && !end()) return EX_IOERR;
    return ready > 0 ? take_request() : go_on;
}

int Keeper::take_request() noexcept {
    Request request;
    const ssize_t size = ::recv(socket_, &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);
    if (size == 0) return EX_OK;  // the daemon is gone
    if (size < 0) return errno == EAGAIN || errno == EINTR ? go_on : EX_IOERR;
    if (size != static_cast<ssize_t>(sizeof request)) return EX_PROTOCOL;
    if (request.version != protocol_version) return EX_PROTOCOL;
    return obey(request) ? go_on : EX_PROTOCOL;
}

bool Keeper::obey(const Request& request) noexcept {
    switch (request.ask) {
        case Ask::pulse: return begin(request);
        // Without its second it leaves, and the daemon starts two new ones.
        case Ask::ping: return (pulse_.on || note(0)) && say(Say::pong, request.ticket);
        case Ask::release_all: {
            release_all();
            if (pulse_.on) {
                fall_quiet();
                if (!say(Say::refused, pulse_.ticket, Why::cut_short)) return false;
            }
            return say(Say::released, request.ticket);
        }
    }
    return false;
}

Why Keeper::objection(const Request& request, std::int64_t now) const noexcept {
    if (request.line >= lines_.count()) return Why::no_such_line;
    if (request.ms == 0 || request.ms > pulse_ms_max) return Why::bad_length;
    if (pulse_.on) return Why::busy;
    if (now < quiet_until_us_) return Why::too_soon;
    return Why::nothing;
}

bool Keeper::begin(const Request& request) noexcept {
    const std::int64_t now = now_us();
    const Why why = objection(request, now);
    if (why != Why::nothing) return say(Say::refused, request.ticket, why);
    // Counted from before the line is set: a slow chip shortens the pulse, never lengthens it.
    pulse_ = {true, request.line, request.ticket, now + request.ms * us_in_ms, 0};
    if (!note(over_by(now, pulse_.end_us))) {
        pulse_.on = false;
        return false;
    }
    if (lines_.set(request.line, true)) return true;
    lines_.set(request.line, false);
    fall_quiet();
    return say(Say::refused, request.ticket, Why::line_gone);
}

bool Keeper::end() noexcept {
    const bool answers = lines_.set(pulse_.line, false);
    if (!answers && ++pulse_.refusals < let_go_tries) {
        pulse_.end_us = now_us() + let_go_again_us;
        return true;
    }
    fall_quiet();
    return answers ? say(Say::done, pulse_.ticket)
                   : say(Say::refused, pulse_.ticket, Why::line_gone);
}

void Keeper::fall_quiet() noexcept {
    pulse_.on = false;
    // If it is gone, the next ping finds out.
    static_cast<void>(note(0));
    quiet_until_us_ = now_us() + gap_ms_min * us_in_ms;
}

bool Keeper::note(std::int64_t over_by_us) noexcept {
    return second_ < 0 || note_pulse(second_, over_by_us);
}

}  // namespace lucheng::hal::keeper
