// What ends, and what is said of it before.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include "daemon/clock.hpp"
#include "daemon/config_check.hpp"
#include "daemon/credentials.hpp"
#include "daemon/expiry_warnings.hpp"
#include "tests/daemon/authority.hpp"
#include "tests/daemon/config_rig.hpp"
#include "tls/certificate.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using namespace std::chrono_literals;

namespace {

constexpr auto day = std::chrono::hours{24};
const protocol::WallTime end{std::chrono::sys_days{std::chrono::year{2027} / 1 / 31} + 12h};

std::vector<std::string> said(ExpiryWarnings& warnings, const std::vector<tls::Expiry>& expiries,
                              core::Now now) {
    std::vector<std::string> texts;
    for (const auto& warning : warnings.due(expiries, now)) texts.push_back(warning.text);
    return texts;
}

using Texts = std::vector<std::string>;

struct Files {
    Authority authority{"library"};
    tls::Files files{authority.file("ca.crt"), authority.file("cabinet.crt"),
                     authority.file("cabinet.key")};

    [[nodiscard]] tls::Reading read(std::chrono::days from_now = {}) const {
        return tls::read_files(files, wall_time() + from_now);
    }
    // What --check-config says of a configuration that names them, with $ for where they lie.
    [[nodiscard]] std::string checked(int exit_code) const {
        const auto config = authority.file("cabinetd.toml");
        const auto where = config.parent_path().string();
        static_cast<void>(make_code_key(authority.file("code.key")));  // once
        test::write_file(config,
                         fmt::format("{0}uri = \"mqtts://broker\"\nca_file = \"{1}/ca.crt\"\n"
                                     "certificate_file = \"{1}/cabinet.crt\"\n"
                                     "private_key_file = \"{1}/cabinet.key\"\n"
                                     "[secrets]\ncode_key_file = \"{1}/code.key\"\n",
                                     test::begun_config, where));
        auto farewell = check_config(config, true);
        CHECK(farewell.exit_code == exit_code);
        for (auto at = farewell.text.find(where); at != std::string::npos;
             at = farewell.text.find(where)) {
            farewell.text.replace(at, where.size(), "$");
        }
        return farewell.text;
    }
};

bool has(const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("expiry: warned of from 30 days before, once a day, and when it is over") {
    ExpiryWarnings warnings;
    const std::vector<tls::Expiry> one{{"the certificate", end}};
    const auto at = [&](protocol::WallTime wall, core::Milliseconds up) {
        return said(warnings, one, {core::Uptime{up}, wall, true});
    };
    CHECK(at(end - 30 * day, 1h) == Texts{});
    CHECK(at(end - 30 * day + 1ms, 2h) ==
          Texts{"the certificate expires on 2027-01-31, in 29 days: renew it"});
    CHECK(at(end - 30 * day + 1h, 3h) == Texts{});
    CHECK(at(end - 29 * day, 26h - 1ms) == Texts{});
    CHECK(at(end - 29 * day, 26h) ==
          Texts{"the certificate expires on 2027-01-31, in 29 days: renew it"});
    CHECK(at(end - 25h, 1'000h) ==
          Texts{"the certificate expires on 2027-01-31, in 1 day: renew it"});
    CHECK(at(end - 1ms, 1'024h) ==
          Texts{"the certificate expires on 2027-01-31, within a day: renew it"});
    CHECK(at(end, 1'048h) == Texts{"the certificate expired on 2027-01-31: renew it"});
    CHECK(at(end + 900 * day, 1'072h) == Texts{"the certificate expired on 2027-01-31: renew it"});
}

TEST_CASE("expiry: each certificate has its own day, and a renewed one is silent") {
    ExpiryWarnings warnings;
    const auto texts = [&](const std::vector<tls::Expiry>& all, core::Milliseconds up) {
        return said(warnings, all, {core::Uptime{up}, end - 3 * day, true});
    };
    CHECK(texts({{"ours", end}, {"the broker's", end + 365 * day}}, 1h).size() == 1);
    CHECK(texts({{"ours", end}, {"the broker's", end}}, 2h) ==
          Texts{"the broker's expires on 2027-01-31, in 3 days: renew it"});
    CHECK(texts({{"ours", end + 90 * day}, {"the broker's", end}}, 25h) == Texts{});
    CHECK(texts({{"ours", end + 90 * day}, {"the broker's", end}}, 26h).size() == 1);
}

TEST_CASE("expiry: nothing is said by a clock that may be years off") {
    ExpiryWarnings warnings;
    CHECK(said(warnings, {{"ours", end}}, {core::Uptime{1h}, end + 900 * day, false}).empty());
    CHECK(said(warnings, {{"ours", end}}, {core::Uptime{1h}, end - day, true}).size() == 1);
}

TEST_CASE("expiry: the days that are left are those of what ends first, and never below none") {
    const std::vector<tls::Expiry> all{{"late", end + 500 * day}, {"soon", end}};
    CHECK_FALSE(tls::days_left({}, end));
    CHECK(tls::days_left(all, end - 30 * day) == 30);
    CHECK(tls::days_left(all, end - 30 * day + 1ms) == 29);
    CHECK(tls::days_left(all, end - 1ms) == 0);
    CHECK(tls::days_left(all, end + 7 * day) == 0);
}

TEST_CASE("expiry: files tell until when they serve, and what is over or has not begun") {
    const Files cabinet;
    cabinet.authority.certify("cabinet", "DNS:KS-017", 60);
    const auto now = cabinet.read();
    CHECK(now.troubles.empty());
    CHECK(tls::days_left(now.expiries, wall_time()) == 59);
    const auto later = cabinet.read(std::chrono::days{61});
    REQUIRE(later.troubles.size() == 1);
    CHECK(later.troubles[0].key == "certificate_file");
    CHECK(has(later.troubles[0].why, "(cabinet) expired on "));
    CHECK_FALSE(later.troubles[0].hopeless);
    const auto last = cabinet.read(std::chrono::days{91});
    REQUIRE(last.troubles.size() == 2);
    CHECK(has(last.troubles[0].why, "the authority library in "));
    const auto before = cabinet.read(std::chrono::days{-1});
    REQUIRE(before.troubles.size() == 1);
    CHECK(has(before.troubles[0].why, "(cabinet) is valid from "));
    CHECK(has(before.troubles[0].why, "is the clock right?"));
}

TEST_CASE("expiry: of two authorities in a file the one that ends last decides") {
    const Files cabinet;
    cabinet.authority.certify("cabinet", "DNS:KS-017", 300);
    const auto old = test::read_file(cabinet.files.ca);
    cabinet.authority.renew(400);
    test::write_file(cabinet.files.ca, old + test::read_file(cabinet.files.ca));
    CHECK(cabinet.read(std::chrono::days{100}).troubles.empty());
    CHECK(tls::days_left(cabinet.read().expiries, wall_time()) == 299);
}

TEST_CASE("expiry: --check-config names a certificate that is over, with place and day") {
    const Files cabinet;
    cabinet.authority.certify("cabinet", "DNS:KS-017", -1);
    const auto text = cabinet.checked(78);
    CHECK(
        text.starts_with("$/cabinetd.toml:16:20: broker.certificate_file: the cabinet's "
                         "certificate $/cabinet.crt (cabinet) expired on "));
    CHECK(has(text, ": it must be renewed\n1 problem\n"));
}

TEST_CASE("expiry: --check-config names an authority that is over") {
    const Files cabinet;
    cabinet.authority.certify("cabinet", "DNS:KS-017");
    cabinet.authority.renew(-1);
    CHECK(
        has(cabinet.checked(78), "broker.ca_file: the authority library in $/ca.crt expired on "));
}

TEST_CASE("expiry: --check-config names a certificate that has not begun, and asks for the clock") {
    const Files cabinet;
    cabinet.authority.certify_from("cabinet", "20480101000000Z");
    CHECK(has(cabinet.checked(78), "(cabinet) is valid from 2048-01-01 on, and here it is "));
}

TEST_CASE("expiry: --check-config names files that do not belong together") {
    const Files cabinet;
    cabinet.authority.certify("cabinet", "DNS:KS-017");
    CHECK(has(cabinet.checked(0), "mqtts://broker:8883"));
    cabinet.authority.certify("another", "DNS:KS-018");
    test::write_file(cabinet.files.private_key,
                     test::read_file(cabinet.authority.file("another.key")));
    CHECK(has(cabinet.checked(78),
              "private_key_file: $/cabinet.key is not the key of the certificate $/cabinet.crt "
              "(cabinet)\n1 problem\n"));
    const Authority stranger{"stranger"};
    stranger.certify("cabinet", "DNS:KS-017");
    test::write_file(cabinet.files.certificate, test::read_file(stranger.file("cabinet.crt")));
    test::write_file(cabinet.files.private_key, test::read_file(stranger.file("cabinet.key")));
    CHECK(has(cabinet.checked(78),
              "(cabinet) was signed by stranger, not by an authority in $/ca.crt"));
}
