#include "daemon/paho_naps.hpp"

#include <arpa/inet.h>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

using namespace lucheng::daemon;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

constexpr useconds_t an_hour_us = 3'600'000'000;

// Two ends of one connection; ours is the one that the library would read.
struct Connection {
    boost::asio::io_context io;
    tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), 0}};
    tcp::socket ours{io}, brokers{io};
    std::uint16_t port = acceptor.local_endpoint().port();
    Connection() {
        ours.connect(acceptor.local_endpoint());
        acceptor.accept(brokers);
    }
    void say_something() { brokers.send(boost::asio::buffer("x", 1)); }
};

// The library's receiving thread, asleep.
std::future<void> nap(useconds_t microseconds) {
    std::promise<void> over;
    auto ended = over.get_future();
    std::thread{[microseconds, over = std::move(over)]() mutable {
        ::prctl(PR_SET_NAME, "MQTTAsync_rcv");
        ::usleep(microseconds);
        over.set_value();
    }}.detach();
    return ended;
}

}  // namespace

TEST_CASE("naps: a nap of the library ends when the broker says something") {
    Connection connection;
    nap_until_data_from(connection.ours.native_handle(), connection.port);
    const auto ended = nap(an_hour_us);
    connection.say_something();
    CHECK(ended.wait_for(10s) == std::future_status::ready);
}

TEST_CASE("naps: while a connection is being made they are short, and longer each time") {
    nap_lightly();
    for (int i = 0; i < 4; ++i) {
        CHECK(nap(an_hour_us).wait_for(10s) == std::future_status::ready);
    }
}

TEST_CASE("naps: a socket that is somebody else's by now wakes nobody") {
    Connection connection;
    Connection other;
    nap_until_data_from(connection.ours.native_handle(), other.port);
    connection.say_something();
    const auto before = std::chrono::steady_clock::now();
    CHECK(nap(30'000).wait_for(10s) == std::future_status::ready);
    CHECK(std::chrono::steady_clock::now() - before >= 30ms);
}

TEST_CASE("naps: every other thread sleeps as it asked") {
    Connection connection;
    nap_until_data_from(connection.ours.native_handle(), connection.port);
    connection.say_something();
    const auto before = std::chrono::steady_clock::now();
    ::usleep(30'000);
    CHECK(std::chrono::steady_clock::now() - before >= 30ms);
}
