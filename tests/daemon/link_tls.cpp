#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "tests/daemon/link_rig.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using namespace std::chrono_literals;

namespace {

// A certificate authority in a directory, made with openssl.
class Authority {
public:
    explicit Authority(const std::string& name) {
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
            "-subj /CN=" +
            name + " -keyout ca.key -out ca.crt");
    }
    // For a host, as openssl wants an alternative name: IP:127.0.0.1.
    void certify(const std::string& name, const std::string& host) const {
        run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" +
            name + " -keyout " + name + ".key -out " + name + ".csr");
        run("printf 'subjectAltName=" + host + "' > " + name + ".ext");
        run("openssl x509 -req -in " + name +
            ".csr -CA ca.crt -CAkey ca.key -CAcreateserial "
            "-days 2 -extfile " +
            name + ".ext -out " + name + ".crt");
    }
    [[nodiscard]] std::filesystem::path file(const std::string& name) const {
        return directory_ / name;
    }

private:
    void run(const std::string& command) const {
        const auto all = "cd " + directory_.path().string() + " && " + command + " 2> /dev/null";
        REQUIRE(std::system(all.c_str()) == 0);
    }
    rig::TempDir directory_{"authority"};
};

rig::BrokerOptions broker_options(const Authority& authority) {
    return {.tls = rig::BrokerTls{.ca_file = authority.file("ca.crt"),
                                  .certificate_file = authority.file("broker.crt"),
                                  .key_file = authority.file("broker.key")},
            .extra_lines = {}};
}

LinkOptions secure_options(const rig::Broker& broker, const Authority& authority) {
    auto options = link_options(broker.uri());
    options.uri = "mqtts://127.0.0.1:" + std::to_string(broker.tls_port());
    options.ca_file = authority.file("ca.crt");
    options.certificate_file = authority.file("cabinet.crt");
    options.private_key_file = authority.file("cabinet.key");
    return options;
}

}  // namespace

TEST_CASE("link: with a certificate of its own it is let in, and trusts the right broker") {
    const Authority authority{"right"};
    authority.certify("broker", "IP:127.0.0.1");
    authority.certify("cabinet", "DNS:KS-017");
    const rig::Broker broker{broker_options(authority)};
    LinkRig rig{secure_options(broker, authority)};
    rig.on_message = [&](const Incoming& m) { rig.link->reply(m.bytes, m.response); };
    rig.head = 20;
    rig.start();
    REQUIRE(rig.run_until([&] { return rig.link->outbox_depth() == 0; }));
    rig::MqttPeer peer{broker.uri(), "dispatch"};
    peer.subscribe(topic("reply"));
    peer.publish(topic("command"), "hello");
    CHECK(rig.run_until([&] { return peer.received_count() == 1; }));
}

TEST_CASE("link: a broker with another's name is not trusted") {
    const Authority authority{"right"};
    authority.certify("broker", "DNS:somebody.else");
    authority.certify("cabinet", "DNS:KS-017");
    const rig::Broker broker{broker_options(authority)};
    LinkRig rig{secure_options(broker, authority)};
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }));
    CHECK(rig.disconnected[0].find("cannot be reached") != std::string::npos);
    CHECK(rig.connected == 0);
}

TEST_CASE("link: a broker of another authority is not trusted") {
    const Authority authority{"right"};
    authority.certify("cabinet", "DNS:KS-017");
    const Authority forger{"right"};
    forger.certify("broker", "IP:127.0.0.1");
    const rig::Broker broker{broker_options(forger)};
    LinkRig rig{secure_options(broker, authority)};
    rig.start();
    REQUIRE(rig.run_until([&] { return !rig.disconnected.empty(); }));
    CHECK(rig.disconnected[0].find("cannot be reached") != std::string::npos);
    CHECK(rig.connected == 0);
}
