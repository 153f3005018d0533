// True time, which never jumps, and what will happen in it. A year passes as fast as its events.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "core/time.hpp"

namespace lucheng::simulation {

using core::Milliseconds;

class Timeline {
public:
    using Ticket = std::pair<Milliseconds, std::uint64_t>;

    [[nodiscard]] Milliseconds now() const { return now_; }
    Ticket at(Milliseconds when, std::function<void()> what) {
        const Ticket ticket{when < now_ ? now_ : when, ++last_};
        coming_.emplace(ticket, std::move(what));
        return ticket;
    }
    Ticket after(Milliseconds wait, std::function<void()> what) {
        return at(now_ + wait, std::move(what));
    }
    void cancel(const Ticket& ticket) { coming_.erase(ticket); }
    void clear() { coming_.clear(); }
    // The next thing happens, unless it is later than `end`; then it is `end`.
    bool step(Milliseconds end) {
        if (coming_.empty() || coming_.begin()->first.first > end) {
            now_ = end;
            return false;
        }
        auto next = coming_.extract(coming_.begin());
        now_ = next.key().first;
        next.mapped()();
        return true;
    }

private:
    Milliseconds now_{0};
    std::uint64_t last_ = 0;
    std::map<Ticket, std::function<void()>> coming_{};
};

}  // namespace lucheng::simulation
