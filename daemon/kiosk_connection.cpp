#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <fmt/format.h>
#include <iterator>
#include <optional>
#include <sodium.h>
#include <utility>

#include "daemon/kiosk_events.hpp"
#include "daemon/kiosk_hub.hpp"

namespace lucheng::daemon {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Error = boost::system::error_code;

constexpr std::chrono::seconds linger_for{2};
constexpr std::size_t read_bytes = 1'024;
constexpr std::size_t linger_bytes_max = 65'536;

// The page runs its own files and talks to its own server, and nobody may frame it.
constexpr std::string_view fixed_fields =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n";

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

// A weight of 0, which RFC 9110 writes with up to three decimals, refuses.
bool refuses(const http::param_list& parameters) {
    for (const auto& [name, value] : parameters) {
        if (!beast::iequals(name, "q")) continue;
        return !value.empty() && value.find_first_not_of("0.") == beast::string_view::npos;
    }
    return false;
}

// What Accept-Encoding says of gzip; nothing said, it is not sent.
bool takes_gzip(beast::string_view accept_encoding) {
    bool any = false;
    for (const auto& [coding, parameters] : http::ext_list{accept_encoding}) {
        if (beast::iequals(coding, "gzip") || beast::iequals(coding, "x-gzip")) {
            return !refuses(parameters);
        }
        if (coding == "*") any = !refuses(parameters);
    }
    return any;
}

std::string head_of(const KioskResponse& response, bool keeps_alive) {
    std::string head;
    head.reserve(640);
    const auto reason = http::obsolete_reason(http::int_to_status(response.status));
    fmt::format_to(std::back_inserter(head),
                   "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n",
                   response.status, view_of(reason), response.type, response.body->size(),
                   keeps_alive ? "keep-alive" : "close");
    if (!response.allow.empty()) {
        fmt::format_to(std::back_inserter(head), "Allow: {}\r\n", response.allow);
    }
    if (!response.encoding.empty()) {
        fmt::format_to(std::back_inserter(head), "Content-Encoding: {}\r\n", response.encoding);
    }
    if (response.varies) head += "Vary: Accept-Encoding\r\n";
    head += fixed_fields;
    head += "\r\n";
    return head;
}

class Connection final : public KioskPeer, public std::enable_shared_from_this<Connection> {
public:
    Connection(KioskSocket socket, bool local, const std::shared_ptr<KioskHub>& hub)
        : socket_{std::move(socket)},
          deadline_{socket_.get_executor()},
          hub_{hub},
          limits_{hub->limits()},
          local_{local} {}

    // Who connects means to ask: its first request has less time to begin than the next.
    void start() { await_request(limits_.request_within); }

    [[nodiscard]] PeerState state() const override { return state_; }
    void push(const std::shared_ptr<const std::string>&) override {}

    void close() override {
        Error ignored;
        deadline_.cancel();
        socket_.close(ignored);
    }

private:
    using Parser = http::request_parser<http::string_body>;

    void await_request(std::chrono::milliseconds first_byte_within) {
        state_ = PeerState::idle;
        parser_.emplace();
        parser_->eager(true);
        parser_->header_limit(kiosk_header_bytes_max);
        parser_->body_limit(kiosk_body_bytes_max);
        if (in_.size() != 0) return begin_request();
        close_after(first_byte_within);
        read();
    }

    void begin_request() {
        state_ = PeerState::reading;
        close_after(limits_.request_within);
        parse();
    }

    void read() {
        socket_.async_read_some(in_.prepare(read_bytes),
                                [self = shared_from_this()](const Error& error, std::size_t bytes) {
                                    if (error) return self->leave();
                                    self->in_.commit(bytes);
                                    if (self->state_ == PeerState::idle)
                                        return self->begin_request();
                                    self->parse();
                                });
    }

    void parse() {
        Error error;
        while (in_.size() != 0 && !parser_->is_done()) {
            const auto used = parser_->put(in_.data(), error);
            in_.consume(used);
            if (error) break;
        }
        if (error && error != http::error::need_more) return refuse(error);
        if (!parser_->is_done()) return read();
        handle();
    }

    void refuse(const Error& error) {
        using protocol::Reason;
        last_ = true;
        if (error == http::error::header_limit) {
            return answer(
                kiosk_error(431, Reason::oversize, std::to_string(kiosk_header_bytes_max)));
        }
        if (error == http::error::body_limit) {
            return answer(kiosk_error(413, Reason::oversize, std::to_string(kiosk_body_bytes_max)));
        }
        answer(kiosk_error(400, Reason::malformed, "http"));
    }

    void handle() {
        const auto hub = hub_.lock();
        if (!hub) return leave();
        const auto& message = parser_->get();
        last_ = !message.keep_alive();
        head_only_ = message.method() == http::verb::head;
        const KioskRequest request{.method = view_of(message.method_string()),
                                   .target = view_of(message.target()),
                                   .host = view_of(message[http::field::host]),
                                   .origin = view_of(message[http::field::origin]),
                                   .content_type = view_of(message[http::field::content_type]),
                                   .fetch_site = view_of(message["Sec-Fetch-Site"]),
                                   .body = message.body(),
                                   .hosts = message.count(http::field::host),
                                   .takes_gzip = takes_gzip(message[http::field::accept_encoding]),
                                   .local_socket = local_};
        if (auto refusal = hub->refuses(request)) return answer(std::move(*refusal));
        if (request.target == kiosk_events_path && beast::websocket::is_upgrade(message)) {
            return upgrade(hub);
        }
        state_ = PeerState::answering;
        deadline_.cancel();
        ++deadline_number_;
        const auto number = ++request_number_;
        hub->serve(request, [weak = weak_from_this(), number](KioskResponse response) {
            const auto self = weak.lock();
            if (!self || self->request_number_ != number) return;
            if (self->state_ == PeerState::answering) self->answer(std::move(response));
        });
        wipe();
    }

    void upgrade(const std::shared_ptr<KioskHub>& hub) {
        deadline_.cancel();
        hub->replace(this, start_listener(std::move(socket_), parser_->release(), hub));
    }

    // Codes and cards came in here.
    void wipe() {
        auto& body = parser_->get().body();
        sodium_memzero(body.data(), body.size());
        if (in_.size() != 0) return;  // the next request is here already
        in_.clear();
        const auto all = in_.prepare(in_.capacity());
        sodium_memzero(all.data(), all.size());
    }

    void answer(KioskResponse response) {
        state_ = PeerState::reading;
        close_after(limits_.taken_within);
        head_ = head_of(response, !last_);
        body_ = std::move(response.body);
        const std::array<asio::const_buffer, 2> parts{
            asio::buffer(head_), head_only_ ? asio::const_buffer{} : asio::buffer(*body_)};
        asio::async_write(socket_, parts,
                          [self = shared_from_this()](const Error& error, std::size_t) {
                              self->body_ = nullptr;
                              if (error) return self->leave();
                              if (self->last_) return self->linger();
                              self->await_request(self->limits_.idle);
                          });
    }

    // A socket that is closed with bytes unread takes the answer with it.
    void linger() {
        Error ignored;
        socket_.shutdown(KioskSocket::shutdown_send, ignored);
        close_after(linger_for);
        discard(linger_bytes_max);
    }

    void discard(std::size_t left) {
        in_.clear();
        socket_.async_read_some(
            in_.prepare(read_bytes),
            [self = shared_from_this(), left](const Error& error, std::size_t bytes) {
                if (error || bytes >= left) return self->leave();
                self->discard(left - bytes);
            });
    }

    // A wait that had ended when the deadline was moved is an old number, and does nothing.
    void close_after(std::chrono::milliseconds time) {
        deadline_.expires_after(time);
        deadline_.async_wait(
            [weak = weak_from_this(), number = ++deadline_number_](const Error& error) {
                const auto self = weak.lock();
                if (self && !error && self->deadline_number_ == number) self->leave();
            });
    }

    void leave() {
        close();
        if (const auto hub = hub_.lock()) hub->gone(this);
    }

    KioskSocket socket_;
    asio::steady_timer deadline_;
    std::weak_ptr<KioskHub> hub_;
    KioskLimits limits_;
    bool local_;
    PeerState state_ = PeerState::idle;
    bool last_ = false;  // request of this connection
    bool head_only_ = false;
    std::uint64_t deadline_number_ = 0, request_number_ = 0;
    beast::flat_buffer in_{kiosk_header_bytes_max + read_bytes};
    std::optional<Parser> parser_{};
    std::string head_{};
    std::shared_ptr<const std::string> body_{};
};

}  // namespace

std::shared_ptr<KioskPeer> start_connection(KioskSocket socket, bool local,
                                            const std::shared_ptr<KioskHub>& hub) {
    auto connection = std::make_shared<Connection>(std::move(socket), local, hub);
    connection->start();
    return connection;
}

}  // namespace lucheng::daemon
