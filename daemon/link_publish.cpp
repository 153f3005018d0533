// What the link publishes: replies, state, health, and the journal.
#include <utility>

#include "daemon/link_impl.hpp"
#include "protocol/codec.hpp"

namespace lucheng::daemon {

namespace {

constexpr std::uintptr_t state_tag = 2;  // those of events are odd

}  // namespace

// Not to be had again when the connection goes now: whoever waits for it asks again.
void Link::Impl::publish(const LinkMessage& message) {
    static_cast<void>(client_->publish(message, 0));
}

void Link::Impl::reply(const std::string& bytes, const ResponseTo& to) {
    if (phase_ != Phase::standing && phase_ != Phase::subscribing) return;
    LinkMessage message{.topic = topics_.reply, .bytes = bytes, .correlation = to.correlation};
    publish(message);
    if (to.topic.empty()) return;
    message.topic = to.topic;
    publish(message);
}

// State is the whole picture: while one is on its way only the newest waits behind it.
void Link::Impl::publish_state(const std::string& bytes) {
    if (phase_ != Phase::standing) return;
    state_ = bytes;
    send_state();
}

void Link::Impl::send_state() {
    if (!state_ || state_in_flight_) return;
    const LinkMessage message{
        .topic = topics_.state, .bytes = std::move(*state_), .retained = true};
    state_.reset();
    state_in_flight_ = client_->publish(message, state_tag);
}

void Link::Impl::publish_health(const std::string& bytes) {
    if (phase_ != Phase::standing) return;
    publish({.topic = topics_.health, .bytes = bytes, .qos = 0});
}

void Link::Impl::journal_grew(protocol::JournalNumber head,
                              const std::vector<db::StoredEvent>& newest) {
    events_.grew(head);
    const bool next = !newest.empty() && events_.takes(newest.front().number, newest.size()) &&
                      newest.back().number == head;
    if (next && !publish_events(newest)) return;
    pump();
}

void Link::Impl::send_events_from(protocol::JournalNumber from) {
    probe_timer_.cancel();
    events_.send_from(from);
    pump();
}

void Link::Impl::pump() {
    const auto wish = events_.wish();
    if (!wish) return;
    handlers_.read_events(wish->from, wish->count,
                          [weak = weak_from_this(),
                           ticket = wish->ticket](const std::vector<db::StoredEvent>& events) {
                              if (const auto self = weak.lock()) {
                                  self->on_events_read(ticket, events);
                              }
                          });
}

void Link::Impl::on_events_read(std::uint64_t ticket, const std::vector<db::StoredEvent>& events) {
    if (!events_.answered(ticket, events.empty())) return;
    if (publish_events(events)) pump();
}

// False: the connection takes no more; they come again later.
bool Link::Impl::publish_events(const std::vector<db::StoredEvent>& events) {
    for (const auto& stored : events) {
        const auto tag = events_.publishing(stored.number);
        const LinkMessage message{.topic = topics_.event, .bytes = protocol::encode(stored.event)};
        if (client_->publish(message, tag)) continue;
        if (events_.refused(tag)) on_event_refused();
        return false;
    }
    return true;
}

void Link::Impl::on_acknowledged(std::uintptr_t tag, int reason) {
    if (tag == state_tag) {
        state_in_flight_ = false;
        send_state();
        return;
    }
    if (reason != reason_success) {
        if (events_.refused(tag)) on_event_refused();
        return;
    }
    if (const auto newest = events_.accepted(tag)) {
        probe_.reset();
        handlers_.event_accepted(*newest);
    }
    pump();
}

void Link::Impl::on_event_refused() {
    after(probe_timer_, probe_.next(), [](Impl& self) {
        self.events_.retry();
        self.pump();
    });
}

}  // namespace lucheng::daemon
