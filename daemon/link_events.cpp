#include "daemon/link_events.hpp"

#include <algorithm>

#include "protocol/mutants.hpp"

namespace lucheng::daemon {

using protocol::JournalNumber;
using protocol::number_of;

LinkEvents::LinkEvents(std::size_t in_flight_most)
    : in_flight_most_{std::max<std::size_t>(in_flight_most, 1)}, window_{in_flight_most_} {}

void LinkEvents::start(JournalNumber sent, JournalNumber head) {
    accepted_ = contiguous_ = number_of(MUTANT(13) ? head : sent);
    head_ = std::max(number_of(head), accepted_);
    rewind();
}

void LinkEvents::grew(JournalNumber head) {
    head_ = std::max(head_, number_of(head));
    starved_ = false;
}

void LinkEvents::send_from(JournalNumber from) {
    const auto before = number_of(from) == 0 ? contiguous_ : number_of(from) - 1;
    // What is under way or was never sent comes anyhow.
    if (before >= contiguous_ && !waiting_) return;
    contiguous_ = std::min(contiguous_, before);
    waiting_ = false;
    rewind();
}

void LinkEvents::opened(std::size_t receive_maximum) {
    // Half of what the broker takes, so that a reply never queues behind the journal.
    window_ = std::clamp<std::size_t>(receive_maximum / 2, 1, in_flight_most_);
    open_ = true;
    // One alone first: were it refused among many, those behind it would arrive before it.
    probing_ = true;
    waiting_ = false;
    rewind();
}

void LinkEvents::closed() {
    open_ = false;
    rewind();
}

// What was under way is forgotten and comes again.
void LinkEvents::rewind() {
    ++ticket_;
    in_flight_.clear();
    reading_ = starved_ = false;
    next_ = contiguous_ + 1;
}

std::optional<LinkEvents::Wish> LinkEvents::wish() {
    if (!open_ || reading_ || waiting_ || starved_ || next_ > head_) return std::nullopt;
    const std::size_t window = probing_ ? 1 : window_;
    if (in_flight_.size() >= window) return std::nullopt;
    const std::size_t room = window - in_flight_.size();
    // Half a window at a time, so that a long journal is not read entry by entry.
    const std::uint64_t left = head_ - next_ + 1;
    if (room < left && room < (window + 1) / 2) return std::nullopt;
    reading_ = true;
    return Wish{.from = JournalNumber{next_},
                .count = static_cast<std::size_t>(std::min<std::uint64_t>(room, left)),
                .ticket = ticket_};
}

bool LinkEvents::takes(JournalNumber first, std::size_t count) const {
    if (!open_ || reading_ || waiting_ || probing_ || number_of(first) != next_) return false;
    return in_flight_.size() + count <= window_;
}

bool LinkEvents::answered(std::uint64_t ticket, bool with_nothing) {
    if (ticket != ticket_ || !reading_) return false;
    reading_ = false;
    starved_ = with_nothing;
    return true;
}

std::uintptr_t LinkEvents::publishing(JournalNumber number) {
    next_ = number_of(number) + 1;
    // Odd, so that no other message shares it; unique among what can be in flight at once.
    const auto tag = static_cast<std::uintptr_t>(number_of(number) << 1U | 1U);
    in_flight_.push_back({.number = number_of(number), .tag = tag});
    return tag;
}

LinkEvents::InFlight* LinkEvents::in_flight(std::uintptr_t tag) {
    const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                    [tag](const InFlight& entry) { return entry.tag == tag; });
    return found == in_flight_.end() ? nullptr : &*found;
}

std::optional<JournalNumber> LinkEvents::accepted(std::uintptr_t tag) {
    auto* const entry = in_flight(tag);
    if (entry == nullptr) return std::nullopt;
    entry->accepted = true;
    while (!in_flight_.empty() && in_flight_.front().accepted) {
        contiguous_ = in_flight_.front().number;
        in_flight_.pop_front();
        probing_ = false;
    }
    if (contiguous_ <= accepted_) return std::nullopt;
    accepted_ = contiguous_;
    return JournalNumber{accepted_};
}

bool LinkEvents::refused(std::uintptr_t tag) {
    if (in_flight(tag) == nullptr) return false;
    probing_ = waiting_ = true;
    if (MUTANT(12)) contiguous_ = in_flight_.front().number;
    rewind();
    return true;
}

void LinkEvents::retry() { waiting_ = false; }

std::uint64_t LinkEvents::depth() const { return head_ - std::min(head_, accepted_); }

}  // namespace lucheng::daemon
