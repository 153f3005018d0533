// A broker that does what a test tells it: for what a real one does only on its bad days.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/daemon/link_rig.hpp"

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
    void send_all(const std::string& bytes);   // whatever they are
    void half_close_all();                     // nothing more comes; what is sent is still read

    // Its answers, as MQTT's reason codes.
    std::uint8_t connack = 0x00;
    std::uint8_t suback = 0x01;
    std::function<std::uint8_t(const Published&)> puback = [](const Published&) {
        return std::uint8_t{0x00};
    };
    bool answers_subscribe = true;
    bool acknowledges = true;  // what is published
    std::uint16_t receive_maximum = 20;

    std::vector<std::string> connects;  // the bytes of each
    std::vector<Published> published;

private:
    struct Connection;
    void for_each(const std::function<void(Connection&)>& action);
    void accept();
    void read(const std::shared_ptr<Connection>& connection);
    void take_packets(Connection& connection);
    void take_packet(Connection& connection, std::uint8_t head, const std::string& body);
    void take_publish(Connection& connection, std::uint8_t head, const std::string& body);
    static void send(Connection& connection, const std::string& bytes);

    boost::asio::ip::tcp::acceptor acceptor_;
    std::vector<std::weak_ptr<Connection>> connections_{};
};

// The broker runs on a loop of its own, moved by whoever waits.
struct Scripted {
    boost::asio::io_context io{};
    ScriptedBroker broker{io};
    LinkRig rig{link_options(broker.uri())};

    [[nodiscard]] bool run_until(const std::function<bool()>& done,
                                 std::chrono::milliseconds limit = soon) {
        return rig.run_until(
            [&] {
                io.poll();
                return done();
            },
            limit);
    }
    [[nodiscard]] bool start() {
        rig.start();
        return run_until([&] { return rig.stands(); });
    }
};

}  // namespace lucheng::daemon
