// One MQTT connection, from its first packet to its last, over Paho. Each try is a client of its
// own, so that nothing of a lost connection is left to be sent again behind our back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/link.hpp"

namespace lucheng::daemon {

// Why a connection does not stand: MQTT's reason code where there is one, and words for the log.
struct LinkTrouble {
    int reason = 0;
    std::string why{};
    bool explained = false;  // the words name the cause: nothing more to find out
};

inline constexpr int reason_success = 0x00;
inline constexpr int reason_no_subscribers = 0x10;
inline constexpr int reason_session_taken_over = 0x8e;

struct LinkMessage {
    std::string topic{};
    std::string bytes{};
    int qos = 1;
    bool retained = false;
    std::string correlation{};
};

// Called on Paho's threads, with its mutex held: these may only post.
struct LinkClientHandlers {
    std::function<void(std::size_t receive_maximum)> connected;
    std::function<void(LinkTrouble)> failed;  // to connect or to subscribe
    std::function<void()> subscribed;
    std::function<void(LinkTrouble)> lost;
    std::function<void(Incoming)> message;
    // Of a message published with a tag: MQTT's reason code.
    std::function<void(std::uintptr_t tag, int reason)> acknowledged;
};

// Opened and closed on the link's own thread, used on the loop's between `connected` and the end.
class LinkClient {
public:
    LinkClient();
    ~LinkClient();  // after close
    LinkClient(const LinkClient&) = delete;
    LinkClient& operator=(const LinkClient&) = delete;

    // A client that never connects. When its last client goes, the library ends its threads, which
    // takes it a second, and forgets what it has allocated: some 400 bytes a connection.
    [[nodiscard]] static std::shared_ptr<void> library();

    // Reads the password, and connects; the outcome comes by handler. May wait for a name lookup
    // of an earlier client.
    void open(const LinkOptions& options, const std::string& will, LinkClientHandlers handlers);
    // Says goodbye if it still can. No handler is called after this.
    void close();

    // The outcome comes by handler. Retained messages arrive too, with their flag.
    void subscribe(const std::string& topic);
    // False: the connection is gone or takes no more. A tag of zero asks for no acknowledgement.
    [[nodiscard]] bool publish(const LinkMessage& message, std::uintptr_t tag);
    // Waits until the broker has the message. False: not within `limit`.
    [[nodiscard]] bool publish_and_wait(const LinkMessage& message,
                                        std::chrono::milliseconds limit);
    void disconnect_and_wait(std::chrono::milliseconds limit);

private:
    class Paho;
    std::unique_ptr<Paho> paho_;
};

// In words, for a log; empty where MQTT has none.
[[nodiscard]] std::string reason_in_words(int reason);
}  // namespace lucheng::daemon
