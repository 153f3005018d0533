#include "tests/simulation/broker.hpp"

#include <algorithm>
#include <utility>

namespace lucheng::simulation {

using namespace std::chrono_literals;
using daemon::LinkMessage;

namespace {

constexpr std::size_t receive_maximum = 40;
constexpr std::size_t waiting_most = 1'000;
constexpr auto noticed_after = 45s;  // one and a half times the keep-alive

}  // namespace

Milliseconds Broker::latency() {
    return weather.slow > 0 ? dice_.between(200ms, 8'000ms) : dice_.between(2ms, 60ms);
}

// To the cabinet, in order, unless the line is dead by then.
void Broker::say(const PeerPtr& peer, std::function<void(Peer&)> what) {
    peer->downward = std::max(peer->downward, time_.now() + latency());
    time_.at(peer->downward, [this, peer, what = std::move(what)] {
        if (!peer->alive || peer->doomed) return;
        if (weather.deaf_downward > 0) return doom(peer);
        what(*peer);
    });
}

void Broker::doom(const PeerPtr& peer) {
    if (peer->doomed) return;
    peer->doomed = true;
    time_.after(noticed_after, [peer] {
        if (!std::exchange(peer->alive, false)) return;
        peer->handlers.lost({0, "the broker fell silent"});
    });
}

Broker::PeerPtr Broker::connect(daemon::LinkClientHandlers handlers) {
    auto peer = std::make_shared<Peer>();
    peer->handlers = std::move(handlers);
    if (weather.unreachable > 0) {
        if (dice_.one_in(3)) return peer;  // silence, until the link gives up
        time_.after(latency(), [peer] {
            if (std::exchange(peer->alive, false)) peer->handlers.failed({0, "refused"});
        });
        return peer;
    }
    peer_ = peer;
    say(peer, [this](Peer& one) {
        if (met) met();
        one.handlers.connected(receive_maximum);
    });
    return peer;
}

void Broker::subscribe(const PeerPtr& peer) {
    say(peer, [this, peer](Peer& one) {
        one.subscribed = true;
        one.handlers.subscribed();
        hand_over();
    });
}

void Broker::close(const PeerPtr& peer) {
    peer->alive = false;
    if (peer_ == peer) peer_.reset();
}

bool Broker::publish(const PeerPtr& peer, const LinkMessage& message, std::uintptr_t tag) {
    if (!peer->alive) return false;
    if (overheard) overheard(message);
    peer->upward = std::max(peer->upward, time_.now() + latency());
    time_.at(peer->upward, [this, peer, message, tag] {
        if (peer->doomed) return;
        if (weather.deaf_upward > 0) return doom(peer);
        take(peer, message, tag);
    });
    return true;
}

void Broker::take(const PeerPtr& peer, const LinkMessage& message, std::uintptr_t tag) {
    const bool refused = weather.nobody > 0;
    const bool lost = weather.forgetful > 0 && dice_.one_in(2);
    if (!refused && !lost && arrived) {
        arrived(message);
        if (weather.doubling > 0 || dice_.one_in(40)) arrived(message);
    }
    if (tag == 0) return;
    if (!refused && taken) taken(message);
    const int reason = refused ? daemon::reason_no_subscribers : daemon::reason_success;
    say(peer, [this, tag, reason, topic = message.topic](Peer& one) {
        if (reason != daemon::reason_success && told_of_refusal) told_of_refusal(topic);
        one.handlers.acknowledged(tag, reason);
    });
}

void Broker::send(std::string command, bool retained, daemon::ResponseTo response) {
    waiting_.push_back({std::move(command), retained, std::move(response)});
    if (waiting_.size() > waiting_most) waiting_.pop_front();
    hand_over();
}

void Broker::hand_over() {
    while (peer_ && peer_->alive && peer_->subscribed && !peer_->doomed && !waiting_.empty()) {
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        const bool twice = weather.doubling > 0 || dice_.one_in(50);
        for (int i = 0; i < (twice ? 2 : 1); ++i) {
            say(peer_, [next](Peer& one) {
                one.handlers.message({next.bytes, next.retained, next.response});
            });
        }
    }
}

void Broker::die() {
    if (peer_) peer_->alive = false;
    peer_.reset();
}

void Broker::break_connections() {
    if (!peer_) return;
    const PeerPtr peer = std::exchange(peer_, nullptr);
    if (std::exchange(peer->alive, false)) peer->handlers.lost({0, "connection reset"});
}

}  // namespace lucheng::simulation
