#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "daemon/link_client.hpp"
#include "daemon/link_mailbox.hpp"
#include "tests/daemon/link_rig.hpp"
#include "tls/address.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using namespace std::chrono_literals;

TEST_CASE("link: a command comes with what a sender needs for its answer, which goes there too") {
    const rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("reply/#"));
    LinkRig rig{broker};
    rig.on_message = [&](const Incoming& m) { rig.link->reply("answer", m.response); };
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    peer.publish({.topic = topic("command"),
                  .payload = "question",
                  .response_topic = topic("reply/desk-4"),
                  .correlation = "number 7"});
    REQUIRE(rig.run_until([&] { return peer.received_count() == 2; }));
    for (const auto* place : {"reply", "reply/desk-4"}) {
        const auto reply = peer.wait_for_topic(topic(place), soon);
        REQUIRE(reply);
        CHECK(reply->payload == "answer");
        CHECK(reply->correlation == "number 7");
        CHECK(reply->content_type == "application/json");
        CHECK(reply->qos == 1);
        CHECK_FALSE(reply->retained);
    }
}

TEST_CASE("link: no answer waits for a delayed acknowledgement of TCP") {
    const rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("reply"));
    LinkRig rig{broker};
    rig.on_message = [&](const Incoming& m) { rig.link->reply(m.bytes, m.response); };
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    constexpr std::size_t rounds = 100;
    std::vector<std::chrono::steady_clock::duration> took;
    for (std::size_t round = 1; round <= rounds; ++round) {
        const auto sent_at = std::chrono::steady_clock::now();
        peer.publish_without_waiting({.topic = topic("command"), .payload = "question"});
        REQUIRE(rig.run_until([&] { return peer.received_count() == round; }));
        took.push_back(peer.received().back().at - sent_at);
    }
    std::nth_element(took.begin(), took.begin() + rounds / 2, took.end());
    // Delayed, it takes 40 ms; else a third of one, on a machine with nothing else to do.
    CHECK(took[rounds / 2] < 20ms);
}

TEST_CASE("link: nothing is answered to a topic outside the cabinet's own replies") {
    const rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe("#");
    LinkRig rig{broker};
    rig.on_message = [&](const Incoming& m) { rig.link->reply("answer", m.response); };
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    peer.publish({.topic = topic("command"),
                  .payload = "question",
                  .response_topic = "lucheng/v1/KS-018/reply/desk-4",
                  .correlation = "number 7"});
    REQUIRE(rig.run_until([&] { return peer.wait_for_topic(topic("reply"), 0ms).has_value(); }));
    CHECK(rig.messages[0].response.topic.empty());
    peer.publish("end", "end");
    REQUIRE(peer.wait_for_topic("end", soon));
    CHECK_FALSE(peer.wait_for_topic("lucheng/v1/KS-018/reply/desk-4", 0ms));
}

TEST_CASE("link: a retained command bears its flag, at every connection and afterwards") {
    rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.publish(topic("command"), "old", 1, true);
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.messages.size() == 1; }));
    CHECK(rig.messages[0].retained);
    peer.publish(topic("command"), "new", 1, true);
    peer.publish(topic("command"), "plain");
    REQUIRE(rig.run_until([&] { return rig.messages.size() == 3; }));
    CHECK(rig.messages[1].retained);
    CHECK_FALSE(rig.messages[2].retained);
}

TEST_CASE("link: state is retained, and while one is on its way only the newest follows it") {
    const rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("state"));
    LinkRig rig{broker};
    rig.link->publish_state("before there is a connection");
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    for (int i = 1; i <= 100; ++i) rig.link->publish_state(std::to_string(i));
    REQUIRE(rig.run_until([&] { return peer.received_count() == 2; }));
    CHECK(peer.received()[0].payload == "1");
    CHECK(peer.received()[1].payload == "100");
    rig::MqttPeer late{broker.uri(), "late"};
    late.subscribe(topic("state"));
    const auto state = late.wait_for_topic(topic("state"), soon);
    REQUIRE(state);
    CHECK(state->payload == "100");
}

TEST_CASE("link: health goes once, without a promise") {
    const rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("health"));
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    rig.link->publish_health("well");
    const auto health = peer.wait_for_topic(topic("health"), soon);
    REQUIRE(health);
    CHECK(health->qos == 0);
    CHECK_FALSE(health->retained);
}

TEST_CASE("link: before a connection stands whatever is published is dropped, not kept") {
    LinkRig rig{link_options("tcp://127.0.0.1:1")};
    rig.link->reply("answer", {});
    rig.link->publish_state("state");
    rig.link->publish_health("health");
    rig.journal(5);
    rig.start();
    CHECK(rig.link->outbox_depth() == 5);
}

TEST_CASE("link: a loop that stands still loses messages, and never memory") {
    const rig::Broker broker{{.tls = {}, .extra_lines = {"max_queued_messages 0"}}};
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    const auto sent = LinkMailbox::messages_most + 100;
    for (std::size_t i = 0; i < sent; ++i) {
        peer.publish_without_waiting({.topic = topic("command"), .payload = "flood"});
    }
    peer.publish(topic("command"), "last");
    // Only the library's thread runs here: the loop is what stands still.
    while (rig.link->dropped_messages() < 101) std::this_thread::yield();
    REQUIRE(rig.run_until([&] { return rig.messages.size() == LinkMailbox::messages_most; }));
    peer.publish(topic("command"), "after");
    REQUIRE(rig.run_until([&] { return rig.messages.back().bytes == "after"; }));
    CHECK(rig.link->dropped_messages() == 101);
}

TEST_CASE("link: a flood of large messages is bounded by its bytes") {
    boost::asio::io_context io;
    const auto mailbox = std::make_shared<LinkMailbox>(io);
    auto most = LinkMailbox::place_in(mailbox, LinkMailbox::bytes_most);
    CHECK(most != nullptr);
    CHECK(LinkMailbox::place_in(mailbox, 1) == nullptr);
    CHECK(mailbox->dropped() == 1);
    most.reset();
    CHECK(LinkMailbox::place_in(mailbox, 1) != nullptr);
}

TEST_CASE("link: the broker's address is read from its uri") {
    CHECK(tls::port_of("mqtt://broker.example") == 1883);
    CHECK(tls::port_of("mqtts://broker.example") == 8883);
    CHECK(tls::port_of("mqtts://broker.example:443") == 443);
    CHECK(tls::port_of("mqtt://[::1]") == 1883);
    CHECK(tls::port_of("mqtt://[::1]:2883") == 2883);
    CHECK(tls::paho_uri("mqtt://broker.example:1") == "tcp://broker.example:1");
    CHECK(tls::paho_uri("mqtts://broker.example") == "ssl://broker.example");
}

TEST_CASE("link: each of the broker's reasons is said in words") {
    CHECK(reason_in_words(0x87) == "not authorised");
    CHECK(reason_in_words(0x97) == "quota exceeded");
    CHECK(reason_in_words(0x42) == "reason 66");
}
