#include "daemon/kiosk_events.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <utility>

#include "daemon/kiosk_hub.hpp"

namespace lucheng::daemon {

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using Error = boost::system::error_code;
using Request = beast::http::request<beast::http::string_body>;

constexpr std::chrono::seconds handshake_within{10};
constexpr std::size_t message_in_bytes_max = 1'024;
constexpr std::size_t write_buffer_bytes = 512;

class Listener final : public KioskPeer, public std::enable_shared_from_this<Listener> {
public:
    Listener(KioskSocket socket, Request request, const std::shared_ptr<KioskHub>& hub)
        : request_{std::move(request)},
          hub_{hub},
          taken_within_{hub->limits().taken_within},
          stalled_{socket.get_executor()},
          ws_{std::move(socket)} {}

    void start() {
        // No pings: the peer is on this machine, and an idle cabinet should sleep.
        ws_.set_option(websocket::stream_base::timeout{handshake_within,
                                                       websocket::stream_base::none(), false});
        ws_.read_message_max(message_in_bytes_max);
        ws_.write_buffer_bytes(write_buffer_bytes);
        ws_.auto_fragment(false);
        ws_.text(true);
        ws_.async_accept(request_, [self = shared_from_this()](const Error& error) {
            if (error) return self->leave();
            self->accepted();
        });
    }

    [[nodiscard]] PeerState state() const override { return PeerState::listening; }

    // A listener that is slow sees fewer screens, and always the newest.
    void push(const std::shared_ptr<const std::string>& message) override {
        next_ = message;
        if (accepted_ && !now_) write();
    }

    void close() override {
        Error ignored;
        stalled_.cancel();
        beast::get_lowest_layer(ws_).close(ignored);
    }

private:
    void accepted() {
        accepted_ = true;
        request_ = {};
        if (const auto hub = hub_.lock()) push(hub->push_message());
        read();
    }

    void read() {
        ws_.async_read(incoming_, [self = shared_from_this()](const Error& error, std::size_t) {
            if (error) return self->leave();
            self->incoming_.clear();  // whatever it said
            self->read();
        });
    }

    void write() {
        now_ = std::exchange(next_, nullptr);
        stalled_.expires_after(taken_within_);
        stalled_.async_wait([self = weak_from_this()](const Error& error) {
            if (error) return;
            if (const auto listener = self.lock()) listener->leave();
        });
        ws_.async_write(boost::asio::buffer(*now_),
                        [self = shared_from_this()](const Error& error, std::size_t) {
                            self->stalled_.cancel();
                            self->now_ = nullptr;
                            if (error) return self->leave();
                            if (self->next_) self->write();
                        });
    }

    void leave() {
        close();
        if (const auto hub = hub_.lock()) hub->gone(this);
    }

    Request request_;
    std::weak_ptr<KioskHub> hub_;
    std::chrono::milliseconds taken_within_;
    boost::asio::steady_timer stalled_;
    // Without compression, whose tables take 300 KB a listener.
    websocket::stream<KioskSocket, false> ws_;
    beast::flat_buffer incoming_{message_in_bytes_max};
    std::shared_ptr<const std::string> now_{}, next_{};
    bool accepted_ = false;
};

}  // namespace

std::shared_ptr<KioskPeer> start_listener(KioskSocket socket, Request request,
                                          const std::shared_ptr<KioskHub>& hub) {
    auto listener = std::make_shared<Listener>(std::move(socket), std::move(request), hub);
    listener->start();
    return listener;
}

}  // namespace lucheng::daemon
