// One who is connected to the kiosk server.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace lucheng::daemon {

class KioskHub;

// TCP and Unix sockets alike, so that all behind them is compiled once.
using KioskSocket = boost::asio::generic::stream_protocol::socket;

// In the order in which they are dropped when there are too many.
enum class PeerState : std::uint8_t {
    idle,       // between two requests
    reading,    // of a request a part is here
    listening,  // to what the screen shows
    answering,  // a decision is awaited
};

class KioskPeer {
public:
    KioskPeer() = default;
    KioskPeer(const KioskPeer&) = delete;
    KioskPeer& operator=(const KioskPeer&) = delete;
    virtual ~KioskPeer() = default;
    [[nodiscard]] virtual PeerState state() const = 0;
    virtual void push(const std::shared_ptr<const std::string>& message) = 0;
    virtual void close() = 0;
};

// Reads requests and answers them. `local`: from the Unix socket.
[[nodiscard]] std::shared_ptr<KioskPeer> start_connection(KioskSocket socket, bool local,
                                                          const std::shared_ptr<KioskHub>& hub);

}  // namespace lucheng::daemon
