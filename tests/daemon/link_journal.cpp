#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "tests/daemon/link_rig.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using namespace std::chrono_literals;

namespace {

rig::PeerOptions dispatch(const rig::Broker& broker) {
    return {.uri = broker.uri(),
            .client_id = "dispatch",
            .clean_start = false,
            .session_expiry_s = 3'600};
}

void have_accepted(LinkRig& rig, std::uint64_t number) {
    REQUIRE(
        rig.run_until([&] { return !rig.accepted.empty() && rig.accepted.back() == number; }, 30s));
}

// All up to this number, in order, whatever came twice.
void have_arrived(const rig::MqttPeer& peer, std::uint64_t head) {
    const auto last = '"' + std::to_string(head) + '"';
    REQUIRE(peer.wait_for(
        [&](const rig::Received& r) { return r.payload.find(last) != std::string::npos; }, soon));
    CHECK(without_repeats(events_at(peer)) == numbers(1, head));
}

}  // namespace

TEST_CASE("link: the journal arrives in order, each number once") {
    const rig::Broker broker;
    rig::MqttPeer peer{dispatch(broker)};
    peer.subscribe(topic("event"));
    LinkRig rig{broker};
    rig.head = 300;
    rig.start();
    have_accepted(rig, 300);
    const int reads = rig.reads;
    for (std::uint64_t head = 301; head <= 320; ++head) {
        rig.journal(head);
        have_accepted(rig, head);
    }
    CHECK(rig.reads == reads);  // the commit had brought them along
    have_arrived(peer, 320);
    CHECK(events_at(peer) == numbers(1, 320));
    CHECK(rig.link->outbox_depth() == 0);
    for (const auto& received : peer.received()) {
        CHECK(received.qos == 1);
        CHECK_FALSE(received.retained);
    }
}

TEST_CASE("link: after a restart of the daemon it goes on behind what was accepted") {
    const rig::Broker broker;
    rig::MqttPeer peer{dispatch(broker)};
    peer.subscribe(topic("event"));
    LinkRig rig{broker};
    rig.head = 10;
    rig.start(7);
    have_accepted(rig, 10);
    REQUIRE(peer.wait_for_count(3, soon));
    CHECK(events_at(peer) == numbers(8, 10));
}

TEST_CASE("link: no entry is missing though the broker dies with some under way") {
    rig::Broker broker{{.persistence = true, .tls = {}, .extra_lines = {}}};
    rig::MqttPeer peer{dispatch(broker)};
    peer.subscribe(topic("event"));
    LinkRig rig{broker};
    rig.head = 400;
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.accepted.empty() && rig.accepted.back() > 50; }));
    broker.stop();
    REQUIRE(rig.run_until([&] { return !rig.stands(); }));
    const auto before = rig.accepted.back();
    CHECK(before < 400);
    broker.start();
    peer.connect();
    have_accepted(rig, 400);
    have_arrived(peer, 400);
}

TEST_CASE("link: no entry is missing though connections are cut again and again") {
    const rig::Broker broker;
    rig::MqttPeer peer{dispatch(broker)};
    peer.subscribe(topic("event"));
    LinkRig rig{broker};
    rig.head = 2'000;
    rig.start();
    for (int cut = 1; cut <= 5; ++cut) {
        const auto enough = static_cast<std::uint64_t>(cut) * 200;
        REQUIRE(rig.run_until([&] { return !rig.accepted.empty() && rig.accepted.back() > enough; },
                              30s));
        const int connections = rig.connected;
        rig.cut();
        REQUIRE(rig.run_until([&] { return rig.connected > connections; }, 30s));
    }
    have_accepted(rig, 2'000);
    have_arrived(peer, 2'000);
    for (std::size_t i = 1; i < rig.accepted.size(); ++i) {
        CHECK(rig.accepted[i] > rig.accepted[i - 1]);
    }
}

TEST_CASE("link: what the broker refuses is not passed over; when it relents, all arrive") {
    rig::TempDir directory{"link"};
    const auto rules = directory / "acl";
    std::ofstream{rules} << "topic readwrite lucheng/v1/+/status\n"
                            "topic readwrite lucheng/v1/+/command\n"
                            "topic read lucheng/v1/+/event\n";
    rig::Broker broker{{.tls = {}, .extra_lines = {"acl_file " + rules.string()}}};
    rig::MqttPeer peer{dispatch(broker)};
    peer.subscribe(topic("event"));
    auto options = link_options(broker.uri());
    options.events_again_least = options.events_again_most = 1h;
    LinkRig rig{options};
    rig.head = 100;
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    CHECK_FALSE(rig.run_until([&] { return !rig.accepted.empty(); }, 300ms));
    CHECK(rig.link->outbox_depth() == 100);

    std::ofstream{rules} << "topic readwrite lucheng/v1/#\n";
    broker.process().signal(SIGHUP);
    SECTION("asked for") {
        REQUIRE(rig.run_until([&] {
            rig.link->send_events_from(protocol::JournalNumber{1});
            return !rig.accepted.empty();
        }));
    }
    SECTION("or after a new connection") {
        // Until the broker has read its rules anew, it refuses.
        REQUIRE(rig.run_until([&] {
            if (rig.stands()) rig.cut();
            return rig.run_until([&] { return !rig.accepted.empty(); }, 500ms);
        }));
    }
    have_accepted(rig, 100);
    have_arrived(peer, 100);
}

TEST_CASE("link: what the broker refuses is tried again by itself") {
    rig::TempDir directory{"link"};
    const auto rules = directory / "acl";
    std::ofstream{rules} << "topic readwrite lucheng/v1/+/command\n"
                            "topic read lucheng/v1/+/event\n";
    rig::Broker broker{{.tls = {}, .extra_lines = {"acl_file " + rules.string()}}};
    rig::MqttPeer peer{dispatch(broker)};
    peer.subscribe(topic("event"));
    LinkRig rig{broker};
    rig.head = 20;
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    std::ofstream{rules} << "topic readwrite lucheng/v1/#\n";
    broker.process().signal(SIGHUP);
    have_accepted(rig, 20);
    have_arrived(peer, 20);
}

TEST_CASE("link: asked for the journal from a number, it sends it from there") {
    const rig::Broker broker;
    rig::MqttPeer peer{dispatch(broker)};
    LinkRig rig{broker};
    rig.head = 10;
    rig.start();
    have_accepted(rig, 10);
    peer.subscribe(topic("event"));
    rig.link->send_events_from(protocol::JournalNumber{4});
    REQUIRE(rig.run_until([&] { return peer.received_count() == 7; }));
    CHECK(events_at(peer) == numbers(4, 10));
    CHECK(rig.accepted.back() == 10);
}

TEST_CASE("link: where the journal was pruned, it goes on with what there is") {
    const rig::Broker broker;
    rig::MqttPeer peer{dispatch(broker)};
    peer.subscribe(topic("event"));
    LinkRig rig{broker};
    rig.head = 10;
    rig.pruned = 6;
    rig.start(10);
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    rig.link->send_events_from(protocol::JournalNumber{1});
    REQUIRE(rig.run_until([&] { return peer.received_count() == 4; }));
    CHECK(events_at(peer) == numbers(7, 10));
}
