#include "hal/lock_queue.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lucheng::hal {
namespace {

using core::Milliseconds;
using core::Uptime;
using namespace std::chrono_literals;

// Two wake-ups in five seconds: the whole daemon has one a second to spend.
constexpr Milliseconds ping_every = 5s;
constexpr Milliseconds answers_within = 2s;
// The executable may have to come from a slow flash card.
constexpr Milliseconds starts_within = 5s;
constexpr Milliseconds dies_within = 1s;
// A keeper that keeps dying is started again after 0, 0.25, 0.5, 1, ... 10 s.
constexpr Milliseconds backoff_first = 250ms;
constexpr Milliseconds backoff_most = 10s;
constexpr Milliseconds calm_after = 60s;
// A pulse whose end is late means a keeper that is frozen with the coil on, and killing it must
// still be within the ceiling, as far as the configured pulse leaves room.
constexpr Milliseconds late_most = 400ms;
constexpr Milliseconds late_least = 50ms;

Milliseconds late_after(Milliseconds pulse) {
    return std::clamp(core::pulse_ceiling - pulse - late_least, late_least, late_most);
}

std::string_view words_for(keeper::Why why) {
    switch (why) {
        case keeper::Why::nothing: return "no reason";
        case keeper::Why::no_such_line: return "no such line";
        case keeper::Why::bad_length: return "its length";
        case keeper::Why::busy: return "another coil is on";
        case keeper::Why::too_soon: return "too soon after the last one";
        case keeper::Why::line_gone: return "its line does not answer";
        case keeper::Why::cut_short: return "all lines were let go";
    }
    return "an unknown reason";
}

}  // namespace

LockQueue::LockQueue(boost::asio::io_context& loop, Parts parts)
    : loop_{loop}, parts_{std::move(parts)}, timer_{loop} {
    if (::access(parts_.keeper.executable.c_str(), X_OK) != 0) {
        throw std::system_error{errno, std::generic_category(),
                                fmt::format("lock keeper {}", parts_.keeper.executable.string())};
    }
    parts_.release_all();
    const Uptime now = parts_.uptime();
    quiet_until_ = now + parts_.gap;
    launched_at_ = now;
    process_ = std::make_unique<KeeperProcess>(loop_, parts_.keeper);
    phase_ = Phase::starting;
    answer_due_ = now + starts_within;
    listen();
    arm(now);
}

LockQueue::~LockQueue() {
    const bool was_there = process_ != nullptr;
    process_.reset();
    if (was_there) parts_.release_all();
}

std::optional<pid_t> LockQueue::keeper() const {
    if (!process_ || phase_ == Phase::dying) return std::nullopt;
    return process_->pid();
}

void LockQueue::pulse(const core::PulseLock& pulse, std::uint16_t line) {
    waiting_.push_back({pulse, line});
    step();
}

void LockQueue::replace_keeper(KeeperCommand command) {
    parts_.keeper = std::move(command);
    outdated_ = process_ != nullptr;
    boost::asio::post(loop_, [this, alive = std::weak_ptr{alive_}] {
        if (!alive.expired()) step();
    });
}

void LockQueue::step() {
    const Uptime now = parts_.uptime();
    drop_lapsed(now);
    // After a stall of our own the answer may lie there unread: nobody is late then.
    const bool late = (in_hand_ && now >= in_hand_->due) || (answer_due_ && now >= *answer_due_);
    if (late && process_) drain();
    switch (phase_) {
        case Phase::absent:
            if (now >= launch_at_) launch(now);
            break;
        case Phase::starting:
            if (answer_due_ && now >= *answer_due_) give_up("did not start in time");
            break;
        case Phase::ready: go_on_ready(now); break;
        case Phase::dying:
            if (answer_due_ && now >= *answer_due_) {
                // Stuck in the kernel with its lines: the watchdog is what is left.
                answer_due_.reset();
                report("the lock keeper was killed and does not die");
                parts_.release_all();
                finish(core::PulseEnd::lost);
            }
            break;
    }
    arm(now);
}

void LockQueue::go_on_ready(Uptime now) {
    if (in_hand_ && now >= in_hand_->due) {
        give_up("did not end a pulse in time");
        return;
    }
    if (answer_due_ && now >= *answer_due_) {
        give_up("did not answer in time");
        return;
    }
    if (!in_hand_ && outdated_) {
        process_->kill();
        phase_ = Phase::dying;
        answer_due_ = now + dies_within;
        return;
    }
    if (!in_hand_ && !waiting_.empty() && now >= quiet_until_) {
        const Waiting next = waiting_.front();
        keeper::Request request;
        request.ask = keeper::Ask::pulse;
        request.line = next.line;
        request.ms = static_cast<std::uint16_t>(parts_.pulse.count());
        request.ticket = ++ticket_;
        if (!process_->send(request)) {
            give_up("does not take requests");  // this one stays first in the queue
            return;
        }
        waiting_.pop_front();
        in_hand_ = InHand{next.pulse.authorisation, request.ticket,
                          now + parts_.pulse + late_after(parts_.pulse)};
        ping_at_ = now + ping_every;  // the end of the pulse is as good as an answer
    }
    if (!answer_due_ && now >= ping_at_) {
        keeper::Request request;
        request.ask = keeper::Ask::ping;
        if (!process_->send(request)) {
            give_up("does not take requests");
            return;
        }
        answer_due_ = now + answers_within;
        ping_at_ = now + ping_every;
    }
}

void LockQueue::drop_lapsed(Uptime now) {
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        if (now <= waiting.pulse.not_after) return false;
        tell(waiting.pulse.authorisation, core::PulseEnd::lapsed);
        return true;
    });
}

std::optional<Uptime> LockQueue::next_step() const {
    Uptime next = Uptime::max();
    const auto by = [&next](Uptime time) { next = std::min(next, time); };
    for (const Waiting& waiting : waiting_) {
        if (waiting.pulse.not_after < Uptime::max()) by(waiting.pulse.not_after + 1ms);
    }
    if (answer_due_) by(*answer_due_);
    switch (phase_) {
        case Phase::absent: by(launch_at_); break;
        case Phase::ready:
            by(ping_at_);
            if (in_hand_) by(in_hand_->due);
            if (!in_hand_ && !waiting_.empty()) by(quiet_until_);
            break;
        case Phase::starting:
        case Phase::dying: break;
    }
    if (next == Uptime::max()) return std::nullopt;
    return next;
}

void LockQueue::arm(Uptime now) {
    const std::optional<Uptime> next = next_step();
    if (next == armed_for_) return;
    armed_for_ = next;
    timer_.cancel();
    if (!next) return;
    timer_.expires_after(std::max(*next - now, Milliseconds{0}));
    timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
        if (error || alive.expired()) return;
        armed_for_.reset();
        step();
    });
}

void LockQueue::launch(Uptime now) {
    launched_at_ = now;
    outdated_ = false;
    try {
        process_ = std::make_unique<KeeperProcess>(loop_, parts_.keeper);
    } catch (const std::system_error& error) {
        report(fmt::format("the lock keeper could not be started: {}", error.what()));
        backoff_ = std::clamp(backoff_ * 2, backoff_first, backoff_most);
        launch_at_ = now + backoff_;
        return;
    }
    phase_ = Phase::starting;
    answer_due_ = now + starts_within;
    listen();
}

void LockQueue::listen() {
    ++generation_;
    const auto wait_read = boost::asio::posix::stream_descriptor::wait_read;
    process_->death().async_wait(wait_read, only_for_this_keeper([this] { bury(); }));
    process_->socket().async_wait(wait_read, only_for_this_keeper([this] { hear(); }));
}

// A handler may still be on its way for a keeper that was replaced meanwhile.
std::function<void(boost::system::error_code)> LockQueue::only_for_this_keeper(
    std::function<void()> then) {
    return [this, then = std::move(then), one = generation_,
            alive = std::weak_ptr{alive_}](boost::system::error_code error) {
        if (!error && !alive.expired() && one == generation_) then();
    };
}

void LockQueue::hear() {
    drain();
    if (!process_->ended()) {
        process_->socket().async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                      only_for_this_keeper([this] { hear(); }));
    }
    step();
}

void LockQueue::drain() {
    while (const auto answer = process_->receive()) understand(*answer);
}

void LockQueue::understand(const keeper::Answer& answer) {
    if (answer.version != keeper::protocol_version) {
        if (phase_ != Phase::dying) give_up("speaks another version");
        return;
    }
    switch (answer.say) {
        case keeper::Say::hello:
            if (phase_ != Phase::starting) return;
            phase_ = Phase::ready;
            answer_due_.reset();
            ping_at_ = parts_.uptime() + ping_every;
            // It keeps the gap from its own start on, which is later than ours of it.
            quiet_until_ = std::max(quiet_until_, after_gap());
            if (answer.locked == 0 && !std::exchange(told_unlocked_, true)) {
                report("the lock keeper could not lock its memory: see RLIMIT_MEMLOCK");
            }
            return;
        case keeper::Say::pong:
            if (phase_ == Phase::ready) answer_due_.reset();
            return;
        case keeper::Say::done:
            if (in_hand_ && in_hand_->ticket == answer.ticket) finish(core::PulseEnd::done);
            return;
        case keeper::Say::refused:
            if (!in_hand_ || in_hand_->ticket != answer.ticket) return;
            report(fmt::format("the lock keeper refused a pulse: {}", words_for(answer.why)));
            finish(core::PulseEnd::lost);
            return;
        case keeper::Say::released: return;
    }
    if (phase_ != Phase::dying) give_up("says what is not understood");
}

void LockQueue::finish(core::PulseEnd end) {
    if (!in_hand_) return;
    tell(in_hand_->authorisation, end);
    in_hand_.reset();
    quiet_until_ = after_gap();
}

// Rounded up: uptime is in whole milliseconds, and the keeper counts finer.
Uptime LockQueue::after_gap() const { return parts_.uptime() + parts_.gap + 1ms; }

void LockQueue::give_up(std::string why) {
    report(fmt::format("the lock keeper {}: it is killed and replaced", why));
    process_->kill();
    phase_ = Phase::dying;
    answer_due_ = parts_.uptime() + dies_within;
}

void LockQueue::bury() {
    const auto how = process_->reap();
    drain();
    parts_.release_all();
    if (phase_ != Phase::dying) {
        report(fmt::format("the lock keeper died, another is started: {}",
                           how.value_or("it is not known how")));
    }
    process_.reset();
    const Uptime now = parts_.uptime();
    quiet_until_ = std::max(quiet_until_, now + parts_.gap);
    finish(core::PulseEnd::lost);
    phase_ = Phase::absent;
    answer_due_.reset();
    if (now - launched_at_ >= calm_after) backoff_ = Milliseconds{0};
    launch_at_ = now;
    if (!outdated_) {
        launch_at_ += backoff_;
        backoff_ = std::clamp(backoff_ * 2, backoff_first, backoff_most);
    }
    step();
}

void LockQueue::tell(core::AuthorisationId authorisation, core::PulseEnd end) {
    boost::asio::post(loop_, [this, alive = std::weak_ptr{alive_}, authorisation, end] {
        if (!alive.expired() && listener_.ended) listener_.ended(authorisation, end);
    });
}

void LockQueue::report(std::string what) {
    boost::asio::post(loop_, [this, alive = std::weak_ptr{alive_}, what = std::move(what)] {
        if (!alive.expired() && listener_.trouble) listener_.trouble(what);
    });
}

}  // namespace lucheng::hal
