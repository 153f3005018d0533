#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <random>

#include "tests/daemon/link_scripted_broker.hpp"

using namespace lucheng;
using namespace lucheng::daemon;

namespace {

// Paho waits for the rest of what it takes for a packet; the keep-alive ends that.
constexpr std::chrono::seconds at_the_latest{60};

std::string noise(std::size_t bytes) {
    std::mt19937 chance{7};
    std::string made;
    for (std::size_t i = 0; i < bytes; ++i) made += static_cast<char>(chance() & 0xffU);
    return made;
}

std::size_t count(const Scripted& scripted, const std::string& of) {
    const auto& published = scripted.broker.published;
    return static_cast<std::size_t>(std::count_if(
        published.begin(), published.end(), [&](const auto& one) { return one.topic == of; }));
}

}  // namespace

TEST_CASE("link: a broker that sends what is no MQTT is left, and tried again") {
    const std::string bytes = GENERATE(
        noise(2'000), std::string(64, '\0'),
        std::string("\x30\xff\xff\xff\xff\xff", 6),           // a length that does not end
        std::string("\x32\x04\xff\xff\x61\x62", 6),           // a topic longer than its packet
        std::string("\x32\x07\x00\x01t\x00\x01\x7f\x01", 9),  // properties beyond the packet
        std::string("\x90\x01\x00", 3),                       // an acknowledgement cut short
        std::string("\x20\x03\x00\x00\x00", 5));              // a second answer to the connection
    Scripted scripted;
    REQUIRE(scripted.start());
    scripted.broker.send_all(bytes);
    scripted.rig.journal(10);
    CHECK(
        scripted.run_until([&] { return scripted.rig.link->outbox_depth() == 0; }, at_the_latest));
    CHECK(scripted.rig.accepted.back() == 10);
    for (const auto& message : scripted.rig.messages) CHECK(message.bytes.size() < bytes.size());
}

TEST_CASE("link: a broker that half closes is left, and tried again") {
    Scripted scripted;
    REQUIRE(scripted.start());
    scripted.broker.half_close_all();
    CHECK(scripted.run_until([&] { return scripted.rig.connected == 2; }, at_the_latest));
    scripted.rig.journal(10);
    CHECK(scripted.run_until([&] { return scripted.rig.link->outbox_depth() == 0; }));
}

TEST_CASE("link: of a broker that acknowledges nothing little is asked, and answers go") {
    Scripted scripted;
    scripted.broker.acknowledges = false;
    REQUIRE(scripted.start());
    scripted.rig.journal(1'000);
    for (int i = 0; i < 5; ++i) scripted.rig.link->reply("answer", {});
    REQUIRE(scripted.run_until([&] { return count(scripted, topic("reply")) == 5; }));
    CHECK(count(scripted, topic("event")) <= 10);
    CHECK(scripted.rig.accepted.empty());
    scripted.broker.acknowledges = true;
    scripted.broker.disconnect_all(0x8b);
    CHECK(scripted.run_until([&] { return scripted.rig.link->outbox_depth() == 0; }));
    CHECK(scripted.rig.accepted.back() == 1'000);
}
