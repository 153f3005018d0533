#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <memory>
#include <vector>

#include "tests/daemon/kiosk_rig.hpp"

namespace lucheng::test {

namespace {

using namespace std::chrono_literals;

std::string code_request(const KioskRig& kiosk, std::string_view body) {
    return fmt::format(
        "POST /api/code HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        kiosk.host(), body.size(), body);
}

std::string screen_request(const KioskRig& kiosk) {
    return fmt::format("GET /api/screen HTTP/1.1\r\nHost: {}\r\n\r\n", kiosk.host());
}

}  // namespace

TEST_CASE("a body of more than 4 KB is refused before it is read") {
    KioskRig kiosk;
    kiosk.start();
    const auto said = kiosk.post("/api/code", std::string(4'097, ' '));
    CHECK(said.status == 413);
    CHECK(said.body.find(R"("reason":"oversize")") != std::string::npos);
    const auto chunked = rig::raw_exchange(
        kiosk.tcp(), fmt::format("POST /api/code HTTP/1.1\r\nHost: {}\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n1388\r\n{}\r\n0\r\n\r\n",
                                 kiosk.host(), std::string(5'000, ' ')));
    CHECK(chunked.starts_with("HTTP/1.1 413 "));
    CHECK(kiosk.post("/api/code", std::string(4'096, ' ')).status == 400);
    CHECK(kiosk.get("/api/screen").status == 200);
}

TEST_CASE("a header of more than 8 KB is refused") {
    KioskRig kiosk;
    kiosk.start();
    CHECK(kiosk.get("/api/screen", {{"X-Long", std::string(9'000, 'x')}}).status == 431);
    CHECK(kiosk.get("/api/screen", {{"X-Long", std::string(7'000, 'x')}}).status == 200);
    const auto endless = rig::raw_exchange(kiosk.tcp(), "GET /" + std::string(20'000, 'x'));
    CHECK(endless.starts_with("HTTP/1.1 431 "));
}

TEST_CASE("who sends half a request holds up nobody else") {
    KioskRig kiosk;
    kiosk.start();
    const auto request = code_request(kiosk, R"({"code":"12345678"})");
    Wire slow{kiosk.tcp()};
    slow.send(request.substr(0, 20));
    CHECK(kiosk.get("/api/screen").status == 200);
    slow.send(request.substr(20, request.size() - 30));
    CHECK(kiosk.get("/api/screen").status == 200);
    CHECK(kiosk.asked().empty());
    slow.send(request.substr(request.size() - 10));
    CHECK(slow.read_response().starts_with("HTTP/1.1 200 "));
    CHECK(kiosk.asked().size() == 1);
}

TEST_CASE("half a request has its time, and no more for each byte") {
    KioskRig kiosk{{.request_within = 100ms}};
    kiosk.start();
    Wire silent{kiosk.tcp()};
    Wire half{kiosk.tcp()};
    half.send("GET /api/screen HTTP/1.1\r\nHo");
    Wire body{kiosk.tcp()};
    body.send(code_request(kiosk, R"({"code":"12345678"})").substr(0, 110));
    CHECK(silent.ended());
    CHECK(half.ended());
    CHECK(body.ended());
    CHECK(kiosk.asked().empty());
}

TEST_CASE("a connection that asks nothing more is closed after a while") {
    KioskRig kiosk{{.idle = 100ms}};
    kiosk.start();
    Wire wire{kiosk.tcp()};
    wire.send(screen_request(kiosk));
    CHECK(wire.read_response().starts_with("HTTP/1.1 200 "));
    CHECK(wire.ended());
}

TEST_CASE("a decision may take longer than a request") {
    KioskRig kiosk{{.request_within = 100ms, .idle = 100ms, .taken_within = 100ms}};
    kiosk.start();
    kiosk.hold_answers();
    Wire waiting{kiosk.tcp()};
    waiting.send(code_request(kiosk, R"({"code":"12345678"})"));
    kiosk.wait_until_asked(1);
    Wire silent{kiosk.tcp()};
    CHECK(silent.ended());  // by now the limits are over
    kiosk.answer_held();
    CHECK(waiting.read_response().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the thirty-third connection takes the place of the oldest that is idle") {
    KioskRig kiosk;
    kiosk.start();
    std::vector<std::unique_ptr<Wire>> wires;
    for (int i = 0; i < 32; ++i) {
        wires.push_back(std::make_unique<Wire>(kiosk.tcp()));
        wires.back()->send(screen_request(kiosk));
        REQUIRE(wires.back()->read_response().starts_with("HTTP/1.1 200 "));
    }
    CHECK(kiosk.get("/api/screen").status == 200);
    CHECK(wires.front()->ended());
    for (std::size_t i = 1; i < wires.size(); ++i) {
        wires.at(i)->send(screen_request(kiosk));
        CHECK(wires.at(i)->read_response().starts_with("HTTP/1.1 200 "));
    }
}

TEST_CASE("who awaits a decision is never dropped for a newcomer") {
    KioskRig kiosk{{.connections = 2}};
    kiosk.start();
    kiosk.hold_answers();
    Wire first{kiosk.tcp()};
    Wire second{kiosk.socket()};
    const auto request = code_request(kiosk, R"({"code":"12345678"})");
    first.send(request);
    second.send(request);
    kiosk.wait_until_asked(2);
    Wire third{kiosk.tcp()};
    CHECK(third.ended());
    kiosk.answer_held();
    CHECK(first.read_response().starts_with("HTTP/1.1 200 "));
    CHECK(second.read_response().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a request that waits while the server stops is closed without an answer") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.hold_answers();
    Wire waiting{kiosk.tcp()};
    waiting.send(code_request(kiosk, R"({"code":"12345678"})"));
    kiosk.wait_until_asked(1);
    Wire idle{kiosk.tcp()};
    kiosk.stop();
    CHECK(waiting.ended());
    CHECK(idle.ended());
    kiosk.answer_held();
}

TEST_CASE("an answer that comes when the server has gone is let fall") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.hold_answers();
    Wire waiting{kiosk.tcp()};
    waiting.send(code_request(kiosk, R"({"code":"12345678"})"));
    kiosk.wait_until_asked(1);
    kiosk.destroy();
    CHECK(waiting.ended());
    kiosk.answer_held();
}

TEST_CASE("who hangs up before the answer harms nobody") {
    KioskRig kiosk;
    kiosk.start();
    kiosk.hold_answers();
    for (std::size_t times = 1; times <= 40; ++times) {
        Wire hasty{kiosk.tcp()};
        hasty.send(code_request(kiosk, R"({"code":"12345678"})"));
        kiosk.wait_until_asked(times);
        if (times % 10 == 0) kiosk.answer_held();
    }
    CHECK(kiosk.get("/api/screen").status == 200);
}

}  // namespace lucheng::test
