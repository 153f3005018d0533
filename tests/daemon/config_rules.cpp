#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <string>

#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

using test::Lines;
using test::problems_in;

constexpr std::string_view place = "cabinetd.toml:14:7: ";

// The end of what is said about broker.uri.
std::string about_uri(std::string_view uri, std::string_view more = "") {
    const auto text = fmt::format("{}uri = \"{}\"\n{}", test::begun_config, uri, more);
    const auto lines = problems_in(text, true);
    if (lines.empty()) return "right";
    const auto begin = fmt::format("{}broker.uri is \"{}\"; ", place, uri);
    return lines[0].starts_with(begin) ? lines[0].substr(begin.size()) : lines[0];
}

TEST_CASE("a broker's address has scheme, host and port, and nothing else") {
    const std::string form = "mqtts://host:port or mqtt://host:port is expected";
    CHECK(about_uri("broker.example") == form);
    CHECK(about_uri("https://broker.example") == form);
    CHECK(about_uri("mqtts:broker.example") == form);
    CHECK(about_uri("mqtts://") == form + "; the host is missing or wrong");
    CHECK(about_uri("mqtts://:8883") == form + "; the host is missing or wrong");
    CHECK(about_uri("mqtts://a_b%20") == form + "; the host is missing or wrong");
    CHECK(about_uri("mqtts://broker:0") == form + "; allowed ports are 1 to 65535");
    CHECK(about_uri("mqtts://broker:70000") == form + "; allowed ports are 1 to 65535");
    CHECK(about_uri("mqtts://broker/lucheng") == form + ", and nothing after the port");
    CHECK(about_uri("mqtts://broker?a=b") == form + ", and nothing after the port");
    CHECK(about_uri("mqtts://u:p@broker") ==
          "the user belongs in username, the password in password_file");
    CHECK(about_uri("mqtts://broker") == "right");
}

TEST_CASE("without TLS only this machine is spoken to, unless the network is said to be closed") {
    CHECK(about_uri("mqtt://127.0.0.2") == "right");
    CHECK(about_uri("mqtt://10.0.0.7").starts_with("without TLS only this machine itself"));
    CHECK(about_uri("mqtt://10.0.0.7", "without_tls = true\n") == "right");
    CHECK(about_uri("mqtt://localhost", "ca_file = \"/ca.pem\"\n") ==
          "cabinetd.toml:15:11: broker.ca_file has no use with mqtt://; it belongs to mqtts://");
}

TEST_CASE("a password needs its user, a certificate its key and a key its certificate") {
    CHECK(about_uri("mqtts://b", "password_file = \"/p\"\n") ==
          "cabinetd.toml:15:17: broker.password_file is given without username");
    CHECK(about_uri("mqtts://b", "private_key_file = \"/k\"\n") ==
          "cabinetd.toml:15:20: broker.private_key_file is given without certificate_file");
}

TEST_CASE("each signing key is one key under one name, and one of them is dispatch's") {
    const auto with = [](std::string_view more) {
        return problems_in(std::string{test::right_config} + std::string{more});
    };
    CHECK(with("[[key]]\nid = \"b\"\nrole = \"operations\"\n"
               "public_key = \"qge2dm9ymiPOXChM+TFW+cRYHOVkI6D9MAoeL9f88IM=\"\n") ==
          Lines{"cabinetd.toml:27:14: key b: public_key is "
                "\"qge2dm9ymiPOXChM+TFW+cRYHOVkI6D9MAoeL9f88IM=\"; the key at line 6 is the same: "
                "one key, one id and one role"});
    CHECK(with("[[key]]\nid = \"b\"\nrole = \"operations\"\n"
               "public_key = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n") ==
          Lines{"cabinetd.toml:27:14: key b: public_key is "
                "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"; no Ed25519 public key has these "
                "bytes"});
    auto operations_only = std::string{test::right_config};
    operations_only.replace(operations_only.find("\"dispatch\""), 10, "\"operations\"");
    CHECK(
        problems_in(operations_only) ==
        Lines{"cabinetd.toml: no [[key]] has the role dispatch, so nothing could ever be assigned "
              "here"});
}

TEST_CASE("no line is used twice, by name or by offset, and both places are named") {
    CHECK(
        problems_in(std::string{test::right_config} +
                    "[buzzer]\nchip = \"1-0020\"\nline = 2\n"
                    "[tamper]\nchip = \"mcp23017\"\nline = \"lock-12\"\n"
                    "[mains_fail]\nchip = \"mcp-b\"\nline = \"lock-12\"\n") ==
        Lines{"cabinetd.toml:26:8: buzzer.line is 2; this line of chip \"1-0020\" is the sensor of "
              "compartment 2 already, at 22:36",
              "cabinetd.toml:29:8: tamper.line is \"lock-12\"; this line of chip \"mcp23017\" is "
              "the lock of compartment 12 already, at 14:36"});
}

TEST_CASE("a cabinet has 1 to 96 compartments, each number once") {
    const auto banks = [](std::string_view more) {
        return problems_in(
            fmt::format("{}uri = \"mqtt://localhost\"\n{}", test::begun_config, more), true);
    };
    const auto bank = [](int first, int count) {
        return fmt::format("[[bank]]\nfirst = {}\ncount = {}\nsize = \"large\"\nheight_mm = 1\n",
                           first, count);
    };
    CHECK(banks(bank(9, 88)) == Lines{});
    CHECK(banks(bank(9, 88) + bank(200, 3)) ==
          Lines{"cabinetd.toml:20:1: 99 compartments; allowed are 1 to 96"});
    CHECK(
        banks(bank(8, 2)) ==
        Lines{
            "cabinetd.toml:16:9: compartment 8 stands here a second time; the first is at line 9"});
    CHECK(
        banks(bank(990, 20)) ==
        Lines{
            "cabinetd.toml:17:9: [[bank]] no. 2: count is 20; the last door would be number 1009; "
            "allowed are 1 to 999"});
}

TEST_CASE("a limit that contradicts another one is named once, where it is given") {
    const auto with = [](std::string_view limits) {
        return problems_in(fmt::format("{}[limits]\n{}", test::right_config, limits));
    };
    CHECK(with("pickup_time_max_h = 24\n") ==
          Lines{"cabinetd.toml:25:21: limits.pickup_time_h is 72 h; it must not be more than "
                "pickup_time_max_h (24 h): its own default would be refused"});
    CHECK(with("pulse_ms = 800\ndoor_springs_within_ms = 500\n") ==
          Lines{"cabinetd.toml:25:12: limits.pulse_ms is 800 ms; it must be less than "
                "door_springs_within_ms (500 ms): a door is judged after its pulse"});
    CHECK(with("reserve_for_deliveries = 2\n") ==
          Lines{"cabinetd.toml:25:26: limits.reserve_for_deliveries is 2; the cabinet has 2 "
                "compartments, so no return would ever find one"});
    CHECK(with("ballast_mb = 16\n") == Lines{});
}

TEST_CASE("no limit allows a coil to be energised beyond the ceiling") {
    for (const auto& row : core::limit_table()) {
        if (row.key == "pulse_ms") CHECK(core::Milliseconds{row.most} <= core::pulse_ceiling);
    }
}

TEST_CASE("a message cannot be forged by what stands in the file") {
    const auto lines = problems_in(std::string{test::right_config} +
                                   "[kiosk]\n\"a\\nb\" = 1\naddress = \"\\u001b[2J\"\n");
    CHECK(lines ==
          Lines{"cabinetd.toml:25:1: kiosk.a\\x0ab is not a known key; known here: address, "
                "port, control_socket, sounds",
                "cabinetd.toml:26:11: kiosk.address is \"\\x1b[2J\"; control characters are "
                "not allowed"});
}

}  // namespace
}  // namespace lucheng::daemon
