#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/daemon/link_rig.hpp"
#include "tests/daemon/link_scripted_broker.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using namespace std::chrono_literals;

namespace {

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::uint8_t accepts_all(const Published&) { return 0x00; }
std::uint8_t refuses_events(const Published& published) {
    return published.topic == topic("event") ? 0x97 : 0x00;
}

}  // namespace

TEST_CASE("link: it asks for a session that lasts, and leaves a will that is retained") {
    Scripted scripted;
    REQUIRE(scripted.start());
    const auto& connect = scripted.broker.connects.at(0);
    const std::string session_expiry{"\x11\x00\x09\x3a\x80", 5};  // 7 days in seconds
    CHECK(says(connect, session_expiry));
    CHECK(says(connect, std::string{"\x21\x00\x40", 3}));          // 64 unacknowledged
    CHECK(says(connect, std::string{"\x27\x00\x04\x00\x00", 5}));  // 256 KiB a packet
    CHECK(says(connect, std::string{"\x18\x00\x00\x00\x00", 5}));  // the will's delay
    CHECK(says(connect, "lucheng/v1/KS-017/status"));
    CHECK(says(connect, "lost"));
    const auto flags = static_cast<unsigned char>(connect.at(7));
    CHECK(flags == 0b0010'1100);  // will retained, at QoS 1; no clean start
}

TEST_CASE("link: taken over by a rival it says so, and waits long before it comes back") {
    Scripted scripted;
    REQUIRE(scripted.start());
    scripted.broker.disconnect_all(0x8e);
    REQUIRE(scripted.run_until([&] { return !scripted.rig.disconnected.empty(); }));
    CHECK(says(scripted.rig.disconnected[0], "another client uses our client id"));
    // Its longest wait is 200 ms here, and at least half of that is kept.
    CHECK_FALSE(scripted.run_until([&] { return scripted.broker.connects.size() > 1; }, 90ms));
    CHECK(scripted.run_until([&] { return scripted.rig.connected == 2; }));
}

TEST_CASE("link: a broker that shuts down is quoted") {
    Scripted scripted;
    REQUIRE(scripted.start());
    scripted.broker.disconnect_all(0x8b);
    REQUIRE(scripted.run_until([&] { return !scripted.rig.disconnected.empty(); }));
    CHECK(says(scripted.rig.disconnected[0], "broker shutting down"));
}

TEST_CASE("link: a broker that refuses the connection is quoted, once for each reason") {
    Scripted scripted;
    scripted.broker.connack = 0x97;
    scripted.rig.start();
    REQUIRE(scripted.run_until([&] { return scripted.broker.connects.size() == 3; }));
    REQUIRE(scripted.rig.disconnected.size() == 1);
    CHECK(says(scripted.rig.disconnected[0], "quota exceeded"));
    scripted.broker.connack = 0x88;
    REQUIRE(scripted.run_until([&] { return scripted.rig.disconnected.size() == 2; }));
    CHECK(says(scripted.rig.disconnected[1], "broker unavailable"));
    scripted.broker.connack = 0x00;
    CHECK(scripted.run_until([&] { return scripted.rig.stands(); }));
}

TEST_CASE("link: without its subscription it does not stand, and tries anew") {
    Scripted scripted;
    scripted.broker.suback = 0x87;
    scripted.rig.start();
    REQUIRE(scripted.run_until([&] { return scripted.broker.connects.size() == 2; }));
    CHECK(says(scripted.rig.disconnected.at(0), "not authorised"));
    CHECK(scripted.rig.connected == 0);
    scripted.broker.suback = 0x01;
    CHECK(scripted.run_until([&] { return scripted.rig.stands(); }));
}

TEST_CASE("link: events over quota are not lost, and are tried one at a time") {
    Scripted scripted;
    auto& published = scripted.broker.published;
    REQUIRE(scripted.start());
    REQUIRE(scripted.run_until([&] { return published.size() == 1; }));  // its status
    scripted.broker.puback = refuses_events;
    scripted.rig.journal(100);
    REQUIRE(scripted.run_until([&] { return published.size() == 4; }));
    CHECK(scripted.rig.accepted.empty());
    CHECK(scripted.rig.link->outbox_depth() == 100);
    scripted.broker.puback = accepts_all;
    CHECK(scripted.run_until([&] { return scripted.rig.link->outbox_depth() == 0; }));
    CHECK(scripted.rig.accepted.back() == 100);
}

TEST_CASE("link: refusals of events do not hold up replies") {
    Scripted scripted;
    REQUIRE(scripted.start());
    scripted.broker.puback = refuses_events;
    scripted.rig.journal(100);
    scripted.rig.link->reply("answer", {});
    CHECK(scripted.run_until([&] {
        const auto& published = scripted.broker.published;
        return std::any_of(published.begin(), published.end(),
                           [](const Published& p) { return p.topic == topic("reply"); });
    }));
}
