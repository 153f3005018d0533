// Behind link.hpp: the life of the connection, on the loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/link.hpp"
#include "daemon/link_backoff.hpp"
#include "daemon/link_client.hpp"
#include "daemon/link_events.hpp"
#include "daemon/link_mailbox.hpp"
#include "daemon/link_thread.hpp"
#include "daemon/timer.hpp"
#include "tls/sight.hpp"

namespace lucheng::daemon {

class Link::Impl : public std::enable_shared_from_this<Link::Impl> {
public:
    Impl(boost::asio::io_context& loop, LinkOptions options, LinkHandlers handlers);
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void start(protocol::JournalNumber sent, protocol::JournalNumber head);
    void stop(std::chrono::milliseconds limit);
    [[nodiscard]] bool connected() const { return phase_ == Phase::standing; }
    [[nodiscard]] std::uint64_t outbox_depth() const { return events_.depth(); }
    [[nodiscard]] std::uint64_t dropped() const { return mailbox_->dropped(); }

    void reply(const std::string& bytes, const ResponseTo& to);
    void publish_state(const std::string& bytes);
    void publish_health(const std::string& bytes);
    void journal_grew(protocol::JournalNumber head, const std::vector<db::StoredEvent>& newest);
    void send_events_from(protocol::JournalNumber from);

    void look_at_files(bool done);
    void look_at_broker();
    [[nodiscard]] std::vector<tls::Expiry> expiries() const;

private:
    enum class Phase : std::uint8_t { stopped, waiting, connecting, subscribing, standing };

    // The connection (link.cpp).
    void connect();
    [[nodiscard]] LinkClientHandlers client_handlers();
    void on_connected(std::size_t receive_maximum);
    void on_subscribed();
    void on_trouble(const LinkTrouble& trouble);
    void retire_client();
    void on_message(Incoming message);
    void end_connection();
    void say_disconnected(const std::string& why, bool stood);
    void after(Timer& timer, std::chrono::milliseconds delay, void (*then)(Impl&));

    // Certificates (link_tls.cpp).
    [[nodiscard]] bool secure() const;
    [[nodiscard]] static tls::Files files_of(const LinkOptions& options);
    void find_cause(const LinkTrouble& trouble);
    void look(bool await_verdict, std::function<void(Impl&, tls::Sight)> then);
    void on_opening(const tls::Stamp& stamp, std::vector<tls::Expiry> expiries);
    void on_files(const tls::Stamp& stamp, const tls::Reading& reading, bool done);
    // To the loop, from any thread, whatever attempt it is by then.
    [[nodiscard]] auto to_loop() {
        return [mailbox = mailbox_, weak = weak_from_this()](auto handler) {
            mailbox->post([weak, handler = std::move(handler)]() mutable {
                const auto self = weak.lock();
                if (self && self->phase_ != Phase::stopped) handler(*self);
            });
        };
    }

    // What is published (link_publish.cpp).
    void publish(const LinkMessage& message);
    void send_state();
    void pump();
    void on_events_read(std::uint64_t ticket, const std::vector<db::StoredEvent>& events);
    [[nodiscard]] bool publish_events(const std::vector<db::StoredEvent>& events);
    void on_acknowledged(std::uintptr_t tag, int reason);
    void on_event_refused();

    const LinkOptions options_;
    LinkHandlers handlers_;
    const protocol::Topics topics_;
    std::shared_ptr<LinkMailbox> mailbox_;
    std::shared_ptr<void> library_;
    LinkThread thread_;

    Phase phase_ = Phase::stopped;
    std::uint64_t attempt_ = 0;  // callbacks of an earlier one are stale
    std::shared_ptr<LinkClient> client_{};
    LinkBackoff reconnect_;
    Timer timer_;                      // of the phase: give up, try again, or trust this connection
    std::string last_trouble_{};       // said already
    std::size_t receive_maximum_ = 0;  // of the broker

    tls::Stamp files_in_use_{};
    tls::Stamp files_seen_{};                  // when they were last looked at
    tls::Stamp files_refused_{};               // said already
    std::vector<tls::Expiry> own_expiries_{};  // of the files in use
    std::vector<tls::Expiry> broker_expiries_{};

    LinkEvents events_;
    LinkBackoff probe_;
    Timer probe_timer_;
    std::optional<std::string> state_{};  // the newest, when one is still unacknowledged
    bool state_in_flight_ = false;
};

}  // namespace lucheng::daemon
