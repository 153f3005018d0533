// MQTT 5 packets as bytes: only what a test client sends and receives.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lucheng::rig {

struct Received {
    std::size_t index = 0;  // its place among all received by this peer, from 0
    std::string topic;
    std::string payload;
    int qos = 0;
    bool retained = false;
    bool duplicate = false;
    std::string content_type;
    std::string response_topic;
    std::string correlation;
    std::optional<std::uint32_t> expiry_s;
    std::chrono::steady_clock::time_point at;
};

struct Outgoing {
    std::string topic;
    std::string payload;
    int qos = 1;
    bool retained = false;
    std::string content_type{};  // these four go along when not empty
    std::string response_topic{};
    std::string correlation{};
    std::optional<std::uint32_t> expiry_s{};
};

struct PeerOptions {
    std::string uri;
    std::string client_id;
    bool clean_start = true;
    std::uint32_t session_expiry_s = 0;
    std::uint16_t receive_maximum = 65'535;
    std::string user{};
    std::string password{};
};

namespace packet {

enum class Type : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    disconnect = 14
};

struct Packet {
    Type type{};
    std::uint8_t flags = 0;
    std::string body;
};

struct Connack {
    bool session_present = false;
    int reason = 0;
    std::uint16_t receive_maximum = 65'535;
};
struct Ack {
    std::uint16_t id = 0;
    int reason = 0;  // the last, where there are several
};
struct Publish {
    std::uint16_t id = 0;
    Received message;
};

[[nodiscard]] std::string connect(const PeerOptions& options);
[[nodiscard]] std::string publish(const Outgoing& message, std::uint16_t id);
[[nodiscard]] std::string puback(std::uint16_t id);
[[nodiscard]] std::string subscribe(const std::string& filter, int qos, std::uint16_t id);
[[nodiscard]] std::string unsubscribe(const std::string& filter, std::uint16_t id);
[[nodiscard]] std::string disconnect();

// Takes the first whole packet off the front, if one is there. These throw on what is not MQTT 5.
[[nodiscard]] std::optional<Packet> take(std::string& bytes);
[[nodiscard]] Connack read_connack(const Packet& packet);
[[nodiscard]] Ack read_ack(const Packet& packet);
[[nodiscard]] Publish read_publish(const Packet& packet);

}  // namespace packet
}  // namespace lucheng::rig
