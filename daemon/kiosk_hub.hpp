// The kiosk server inside: its two listening sockets, and all who are connected.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/kiosk_guard.hpp"
#include "daemon/kiosk_peer.hpp"
#include "daemon/kiosk_routes.hpp"

namespace lucheng::daemon {

class KioskHub : public std::enable_shared_from_this<KioskHub> {
public:
    KioskHub(boost::asio::io_context& loop, KioskOptions options, KioskHandlers handlers);
    void start();
    void screen_changed();
    void stop();

    // For the peers.
    [[nodiscard]] const KioskLimits& limits() const { return options_.limits; }
    [[nodiscard]] std::optional<KioskResponse> refuses(const KioskRequest& request) const {
        return guard_.refuses(request);
    }
    void serve(const KioskRequest& request, KioskReply reply) const {
        routes_->serve(request, std::move(reply));
    }
    [[nodiscard]] std::shared_ptr<const std::string> push_message() const;
    void replace(const KioskPeer* old, std::shared_ptr<KioskPeer> by);
    void gone(const KioskPeer* peer);

private:
    using Tcp = boost::asio::ip::tcp;
    using Local = boost::asio::local::stream_protocol;
    template <class Protocol>
    struct Entrance {
        explicit Entrance(boost::asio::io_context& loop) : acceptor{loop}, pause{loop} {}
        typename Protocol::acceptor acceptor;
        boost::asio::steady_timer pause;
    };

    void listen_tcp();
    void listen_local();
    template <class Protocol>
    void accept(Entrance<Protocol>& entrance);
    void admit(KioskSocket socket, bool local);
    [[nodiscard]] bool make_room();

    boost::asio::io_context& loop_;
    KioskOptions options_;
    KioskHandlers handlers_;
    KioskGuard guard_;
    std::shared_ptr<KioskRoutes> routes_{};
    Entrance<Tcp> tcp_;
    Entrance<Local> local_;
    std::vector<std::shared_ptr<KioskPeer>> peers_{};  // the oldest first
    bool owns_socket_file_ = false;
};

}  // namespace lucheng::daemon
