// The broker between the cabinet and dispatch, and the network in between: what is published is
// delivered, doubled, delayed, refused or lost, as MQTT and its brokers do.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "daemon/link_client.hpp"
#include "tests/simulation/random.hpp"
#include "tests/simulation/timeline.hpp"

namespace lucheng::simulation {

class Broker {
public:
    Broker(Timeline& time, Random dice) : time_{time}, dice_{dice} {}

    // Each counts the reasons for it; zero is well.
    struct Weather {
        int unreachable = 0;    // no new connection
        int deaf_upward = 0;    // what the cabinet says is lost
        int deaf_downward = 0;  // what it is told, acknowledgements too
        int nobody = 0;         // dispatch has no subscription: refused
        int forgetful = 0;      // takes messages and loses them
        int doubling = 0;       // hands everything over twice
        int slow = 0;           // seconds instead of milliseconds
    };
    Weather weather{};

    // The cabinet's side, for the client that is linked in place of the daemon's.
    struct Peer {
        daemon::LinkClientHandlers handlers{};
        bool alive = true;
        bool subscribed = false;
        bool doomed = false;  // half open: what is sent falls into a void until it is noticed
        Milliseconds upward{0}, downward{0};  // nothing overtakes
    };
    using PeerPtr = std::shared_ptr<Peer>;
    PeerPtr connect(daemon::LinkClientHandlers handlers);
    void subscribe(const PeerPtr& peer);
    bool publish(const PeerPtr& peer, const daemon::LinkMessage& message, std::uintptr_t tag);
    void close(const PeerPtr& peer);
    // Every message that leaves the cabinet, whether or not it arrives.
    std::function<void(const daemon::LinkMessage&)> overheard{};
    // What the cabinet knows of its messages: a new connection, one that the broker has, a refusal.
    std::function<void()> met{};
    std::function<void(const daemon::LinkMessage&)> taken{};
    std::function<void(const std::string& topic)> told_of_refusal{};

    // Dispatch's side.
    void send(std::string command, bool retained = false, daemon::ResponseTo response = {});
    std::function<void(const daemon::LinkMessage&)> arrived{};
    void break_connections();
    void die();  // the cabinet's process did: no goodbye
    void lose_session() { waiting_.clear(); }

private:
    [[nodiscard]] Milliseconds latency();
    void doom(const PeerPtr& peer);
    void say(const PeerPtr& peer, std::function<void(Peer&)> what);
    void take(const PeerPtr& peer, const daemon::LinkMessage& message, std::uintptr_t tag);
    void hand_over();

    struct Waiting {
        std::string bytes;
        bool retained;
        daemon::ResponseTo response;
    };
    Timeline& time_;
    Random dice_;
    PeerPtr peer_{};
    std::deque<Waiting> waiting_{};
};

}  // namespace lucheng::simulation
