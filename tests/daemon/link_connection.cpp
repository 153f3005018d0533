#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>

#include "tests/daemon/link_rig.hpp"
#include "tests/rig/free_port.hpp"
#include "tests/rig/socket_address.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using namespace std::chrono_literals;

namespace {

bool says(const rig::Received& received, const std::string& status) {
    return received.topic == topic("status") && received.payload == status;
}

bool comes(const rig::MqttPeer& peer, const std::string& status) {
    return peer.wait_for([&](const rig::Received& r) { return says(r, status); }, soon).has_value();
}

rig::PeerOptions peer_options(const rig::Broker& broker, std::string client_id) {
    return {.uri = broker.uri(), .client_id = std::move(client_id)};
}

// A broker's port that takes connections and never says a word.
class SilentBroker {
public:
    SilentBroker() : port_{rig::free_port()}, fd_{::socket(AF_INET, SOCK_STREAM, 0)} {
        auto address = rig::loopback(port_);
        REQUIRE(::bind(fd_, rig::generic(address), sizeof address) == 0);
        REQUIRE(::listen(fd_, 8) == 0);
    }
    ~SilentBroker() { ::close(fd_); }
    SilentBroker(const SilentBroker&) = delete;
    SilentBroker& operator=(const SilentBroker&) = delete;
    [[nodiscard]] std::string uri() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

private:
    std::uint16_t port_;
    int fd_;
};

}  // namespace

TEST_CASE("link: it connects, says `ready` and keeps it said") {
    const rig::Broker broker;
    rig::MqttPeer early{broker.uri(), "early"};
    early.subscribe(topic("status"));
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    CHECK(rig.connected == 1);
    REQUIRE(comes(early, "ready"));
    rig::MqttPeer late{broker.uri(), "late"};
    late.subscribe(topic("status"));
    const auto status = late.wait_for_topic(topic("status"), soon);
    REQUIRE(status);
    CHECK(status->payload == "ready");
    CHECK(status->retained);
    CHECK(status->content_type == "application/json");
}

TEST_CASE("link: stopped in order it says `disconnected`, and no will follows") {
    const rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("status"));
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    rig.link->stop(2s);
    CHECK_FALSE(rig.stands());
    CHECK(comes(peer, "disconnected"));
    rig.end_link();
    peer.publish(topic("status"), "the end");
    REQUIRE(comes(peer, "the end"));
    for (const auto& received : peer.received()) CHECK_FALSE(says(received, "lost"));
}

TEST_CASE("link: gone without a word, the broker says `lost` for it") {
    rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("status"));
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    rig.cut();
    CHECK(comes(peer, "lost"));
    SECTION("and it comes back by itself") {
        REQUIRE(rig.run_until([&] { return rig.connected == 2; }));
        CHECK(rig.disconnected.size() == 1);
    }
}

TEST_CASE("link: it comes back after a restart of the broker, and hears commands again") {
    rig::Broker broker;
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    broker.stop();
    REQUIRE(rig.run_until([&] { return !rig.stands(); }));
    broker.start();
    REQUIRE(rig.run_until([&] { return rig.connected == 2; }));
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    CHECK(peer.publish(topic("command"), "hello") == 0);
    REQUIRE(rig.run_until([&] { return rig.messages.size() == 1; }));
    CHECK(rig.messages[0].bytes == "hello");
}

TEST_CASE("link: a command sent while it was away waits for it in the broker's session") {
    rig::Broker broker;
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    rig.link->stop(2s);
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    CHECK(peer.publish(topic("command"), "while away") == 0);
    LinkRig again{broker};
    again.start();
    REQUIRE(again.run_until([&] { return again.messages.size() == 1; }));
    CHECK(again.messages[0].bytes == "while away");
}

TEST_CASE("link: a broker that is not there is named once, however often it is tried") {
    auto options = link_options("tcp://127.0.0.1:" + std::to_string(rig::free_port()));
    options.reconnect_most = 30ms;
    LinkRig rig{options};
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }));
    CHECK_FALSE(rig.run_until([&] { return rig.disconnected.size() > 1; }, 1s));
    CHECK(rig.disconnected[0].find("cannot be reached") != std::string::npos);
}

TEST_CASE("link: a connection that hangs is given up and tried again") {
    const SilentBroker silent;
    auto options = link_options(silent.uri());
    options.connect_within = 1s;
    LinkRig rig{options};
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }, 5s));
    CHECK(rig.disconnected[0] == "the broker does not answer");
}

TEST_CASE("link: a broker that stopped answering is noticed by its missing keep-alive") {
    rig::Broker broker;
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    broker.freeze();
    CHECK(rig.run_until([&] { return !rig.stands(); }, 20s));
    broker.resume();
    CHECK(rig.run_until([&] { return rig.stands(); }));
}

TEST_CASE("link: a frozen broker does not hold up the end") {
    rig::Broker broker;
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    broker.freeze();
    const auto before = std::chrono::steady_clock::now();
    rig.link->stop(500ms);
    CHECK(std::chrono::steady_clock::now() - before < 1s);
    rig.end_link();
    CHECK(std::chrono::steady_clock::now() - before < 4s);
    broker.resume();
}

// Why it was thrown out, not every mosquitto says; link_refusals.cpp has that case.
TEST_CASE("link: thrown out by another client with our id it comes back") {
    const rig::Broker broker;
    LinkRig rig{broker};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.stands(); }));
    const rig::MqttPeer rival{peer_options(broker, "KS-017")};
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }));
    CHECK(rig.run_until([&] { return rig.connected == 2; }));
}

TEST_CASE("link: a wrong password is named as the cause") {
    rig::TempDir directory{"link"};
    const auto users = directory / "users";
    REQUIRE(std::system(("mosquitto_passwd -b -c " + users.string() + " KS-017 right").c_str()) ==
            0);
    const rig::Broker broker{
        {.tls = {}, .extra_lines = {"allow_anonymous false", "password_file " + users.string()}}};
    auto options = link_options(broker.uri());
    options.username = "KS-017";
    options.password_file = directory / "password";
    std::ofstream{options.password_file} << "wrong\n";
    LinkRig rig{options};
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }));
    CHECK(rig.disconnected[0].find("not authorised") != std::string::npos);
    std::ofstream{options.password_file} << "right\n";
    CHECK(rig.run_until([&] { return rig.stands(); }));
}

TEST_CASE("link: a file that cannot be read is named") {
    const rig::Broker broker;
    auto options = link_options(broker.uri());
    options.password_file = "/nonexistent/password";
    LinkRig rig{options};
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }));
    CHECK(rig.disconnected[0] == "cannot read /nonexistent/password");
}

TEST_CASE("link: it may go at any moment, and what comes late finds nobody") {
    rig::Broker broker;
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    for (int round = 0; round < 3; ++round) {
        LinkRig rig{broker};
        rig.start();
        REQUIRE(rig.run_until([&] { return rig.stands(); }));
        for (int i = 0; i < 50; ++i) peer.publish_without_waiting({topic("command"), "late"});
        rig.journal(50);
        rig.io.poll_one();
        rig.end_link();
        rig.io.poll();
    }
    LinkRig unstarted{broker};
    unstarted.end_link();
    LinkRig connecting{broker};
    connecting.start();
    connecting.end_link();
    connecting.io.poll();
    CHECK(connecting.connected == 0);
}
