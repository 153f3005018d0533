// The link and a real broker, with certificates that are right and wrong.
#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "tests/daemon/authority.hpp"
#include "tests/daemon/config_rig.hpp"
#include "tests/daemon/link_rig.hpp"
#include "tests/rig/free_port.hpp"
#include "tests/rig/socket_address.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using namespace std::chrono_literals;

namespace {

// Longer than the library and our own handshake need to give up together.
constexpr std::chrono::seconds patience{30};

rig::BrokerOptions broker_options(const Authority& authority) {
    return {.tls = rig::BrokerTls{.ca_file = authority.file("ca.crt"),
                                  .certificate_file = authority.file("broker.crt"),
                                  .key_file = authority.file("broker.key")},
            .extra_lines = {"tls_version tlsv1.3"}};
}

LinkOptions secure_options(std::uint16_t port, const Authority& authority) {
    auto options = link_options("tcp://127.0.0.1:1");
    options.uri = "mqtts://127.0.0.1:" + std::to_string(port);
    options.ca_file = authority.file("ca.crt");
    options.certificate_file = authority.file("cabinet.crt");
    options.private_key_file = authority.file("cabinet.key");
    options.connect_within = 3s;
    options.tls_within = 1s;
    return options;
}

// Tries it, and says why there is no connection.
std::string refusal(const LinkOptions& options) {
    LinkRig rig{options};
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }, patience));
    CHECK(rig.connected == 0);
    return rig.disconnected.front();
}

std::string refusal(const rig::BrokerOptions& broker_options, const Authority& authority) {
    const rig::Broker broker{broker_options};
    return refusal(secure_options(broker.tls_port(), authority));
}

bool has(const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

struct Right {
    Authority authority{"right"};
    Right() {
        authority.certify("broker", "IP:127.0.0.1");
        authority.certify("cabinet", "DNS:KS-017");
    }
};

// With the cabinet's files as they lie there; each part stands in the sentence that says why.
void is_refused(const Right& right, const rig::BrokerOptions& broker,
                std::initializer_list<std::string> parts) {
    const auto why = refusal(broker, right.authority);
    for (const auto& part : parts) CHECK(has(why, part));
}

}  // namespace

TEST_CASE("link: with a certificate of its own it is let in, and trusts the right broker") {
    const Right right;
    const rig::Broker broker{broker_options(right.authority)};
    LinkRig rig{secure_options(broker.tls_port(), right.authority)};
    rig.on_message = [&](const Incoming& m) { rig.link->reply(m.bytes, m.response); };
    rig.head = 20;
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.link->outbox_depth() == 0; }));
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("reply"));
    peer.publish(topic("command"), "hello");
    CHECK(rig.run_until([&] { return peer.received_count() == 1; }));
    // The cabinet's, its authority's, the broker's, and the authority's over that.
    CHECK(rig.run_until([&] { return rig.link->expiries().size() == 4; }));
    const auto today =
        std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
    CHECK(tls::days_left(rig.link->expiries(), today) == 89);
}

TEST_CASE("link: a broker with another's name is not trusted, and both names are told") {
    const Right right;
    right.authority.certify("broker", "DNS:somebody.else");
    is_refused(right, broker_options(right.authority),
               {"(broker) is for somebody.else, not for 127.0.0.1"});
}

TEST_CASE("link: a broker of another authority is not trusted, and both authorities are told") {
    const Right right;
    const Authority forger{"forger"};
    forger.certify("broker", "IP:127.0.0.1");
    is_refused(right, broker_options(forger),
               {"was signed by forger, for whom nobody in", "ca.crt vouches"});
}

TEST_CASE("link: a broker whose certificate expired is not trusted, and the day is told") {
    const Right right;
    right.authority.certify("broker", "IP:127.0.0.1", -1);
    is_refused(right, broker_options(right.authority),
               {"the broker's certificate (broker) expired on"});
}

TEST_CASE("link: a cabinet without a certificate is refused, and told so") {
    const Right right;
    const rig::Broker broker{broker_options(right.authority)};
    auto options = secure_options(broker.tls_port(), right.authority);
    options.certificate_file.clear();
    options.private_key_file.clear();
    CHECK(has(refusal(options), "wants a certificate, and broker.certificate_file is not set"));
}

TEST_CASE("link: a cabinet whose certificate is of another authority is refused, and told so") {
    const Right right;
    const Authority other{"other"};
    other.certify("cabinet", "DNS:KS-017");
    const rig::Broker broker{broker_options(right.authority)};
    auto options = secure_options(broker.tls_port(), right.authority);
    options.certificate_file = other.file("cabinet.crt");
    options.private_key_file = other.file("cabinet.key");
    const auto why = refusal(options);
    CHECK(has(why, "refuses the cabinet's certificate"));
    CHECK(has(why, "was signed by other"));
}

TEST_CASE("link: a cabinet whose certificate expired is refused, and the day is told") {
    const Right right;
    right.authority.certify("cabinet", "DNS:KS-017", -1);
    is_refused(right, broker_options(right.authority),
               {"refuses the cabinet's certificate", "expired on"});
}

TEST_CASE("link: a cabinet whose certificate is revoked is refused, and told so") {
    const Right right;
    right.authority.revoke("cabinet");
    right.authority.list_revoked();
    auto options = broker_options(right.authority);
    options.extra_lines.push_back("crlfile " + right.authority.file("ca.crl").string());
    is_refused(right, options, {"it is revoked"});
}

TEST_CASE("link: a key that is not the certificate's is found before anything is sent") {
    const Right right;
    right.authority.certify("another", "DNS:KS-018");
    auto options = secure_options(1, right.authority);
    options.private_key_file = right.authority.file("another.key");
    CHECK(has(refusal(options), "another.key is not the key of the certificate"));
}

TEST_CASE("link: with a broker that offers only TLS 1.1 nothing is spoken") {
    const Right right;
    const auto port = rig::free_port();
    rig::Process server{{.argv = {"openssl", "s_server", "-accept", std::to_string(port), "-cert",
                                  right.authority.file("broker.crt").string(), "-key",
                                  right.authority.file("broker.key").string(), "-tls1_1", "-www",
                                  "-cipher", "ALL:@SECLEVEL=0"},
                         .env = {},
                         .working_directory = {},
                         .output_file = {}}};
    REQUIRE(server.wait_for_line("ACCEPT", soon));
    CHECK(has(refusal(secure_options(port, right.authority)), "offers neither TLS 1.3 nor 1.2"));
}

TEST_CASE("link: a broker that says nothing during the handshake is given up, and tried again") {
    const Right right;
    const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = rig::loopback(0);
    socklen_t length = sizeof address;
    REQUIRE(::bind(silent, rig::generic(address), length) == 0);
    REQUIRE(::listen(silent, 64) == 0);
    REQUIRE(::getsockname(silent, rig::generic(address), &length) == 0);
    {
        LinkRig rig{secure_options(ntohs(address.sin_port), right.authority)};
        rig.start();
        REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }, patience));
        CHECK(has(rig.disconnected.front(), "does not answer in TLS within"));
        // A second try comes through to the listener: nothing hangs behind the first.
        int connections = 0;
        CHECK(rig.run_until(
            [&] {
                const int taken = ::accept4(silent, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (taken >= 0) ::close(taken);
                connections += taken >= 0 ? 1 : 0;
                return connections >= 3;
            },
            patience));
    }
    ::close(silent);
}

TEST_CASE("link: renewed certificates are taken up without a restart, broken ones are not") {
    const Right right;
    const rig::Broker broker{broker_options(right.authority)};
    LinkRig rig{secure_options(broker.tls_port(), right.authority)};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.connected == 1; }));
    rig.link->look_at_files(true);
    const auto key = right.authority.file("cabinet.key");
    std::filesystem::copy_file(key, right.authority.file("kept"));
    std::ofstream{key} << "half a key";
    rig.link->look_at_files(false);
    rig.link->look_at_files(false);
    REQUIRE(rig.run_until([&] { return !rig.remarks.empty(); }));
    CHECK(has(rig.remarks.front(), "are not taken up"));
    CHECK(rig.stands());
    right.authority.certify("cabinet", "DNS:KS-017", 300);
    rig.link->look_at_files(false);
    rig.link->look_at_files(false);
    REQUIRE(rig.run_until([&] { return rig.connected == 2; }, patience));
    CHECK(rig.remarks.back() == "new certificates: connecting anew");
    CHECK(rig.disconnected.empty());
}

TEST_CASE(
    "link: a renewed authority is taken up without a restart, the old one beside it or gone") {
    const Right right;
    rig::Broker broker{broker_options(right.authority)};
    LinkRig rig{secure_options(broker.tls_port(), right.authority)};
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.connected == 1; }));
    rig.link->look_at_files(true);
    const auto looked = [&](int connections) {
        rig.link->look_at_files(false);
        rig.link->look_at_files(false);
        return rig.run_until([&] { return rig.connected == connections; }, patience);
    };
    // The next one is trusted too, before anybody shows a certificate of it.
    const Authority next{"next"};
    next.certify("broker", "IP:127.0.0.1", 300);
    const auto both =
        test::read_file(right.authority.file("ca.crt")) + test::read_file(next.file("ca.crt"));
    test::write_file(right.authority.file("ca.crt"), both);
    REQUIRE(looked(2));
    CHECK(rig.remarks.back() == "new certificates: connecting anew");
    // The broker changes over, which was told of both as well.
    for (const auto* name : {"broker.crt", "broker.key"}) {
        test::write_file(right.authority.file(name), test::read_file(next.file(name)));
    }
    broker.restart();
    REQUIRE(rig.run_until([&] { return rig.connected == 3; }, patience));
    // The old one goes.
    test::write_file(right.authority.file("ca.crt"), test::read_file(next.file("ca.crt")));
    next.certify("cabinet", "DNS:KS-017", 200);
    for (const auto* name : {"cabinet.crt", "cabinet.key"}) {
        test::write_file(right.authority.file(name), test::read_file(next.file(name)));
    }
    REQUIRE(looked(4));
    CHECK(rig.run_until([&] { return rig.link->expiries().size() == 4; }));
    for (const auto& expiry : rig.link->expiries()) {
        INFO(expiry.what);
        CHECK(expiry.what.find("(right)") == std::string::npos);
        CHECK(expiry.what.find("authority right") == std::string::npos);
    }
}
