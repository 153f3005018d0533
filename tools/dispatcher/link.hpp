// The connection to the broker. The library's threads only post here; everything else happens on
// the one thread that runs the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tools/broker/options.hpp"

namespace lucheng::dispatcher {

struct LinkOptions {
    broker::Options broker{};
    std::string client_id = "reference-dispatcher";
    // What comes while nobody is here waits at the broker for so long. Zero: no session is kept.
    std::chrono::seconds session_expiry = std::chrono::hours{30 * 24};
};

struct LinkHandlers {
    std::function<void()> connected;  // and subscribed to all that cabinets say
    std::function<void(const std::string& why)> lost;
    std::function<void(std::string topic, std::string bytes)> message;
};

// Reconnects by itself, for ever.
class Link {
public:
    // Throws Failure when the options cannot be right.
    Link(boost::asio::io_context& io, const LinkOptions& options, LinkHandlers handlers);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void start();
    [[nodiscard]] bool connected() const;
    // Once, if there is a connection. Whether it arrived, only the cabinet's reply can tell.
    void publish(const std::string& topic, const std::string& bytes);

private:
    class Paho;
    std::unique_ptr<Paho> paho_;
};

}  // namespace lucheng::dispatcher
