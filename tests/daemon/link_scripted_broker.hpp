// A broker that does what a test tells it: for what a real one does only on its bad days.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lucheng::daemon {

struct Published {
    std::string topic;
    bool retained = false;
};

class ScriptedBroker {
public:
    explicit ScriptedBroker(boost::asio::io_context& io);

    [[nodiscard]] std::string uri() const;
    void disconnect_all(std::uint8_t reason);  // tells them why, as MQTT 5 does

    // Its answers, as MQTT's reason codes.
    std::uint8_t connack = 0x00;
    std::uint8_t suback = 0x01;
    std::function<std::uint8_t(const Published&)> puback = [](const Published&) {
        return std::uint8_t{0x00};
    };
    bool answers_subscribe = true;
    std::uint16_t receive_maximum = 20;

    std::vector<std::string> connects;  // the bytes of each
    std::vector<Published> published;

private:
    struct Connection;
    void accept();
    void read(const std::shared_ptr<Connection>& connection);
    void take_packets(Connection& connection);
    void take_packet(Connection& connection, std::uint8_t head, const std::string& body);
    void take_publish(Connection& connection, std::uint8_t head, const std::string& body);
    static void send(Connection& connection, const std::string& bytes);

    boost::asio::ip::tcp::acceptor acceptor_;
    std::vector<std::weak_ptr<Connection>> connections_{};
};

}  // namespace lucheng::daemon
