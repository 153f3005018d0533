// The tests' own MQTT 5 client. Not Paho: with a second client in one process Paho C 1.3.12 takes
// two seconds to connect it, hides the reason in a PUBACK, and is what is tested on the other side.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/rig/mqtt_packet.hpp"

namespace lucheng::rig {

// Remembers everything it receives, in order. Its calls throw when the broker refuses, closes, or
// does not answer within 10 s. It does not reconnect by itself.
class MqttPeer {
public:
    using Predicate = std::function<bool(const Received&)>;
    using Timeout = std::chrono::milliseconds;

    // Connects at once. The URI is tcp://127.0.0.1:<port>, as Broker::uri() gives it.
    MqttPeer(std::string uri, std::string client_id);
    explicit MqttPeer(PeerOptions options);
    ~MqttPeer();  // says goodbye where it still can
    MqttPeer(const MqttPeer&) = delete;
    MqttPeer& operator=(const MqttPeer&) = delete;

    // Again, after a disconnect or a lost connection. True when the broker still had its session;
    // without one, subscriptions are to be made again.
    bool connect();
    void disconnect();
    void abandon();  // closes the connection without a goodbye
    [[nodiscard]] bool connected() const;
    [[nodiscard]] bool wait_until_disconnected(Timeout timeout) const;

    void subscribe(const std::string& filter, int qos = 1);
    void unsubscribe(const std::string& filter);
    // Returns when the broker has acknowledged it, with the reason code: 0, or 0x10 when nobody
    // subscribes to the topic. QoS 0 and 1.
    int publish(const Outgoing& message);
    int publish(std::string topic, std::string payload, int qos = 1, bool retained = false);
    // Waits only while as many are unacknowledged as the broker allows.
    void publish_without_waiting(const Outgoing& message);

    // The first message, from number `from` on, that the predicate accepts, be it there already or
    // yet to come. The predicate is called with the peer's lock held: it must not call the peer.
    [[nodiscard]] std::optional<Received> wait_for(const Predicate& predicate, Timeout timeout,
                                                   std::size_t from = 0) const;
    // ... on exactly this topic.
    [[nodiscard]] std::optional<Received> wait_for_topic(const std::string& topic, Timeout timeout,
                                                         std::size_t from = 0) const;
    [[nodiscard]] bool wait_for_count(std::size_t count, Timeout timeout) const;
    [[nodiscard]] std::vector<Received> received() const;
    [[nodiscard]] std::size_t received_count() const;

private:
    class Session;
    std::unique_ptr<Session> session_;
};

}  // namespace lucheng::rig
