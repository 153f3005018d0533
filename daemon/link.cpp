#include "daemon/link.hpp"

#include <algorithm>
#include <utility>

#include "daemon/clock.hpp"
#include "daemon/link_impl.hpp"
#include "daemon/paho_naps.hpp"
#include "daemon/tcp_nodelay.hpp"
#include "tls/address.hpp"

namespace lucheng::daemon {

namespace {

using std::chrono::milliseconds;

// A connection that has stood for so long is trusted: the next loss starts the backoff anew.
constexpr std::chrono::seconds trusted_after{60};
// How long the destructor says goodbye when nobody called stop.
constexpr milliseconds goodbye_within{1'000};
// More than a sender needs to find its question again.
constexpr std::size_t correlation_bytes_most = 256;

}  // namespace

Link::Impl::Impl(boost::asio::io_context& loop, LinkOptions options, LinkHandlers handlers)
    : options_{std::move(options)},
      handlers_{std::move(handlers)},
      topics_{protocol::topics_of(options_.root, options_.cabinet)},
      mailbox_{std::make_shared<LinkMailbox>(loop)},
      library_{LinkClient::library()},
      reconnect_{options_.reconnect_least, options_.reconnect_most},
      timer_{loop},
      events_{options_.events_in_flight},
      probe_{options_.events_again_least, options_.events_again_most},
      probe_timer_{loop} {}

Link::Impl::~Impl() {
    stop(goodbye_within);
    mailbox_->shut();
    thread_.post([library = std::move(library_)] {});
}

void Link::Impl::start(protocol::JournalNumber sent, protocol::JournalNumber head) {
    if (phase_ != Phase::stopped) return;
    events_.start(sent, head);
    connect();
}

void Link::Impl::stop(milliseconds limit) {
    const bool standing = phase_ == Phase::standing;
    phase_ = Phase::stopped;
    ++attempt_;
    timer_.cancel();
    probe_timer_.cancel();
    events_.closed();
    if (standing) {
        const LinkMessage farewell{.topic = topics_.status,
                                   .bytes = handlers_.status(protocol::Link::disconnected),
                                   .retained = true};
        if (client_->publish_and_wait(farewell, limit * 2 / 3)) {
            client_->disconnect_and_wait(limit / 3);
        }
    }
    retire_client();
}

void Link::Impl::connect() {
    ++attempt_;
    phase_ = Phase::connecting;
    after(timer_, options_.connect_within,
          [](Impl& self) { self.on_trouble({.why = "the broker does not answer"}); });
    client_ = std::make_shared<LinkClient>();
    thread_.post([client = client_, options = options_,
                  will = handlers_.status(protocol::Link::lost), handlers = client_handlers(),
                  files = secure() ? files_of(options_) : tls::Files{}, to_loop = to_loop()] {
        // Stamped before they are read: what changes in between is found at the next look.
        const auto stamp = tls::stamp_of(files, options.password_file);
        auto reading = tls::read_files(files, wall_time());
        to_loop([stamp, expiries = std::move(reading.expiries)](Impl& self) mutable {
            self.on_opening(stamp, std::move(expiries));
        });
        const auto hopeless = std::find_if(reading.troubles.begin(), reading.troubles.end(),
                                           [](const tls::Trouble& one) { return one.hopeless; });
        if (hopeless != reading.troubles.end()) {
            handlers.failed({.why = hopeless->why, .explained = true});
        } else {
            client->open(options, will, handlers);
        }
    });
}

// Each posts itself to the loop, where it runs unless the link is gone or at another attempt.
LinkClientHandlers Link::Impl::client_handlers() {
    const auto to_this = [mailbox = mailbox_, weak = weak_from_this(),
                          attempt = attempt_](auto handler) {
        mailbox->post([weak, attempt, handler = std::move(handler)]() mutable {
            const auto self = weak.lock();
            if (self && attempt == self->attempt_) handler(*self);
        });
    };
    const auto trouble = [to_this](LinkTrouble what) {
        to_this([what = std::move(what)](Impl& self) { self.on_trouble(what); });
    };
    return {
        .connected =
            [to_this](std::size_t receive_maximum) {
                to_this([receive_maximum](Impl& self) { self.on_connected(receive_maximum); });
            },
        .failed = trouble,
        .subscribed = [to_this] { to_this([](Impl& self) { self.on_subscribed(); }); },
        .lost = trouble,
        .message =
            [to_this, mailbox = mailbox_](Incoming message) {
                auto place = LinkMailbox::place_in(
                    mailbox, message.bytes.size() + message.response.topic.size() +
                                 message.response.correlation.size());
                if (!place) return;
                to_this([message = std::move(message), place = std::move(place)](
                            Impl& self) mutable { self.on_message(std::move(message)); });
            },
        .acknowledged =
            [to_this](std::uintptr_t tag, int reason) {
                to_this([tag, reason](Impl& self) { self.on_acknowledged(tag, reason); });
            },
    };
}

void Link::Impl::on_connected(std::size_t receive_maximum) {
    phase_ = Phase::subscribing;
    receive_maximum_ = receive_maximum;
    const std::uint16_t port = tls::port_of(options_.uri);
    const auto sockets = send_without_delay_to(port);
    if (!sockets.empty()) nap_until_data_from(sockets.back(), port);
    client_->subscribe(topics_.command);
}

void Link::Impl::on_subscribed() {
    phase_ = Phase::standing;
    last_trouble_.clear();
    after(timer_, trusted_after, [](Impl& self) { self.reconnect_.reset(); });
    publish({.topic = topics_.status,
             .bytes = handlers_.status(protocol::Link::ready),
             .retained = true});
    events_.opened(receive_maximum_);
    handlers_.connected();
    pump();
    look_at_broker();
}

void Link::Impl::on_trouble(const LinkTrouble& trouble) {
    const bool stood = phase_ == Phase::standing;
    const bool in_tls = secure() && phase_ == Phase::connecting;
    end_connection();
    // Our rival would throw us out again at once, and we him.
    const bool rival = trouble.reason == reason_session_taken_over;
    after(timer_, rival ? reconnect_.longest() : reconnect_.next(),
          [](Impl& self) { self.connect(); });
    if (in_tls && trouble.reason == reason_success && !trouble.explained) {
        find_cause(trouble);
    } else {
        say_disconnected(trouble.why, stood);
    }
}

void Link::Impl::say_disconnected(const std::string& why, bool stood) {
    if (!stood && why == last_trouble_) return;
    last_trouble_ = why;
    handlers_.disconnected(why);
}

void Link::Impl::end_connection() {
    ++attempt_;
    phase_ = Phase::waiting;
    retire_client();
    events_.closed();
    probe_timer_.cancel();
    state_.reset();
    state_in_flight_ = false;
}

// Its end may wait for the library's threads: not on the loop.
void Link::Impl::retire_client() {
    if (!client_) return;
    thread_.post([client = std::move(client_)] { client->close(); });
    client_.reset();
}

void Link::Impl::on_message(Incoming message) {
    const bool honoured = protocol::is_below_reply(topics_, message.response.topic) &&
                          message.response.correlation.size() <= correlation_bytes_most;
    if (!honoured) message.response = {};
    handlers_.message(std::move(message));
}

void Link::Impl::after(Timer& timer, milliseconds delay, void (*then)(Impl&)) {
    timer.start(delay, [weak = weak_from_this(), attempt = attempt_, then] {
        const auto self = weak.lock();
        if (self && attempt == self->attempt_) then(*self);
    });
}

Link::Link(boost::asio::io_context& loop, LinkOptions options, LinkHandlers handlers)
    : impl_{std::make_shared<Impl>(loop, std::move(options), std::move(handlers))} {}

Link::~Link() = default;

void Link::start(protocol::JournalNumber sent, protocol::JournalNumber head) {
    impl_->start(sent, head);
}
void Link::stop(milliseconds limit) { impl_->stop(limit); }
bool Link::connected() const { return impl_->connected(); }
void Link::reply(const std::string& bytes, const ResponseTo& to) { impl_->reply(bytes, to); }
void Link::publish_state(const std::string& bytes) { impl_->publish_state(bytes); }
void Link::publish_health(const std::string& bytes) { impl_->publish_health(bytes); }
void Link::journal_grew(protocol::JournalNumber head, const std::vector<db::StoredEvent>& newest) {
    impl_->journal_grew(head, newest);
}
void Link::send_events_from(protocol::JournalNumber from) { impl_->send_events_from(from); }
void Link::look_at_files(bool done) { impl_->look_at_files(done); }
void Link::look_at_broker() { impl_->look_at_broker(); }
std::vector<tls::Expiry> Link::expiries() const { return impl_->expiries(); }
std::uint64_t Link::outbox_depth() const { return impl_->outbox_depth(); }
std::uint64_t Link::dropped_messages() const { return impl_->dropped(); }

}  // namespace lucheng::daemon
