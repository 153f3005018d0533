// The MQTT link: connects, reconnects, delivers messages to the loop, publishes what it is given,
// and sends the journal in order with a bounded number of entries in flight. Decides nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/store.hpp"
#include "protocol/topics.hpp"
#include "tls/files.hpp"

namespace lucheng::daemon {

struct LinkOptions {
    std::string uri;   // mqtt://host:port or mqtts://host:port
    std::string root;  // lucheng/v1
    protocol::CabinetId cabinet;
    std::string client_id;
    std::string username{};
    std::filesystem::path password_file{};
    std::filesystem::path ca_file{}, certificate_file{}, private_key_file{};
    std::chrono::milliseconds tls_within{5'000};  // a handshake that looks for what is wrong
    std::chrono::seconds keep_alive{30};
    std::chrono::seconds will_delay{5};
    std::chrono::seconds session_expiry{std::chrono::hours{24 * 7}};
    std::chrono::milliseconds reconnect_least{500}, reconnect_most{60'000};
    std::chrono::seconds connect_within{20};  // from the first packet to the subscription
    std::size_t events_in_flight = 32;
    // Events that the broker refuses, or has no subscriber for, are tried again after this.
    std::chrono::milliseconds events_again_least{5'000}, events_again_most{300'000};
};

// Where an answer goes besides the reply topic.
struct ResponseTo {
    std::string topic{};  // empty: only the reply topic
    std::string correlation{};
};
struct Incoming {
    std::string bytes;
    bool retained = false;
    ResponseTo response{};
};

struct LinkHandlers {  // all called on the loop's thread
    std::function<void(Incoming)> message;
    std::function<void()> connected;  // publish state now
    std::function<void(std::string why)> disconnected;
    // New certificates: taken up, or why not. May be empty.
    std::function<void(std::string what)> remark{};
    std::function<void(protocol::JournalNumber)> event_accepted;  // up to here, in order
    // status as bytes for a link state: the will needs `lost` before the connection stands
    std::function<std::string(protocol::Link)> status;
    std::function<void(protocol::JournalNumber from, std::size_t count,
                       std::function<void(std::vector<db::StoredEvent>)>)>
        read_events;
};

class Link {
public:
    Link(boost::asio::io_context& loop, LinkOptions options, LinkHandlers handlers);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void start(protocol::JournalNumber sent, protocol::JournalNumber head);
    // Publishes `disconnected`, says goodbye, waits at most `limit`.
    void stop(std::chrono::milliseconds limit);
    [[nodiscard]] bool connected() const;

    void reply(const std::string& bytes, const ResponseTo& to);
    void publish_state(const std::string& bytes);  // retained
    void publish_health(const std::string& bytes);
    // `newest` are the entries up to `head` that are not yet sent: when those before them are, they
    // go out at once, and are read from the store otherwise.
    void journal_grew(protocol::JournalNumber head, const std::vector<db::StoredEvent>& newest);
    void send_events_from(protocol::JournalNumber from);
    // Looks whether certificates, keys or the password were replaced; if so, and they fit together,
    // connects anew. They may lie there half written: what changed must be the same at two looks,
    // unless a person says that it is done.
    void look_at_files(bool done);
    // Looks until when the broker's certificate serves; the cabinet's own are known from the files.
    void look_at_broker();
    [[nodiscard]] std::vector<tls::Expiry> expiries() const;
    [[nodiscard]] std::uint64_t outbox_depth() const;
    // Messages thrown away since start because the loop had too many waiting already.
    [[nodiscard]] std::uint64_t dropped_messages() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace lucheng::daemon
