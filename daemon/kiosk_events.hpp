// The listener behind /api/events. Brings in Beast, so only the two files that need it include it.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

#include "daemon/kiosk_peer.hpp"

namespace lucheng::daemon {

// Finishes the WebSocket handshake and sends the screen, then again whenever it is pushed.
[[nodiscard]] std::shared_ptr<KioskPeer> start_listener(
    KioskSocket socket, boost::beast::http::request<boost::beast::http::string_body> request,
    const std::shared_ptr<KioskHub>& hub);

}  // namespace lucheng::daemon
