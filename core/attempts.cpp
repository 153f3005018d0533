// Wrong codes and lock-outs, as time served; and floods, counted instead of listed.
#include <algorithm>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using namespace std::chrono_literals;
namespace {

constexpr Milliseconds day = 24h;
constexpr Milliseconds recorded_every = 1min;  // while locked out: a restart costs at most this

}  // namespace

void serve_time(Turn& turn) {
    Attempts& attempts = turn.s.ledger.cabinet.attempts;
    if (!turn.s.attempts_at) {  // the time between two runs serves nothing
        turn.s.attempts_at = turn.now.uptime;
        if (attempts.lockout_left > 0ms) turn.s.serve_at = turn.now.uptime + recorded_every;
    }
    const Milliseconds served = turn.now.uptime - *turn.s.attempts_at;
    turn.s.attempts_at = turn.now.uptime;
    if (served <= 0ms) return;
    if (MUTANT(41)) attempts.lockout_left = 0ms;
    attempts.lockout_left = std::max(attempts.lockout_left - served, 0ms);
    if (attempts.today_left == 0ms) return;
    attempts.today_left = std::max(attempts.today_left - served, 0ms);
    if (attempts.today_left == 0ms) {
        attempts.wrong_today = 0;
        turn.touch_cabinet();
    }
}

void attempt_deadlines(Turn& turn) {
    const Uptime now = turn.now.uptime;
    if (turn.s.serve_at && now >= *turn.s.serve_at) {
        turn.touch_cabinet();
        const Milliseconds left = turn.s.ledger.cabinet.attempts.lockout_left;
        turn.s.serve_at.reset();
        if (left > 0ms)
            turn.s.serve_at = now + std::min(left, recorded_every);
        else
            turn.show_change();
    }
    for (auto flood = turn.s.floods.begin(); flood != turn.s.floods.end();) {
        if (now < flood->second.window_ends) {
            ++flood;
            continue;
        }
        if (flood->second.counted > 0) {
            const auto& [kind, reason, door] = flood->first;
            Fact fact{.kind = FactKind::counted,
                      .reason = reason,
                      .count = flood->second.counted,
                      .detail = std::string{code_of(kind)}};
            if (door != CompartmentNumber{}) fact.compartment = door;
            turn.record(std::move(fact));
        }
        flood = turn.s.floods.erase(flood);
    }
}

void wrong_code(Turn& turn) {
    Attempts& attempts = turn.s.ledger.cabinet.attempts;
    ++attempts.wrong_in_row;
    ++attempts.wrong_today;
    if (attempts.today_left == 0ms) attempts.today_left = day;
    turn.touch_cabinet();
    record_bounded(turn, {.kind = FactKind::denied,
                          .reason = Reason::code_unknown,
                          .count = static_cast<std::uint64_t>(attempts.wrong_today)});
    const std::int64_t allowed = turn.limits().wrong_codes_before_lockout;
    Milliseconds lockout{};
    if (attempts.wrong_in_row == allowed) lockout = turn.limits().first_lockout;
    if (attempts.wrong_in_row > allowed) lockout = turn.limits().next_lockout;
    if (attempts.wrong_today >= turn.limits().wrong_codes_a_day) lockout = attempts.today_left;
    if (lockout == 0ms) {
        return turn.refuse(Reason::code_unknown, std::to_string(allowed - attempts.wrong_in_row));
    }
    attempts.lockout_left = lockout;
    turn.s.serve_at = turn.now.uptime + std::min(lockout, recorded_every);
    turn.record({.kind = FactKind::locked_out, .count = static_cast<std::uint64_t>(lockout / 1s)});
    turn.refuse(Reason::locked_out, std::to_string(lockout / 1s));
}

void right_code(Turn& turn) {
    Attempts& attempts = turn.s.ledger.cabinet.attempts;
    if (attempts.wrong_in_row == 0) return;
    attempts.wrong_in_row = 0;
    turn.touch_cabinet();
}

namespace {

bool may_list(Turn& turn, const Fact& fact) {
    // Each kind at each door by itself: a child at the help button hides no forced door.
    const auto [found, first] =
        turn.s.floods.try_emplace({fact.kind, fact.reason.value_or(Reason::door_fault),
                                   fact.compartment.value_or(CompartmentNumber{})});
    Flood& flood = found->second;
    if (first) flood.window_ends = turn.now.uptime + 1h;
    if (flood.listed < turn.limits().denied_entries_an_hour) {
        ++flood.listed;
        return true;
    }
    ++flood.counted;
    return false;
}

}  // namespace

void record_bounded(Turn& turn, Fact fact) {
    if (MUTANT(40) || may_list(turn, fact)) turn.record(std::move(fact));
}

}  // namespace lucheng::core
