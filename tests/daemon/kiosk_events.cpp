#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <memory>
#include <vector>

#include "tests/daemon/kiosk_rig.hpp"

namespace lucheng::test {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

std::string name_in(const std::string& message) {
    return std::string{json::parse(message).at("screen").at("name").as_string()};
}

std::string handshake(std::string_view host, std::string_view origin) {
    return fmt::format(
        "GET /api/events HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        host, origin);
}

}  // namespace

TEST_CASE("who listens gets the screen at once and again when it changes") {
    KioskRig kiosk;
    kiosk.start();
    const auto first = listener_of(kiosk);
    const auto second = listener_of(kiosk);
    CHECK(name_in(first->read_message()) == "start");
    CHECK(name_in(second->read_message()) == "start");
    kiosk.show({.name = core::ScreenName::opening});
    CHECK(name_in(first->read_message()) == "opening");
    CHECK(name_in(second->read_message()) == "opening");
}

TEST_CASE("a foreign page cannot listen") {
    KioskRig kiosk;
    kiosk.start();
    Wire foreign_origin{kiosk.tcp()};
    foreign_origin.send(handshake(kiosk.host(), "http://evil.example"));
    CHECK(foreign_origin.read_response().starts_with("HTTP/1.1 403 "));
    Wire foreign_host{kiosk.tcp()};
    foreign_host.send(handshake("evil.example", "http://evil.example"));
    CHECK(foreign_host.read_response().starts_with("HTTP/1.1 403 "));
}

TEST_CASE("what a listener says is not heard, and not at all when it is long") {
    KioskRig kiosk;
    kiosk.start();
    const auto wire = listener_of(kiosk);
    CHECK(name_in(wire->read_message()) == "start");
    wire->send(std::string{"\x81\x85\0\0\0\0hello", 11});  // "hello", masked with zeros
    kiosk.show({.name = core::ScreenName::thanks});
    CHECK(name_in(wire->read_message()) == "thanks");
    wire->send(std::string{"\x81\xFE\x04\x01\0\0\0\0", 8} + std::string(1'025, 'x'));
    const auto farewell = wire->read_until("\x03\xF1");  // 1009: too big
    CHECK(farewell.front() == '\x88');
    CHECK(kiosk.get("/api/screen").status == 200);
}

TEST_CASE("a listener that does not read is dropped, and the others see every change") {
    KioskRig kiosk{{.request_within = 200ms, .taken_within = 200ms}};
    kiosk.start();
    Wire stalled{kiosk.tcp(), Wire::NarrowTag{}};
    begin_to_listen(stalled, kiosk);
    const auto awake = listener_of(kiosk);
    CHECK(name_in(awake->read_message()) == "start");
    core::Screen long_list{.name = core::ScreenName::courier_list};
    for (int i = 0; i < 400; ++i) {
        long_list.items.push_back({.delivery = protocol::DeliveryId::of(fmt::format("D-{}", i))});
    }
    // More than the buffers on the way to it hold.
    for (int i = 0; i < 30; ++i) {
        kiosk.show(long_list);
        REQUIRE(name_in(awake->read_message()) == "courier_list");
    }
    Wire silent{kiosk.tcp()};
    CHECK(silent.ended());  // by now the listener's time is over
    stalled.read_to_the_end();
    kiosk.show({.name = core::ScreenName::thanks});
    CHECK(name_in(awake->read_message()) == "thanks");
}

TEST_CASE("a hand in the simulated cabinet is seen by who listens") {
    KioskRig kiosk;
    kiosk.simulate();
    kiosk.start();
    const auto wire = listener_of(kiosk);
    const auto door_in = [](const std::string& message) {
        return json::parse(message).at("simulated").at("compartments").at(1).at("door_open");
    };
    CHECK_FALSE(door_in(wire->read_message()).as_bool());
    CHECK(kiosk.post("/api/simulated/12/force", "{}").status == 200);
    CHECK(door_in(wire->read_message()).as_bool());
}

TEST_CASE("listeners go when the server stops") {
    KioskRig kiosk;
    kiosk.start();
    const auto wire = listener_of(kiosk);
    CHECK(name_in(wire->read_message()) == "start");
    kiosk.stop();
    CHECK(wire->ended());
}

TEST_CASE("over the Unix socket one may listen too") {
    KioskRig kiosk;
    kiosk.start();
    Wire wire{kiosk.socket()};
    wire.send(handshake("cabinet", "http://cabinet"));
    CHECK(wire.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    CHECK(name_in(wire.read_message()) == "start");
}

}  // namespace lucheng::test
