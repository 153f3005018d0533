#include "tests/daemon/link_scripted_broker.hpp"

#include <array>
#include <boost/asio/write.hpp>
#include <utility>

namespace lucheng::daemon {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

char byte(std::size_t value) { return static_cast<char>(value & 0xff); }

std::size_t at(const std::string& bytes, std::size_t index) {
    return static_cast<unsigned char>(bytes.at(index));
}

std::size_t two_at(const std::string& bytes, std::size_t index) {
    return at(bytes, index) << 8U | at(bytes, index + 1);
}

// All that is sent here is short: one byte of length.
std::string packet(std::uint8_t head, const std::string& body) {
    return std::string{byte(head)} + byte(body.size()) + body;
}

}  // namespace

struct ScriptedBroker::Connection {
    explicit Connection(tcp::socket from) : socket{std::move(from)} {}
    tcp::socket socket;
    std::array<char, 4096> room{};
    std::string bytes{};
};

ScriptedBroker::ScriptedBroker(asio::io_context& io)
    : acceptor_{io, {asio::ip::address_v4::loopback(), 0}} {
    accept();
}

std::string ScriptedBroker::uri() const {
    return "tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

void ScriptedBroker::accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
        if (error) return;
        const auto connection = std::make_shared<Connection>(std::move(socket));
        connections_.push_back(connection);
        read(connection);
        accept();
    });
}

void ScriptedBroker::read(const std::shared_ptr<Connection>& connection) {
    connection->socket.async_read_some(
        asio::buffer(connection->room),
        [this, connection](const boost::system::error_code& error, std::size_t count) {
            if (error) return;
            connection->bytes.append(connection->room.data(), count);
            take_packets(*connection);
            read(connection);
        });
}

void ScriptedBroker::take_packets(Connection& connection) {
    auto& bytes = connection.bytes;
    for (;;) {
        std::size_t length = 0, shift = 0, used = 1;
        do {
            if (used >= bytes.size()) return;
            length |= (at(bytes, used) & 0x7fU) << shift;
            shift += 7;
        } while ((at(bytes, used++) & 0x80U) != 0);
        if (bytes.size() < used + length) return;
        const auto head = static_cast<std::uint8_t>(at(bytes, 0));
        const auto body = bytes.substr(used, length);
        bytes.erase(0, used + length);
        take_packet(connection, head, body);
    }
}

void ScriptedBroker::take_packet(Connection& connection, std::uint8_t head,
                                 const std::string& body) {
    switch (head >> 4U) {
        case 1: {  // CONNECT
            connects.push_back(body);
            const std::string maximum{'\x21', byte(receive_maximum >> 8U), byte(receive_maximum)};
            send(connection, packet(0x20, std::string{'\0', byte(connack), '\3'} + maximum));
            break;
        }
        case 3: take_publish(connection, head, body); break;
        case 8:  // SUBSCRIBE
            if (answers_subscribe) {
                send(connection, packet(0x90, body.substr(0, 2) + '\0' + byte(suback)));
            }
            break;
        case 12: send(connection, packet(0xd0, {})); break;  // PINGREQ
        default: break;
    }
}

void ScriptedBroker::take_publish(Connection& connection, std::uint8_t head,
                                  const std::string& body) {
    const auto length = two_at(body, 0);
    published.push_back({.topic = body.substr(2, length), .retained = (head & 1U) != 0});
    if ((head & 6U) == 0 || !acknowledges) return;
    const std::string id = body.substr(2 + length, 2);
    send(connection, packet(0x40, id + byte(puback(published.back())) + '\0'));
}

void ScriptedBroker::for_each(const std::function<void(Connection&)>& action) {
    for (const auto& weak : connections_) {
        if (const auto connection = weak.lock()) action(*connection);
    }
}

void ScriptedBroker::disconnect_all(std::uint8_t reason) {
    for_each([&](Connection& connection) {
        send(connection, packet(0xe0, std::string{byte(reason), '\0'}));
        connection.socket.close();
    });
    connections_.clear();
}

void ScriptedBroker::send_all(const std::string& bytes) {
    for_each([&](Connection& connection) { send(connection, bytes); });
}

void ScriptedBroker::half_close_all() {
    for_each([](Connection& connection) {
        boost::system::error_code gone;
        connection.socket.shutdown(tcp::socket::shutdown_send, gone);
    });
}

void ScriptedBroker::send(Connection& connection, const std::string& bytes) {
    boost::system::error_code gone;
    asio::write(connection.socket, asio::buffer(bytes), gone);
}

}  // namespace lucheng::daemon
