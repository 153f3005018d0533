#include <array>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

using test::Lines;
using test::problems_in;

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    while (times-- > 0) result += text;
    return result;
}

constexpr std::string_view mistaken = R"([cabinet]
id = "KS 017"
nmae = "玉山公园"
help_telephone = "call us"
state_directory = "state"

[broker]
uri = "tcp://broker:1883"
client_id = "a b"
keep_alive_s = 1
certificate_file = "/c.pem"
root = "a//b"
reconnect_least_ms = 5000
reconnect_most_s = 2
password = "hunter2"

[[key]]
id = "k1"
role = "dispach"
public_key = "AAAA"
[[key]]
id = "k1"
role = "operations"
public_key = "qge2dm9ymiPOXChM+TFW+cRYHOVkI6D9MAoeL9f88IM="

[kiosk]
address = "0.0.0.0"
port = "8080"

[clok]
source = "kernel"

[log]
level = "trace"

[limits]
pulse_ms = 4000
puls_gap_ms = 300
easy_access_from_mm = 1200
settle_ms = 500.5
ballast_mb = 20

[[compartment]]
number = 1
size = "S"
height_mm = 100
lock = { chip = "gpiochip0", line = 3 }
door = { chip = "mcp-a", line = 4, drive = "open_drain" }
[[compartment]]
number = 1
size = "small"
height_mm = 99999
lock = { chip = "mcp-a", line = 3 }
door = { chip = "mcp-a", line = 4 }
[[compartment]]
size = "small"
[[bank]]
first = 5
[tamper]
chip = "mcp-a"
line = "7"
)";

constexpr auto mistakes = std::to_array<std::string_view>({

    "cabinetd.toml:2:6: cabinet.id is \"KS 017\"; allowed are 1 to 64 of a-z, A-Z, 0-9 and "
    "-",
    "cabinetd.toml:3:1: cabinet.nmae is not a known key; did you mean name?",
    "cabinetd.toml:4:18: cabinet.help_telephone is \"call us\"; allowed are digits, spaces "
    "and + - ( )",
    "cabinetd.toml:5:19: cabinet.state_directory is \"state\"; an absolute path is "
    "expected, one that begins with /",
    "cabinetd.toml:8:7: broker.uri is \"tcp://broker:1883\"; mqtts://host:port or "
    "mqtt://host:port is expected",
    "cabinetd.toml:9:13: broker.client_id is \"a b\"; allowed is printable ASCII without "
    "spaces",
    "cabinetd.toml:10:16: broker.keep_alive_s is 1 s; allowed are 5 to 600 s (a dead "
    "connection is noticed within one and a half times this)",
    "cabinetd.toml:11:20: broker.certificate_file is given without private_key_file",
    "cabinetd.toml:12:8: broker.root is \"a//b\"; allowed are 1 to 8 levels of a-z, A-Z, "
    "0-9, - and _, with / between",
    "cabinetd.toml:13:22: broker.reconnect_least_ms is 5000 ms, more than reconnect_most_s "
    "(2 s): the waits could never grow",
    "cabinetd.toml:15:1: broker.password is not a known key; did you mean password_file?",
    "cabinetd.toml:19:8: key k1: role is \"dispach\"; allowed are dispatch, operations, "
    "authority; did you mean dispatch?",
    "cabinetd.toml:20:14: key k1: public_key is \"AAAA\"; base64 of 32 bytes is expected, "
    "44 characters",
    "cabinetd.toml:22:6: key k1: id is \"k1\"; the key at line 17 has this id too",
    "cabinetd.toml:27:11: kiosk.address is \"0.0.0.0\"; an address of the loopback is "
    "expected, 127.0.0.1 or ::1 (whoever reaches it can type codes)",
    "cabinetd.toml:28:8: kiosk.port is \"8080\"; a whole number is expected",
    "cabinetd.toml:30:2: clok is not a known section; did you mean clock?",
    "cabinetd.toml:34:9: log.level is \"trace\"; allowed are error, warning, notice, info, "
    "debug",
    "cabinetd.toml:37:12: limits.pulse_ms is 4000 ms; allowed are 50 to 1000 ms (a cabinet "
    "lock opens within 300 to 500 ms; its coil burns when it stays on)",
    "cabinetd.toml:38:1: limits.puls_gap_ms is not a known key; did you mean pulse_gap_ms?",
    "cabinetd.toml:39:23: limits.easy_access_from_mm is 1200 mm; it must be less than "
    "easy_access_to_mm (1100 mm): no compartment would be within reach",
    "cabinetd.toml:40:13: limits.settle_ms is 500.5; a whole number of ms is expected",
    "cabinetd.toml:41:14: limits.ballast_mb is 20 MB; it must not be more than disk_low_mb "
    "(16 MB): letting the ballast go would admit new drop-offs to a full disk",
    "cabinetd.toml:45:8: compartment 1: size is \"S\"; allowed are small, medium, large",
    "cabinetd.toml:47:17: compartment 1: lock.chip is \"gpiochip0\"; gpiochip numbers "
    "change from boot to boot: a label is expected, see gpiodetect",
    "cabinetd.toml:48:36: compartment 1: door.drive is not a known key; known here: chip, "
    "line, active_low, bias, debounce_ms",
    "cabinetd.toml:50:10: compartment 1 stands here a second time; the first is at line 44",
    "cabinetd.toml:52:13: compartment 1: height_mm is 99999 mm; allowed are 0 to 3000 mm "
    "(of its floor above the ground; decides who can reach it)",
    "cabinetd.toml:54:33: compartment 1: door.line is 4; this line of chip \"mcp-a\" is the "
    "door of compartment 1 already, at 48:33",
    "cabinetd.toml:55:1: [[compartment]] no. 3: number is missing (as printed on the door)",
    "cabinetd.toml:55:1: [[compartment]] no. 3: height_mm is missing (of its floor above "
    "the ground; decides who can reach it)",
    "cabinetd.toml:55:1: [[compartment]] no. 3: lock is missing; only with --simulate a "
    "compartment needs no wiring",
    "cabinetd.toml:55:1: [[compartment]] no. 3: door is missing; only with --simulate a "
    "compartment needs no wiring",
    "cabinetd.toml:57:1: [[bank]] no. 1: count is missing (how many there are)",
    "cabinetd.toml:57:1: [[bank]] no. 1: size is missing (of each)",
    "cabinetd.toml:57:1: [[bank]] no. 1: height_mm is missing (of each one's floor above "
    "the ground)",
    "cabinetd.toml:57:1: [[bank]] has no wiring, so it is for --simulate alone; write one "
    "[[compartment]] a door",
    "cabinetd.toml:61:8: tamper.line is \"7\"; a line's name is expected; an offset stands "
    "without quotes",
});

TEST_CASE("every mistake is named at once, with its place, what is allowed and what was meant") {
    CHECK(problems_in(mistaken) == Lines{mistakes.begin(), mistakes.end()});
}

TEST_CASE("an empty file is told what it must have") {
    CHECK(
        problems_in("") ==
        Lines{
            "cabinetd.toml: [cabinet] is missing: Which cabinet this is.",
            "cabinetd.toml: [broker] is missing: The MQTT 5 broker through which dispatch speaks.",
            "cabinetd.toml: [[key]] is missing: A public key whose signature a command may carry; "
            "at "
            "least one has the role `dispatch`.",
            "cabinetd.toml: no compartments: write one [[compartment]] a door",
        });
}

TEST_CASE("what is not TOML is told with its place") {
    CHECK(problems_in("[cabinet]\nid = \n")
              .at(0)
              .starts_with("cabinetd.toml:2:6: this is not TOML: "));
    const auto twice = problems_in("[cabinet]\nid = \"a\"\nid = \"b\"\n");
    REQUIRE(twice.size() == 1);
    CHECK(twice[0].starts_with("cabinetd.toml:3:"));
    CHECK(twice[0].find("cannot redefine existing string 'id'") != std::string::npos);
    CHECK(problems_in("[log]\n[log]\n").at(0).starts_with("cabinetd.toml:2:1: this is not TOML"));
    CHECK(problems_in("a = \"\xff\"\n").size() == 1);
    // The library quotes the end of the line.
    CHECK(problems_in("[log]\nx = tru\n").size() == 1);
    CHECK(problems_in("[log]\nx = tru\n").at(0).find('\n') == std::string::npos);
}

TEST_CASE("a file that cannot be read is told with the system's reason") {
    const auto said = [](const std::filesystem::path& file) {
        return test::lines_of(load_config(file, false));
    };
    const rig::TempDir directory{"config"};
    CHECK(said(directory / "none.toml") ==
          Lines{"none.toml: cannot be opened: No such file or directory"});
    std::filesystem::create_directory(directory / "dir.toml");
    CHECK(said(directory / "dir.toml") == Lines{"dir.toml: is a directory, not a file"});
    test::write_file(directory / "long.toml", std::string(300'000, '#'));
    CHECK(said(directory / "long.toml") == Lines{"long.toml: is larger than 262144 bytes"});
}

TEST_CASE("a section of the wrong shape is told how it is written") {
    CHECK(
        problems_in(
            "id = \"KS-017\"\ncompartment = 3\n[[cabinet]]\n[broker]\nuri = \"mqtt://::1\"\n"
            "[key]\nid = \"a\"\n[buzzer]\n") ==
        Lines{
            "cabinetd.toml:1:1: id is not a known key, and no section is open; cabinetd.toml(5) "
            "lists "
            "those that are",
            "cabinetd.toml:2:1: compartment may stand more than once, so it is written "
            "[[compartment]]",
            "cabinetd.toml:3:3: cabinet must be one section, written [cabinet]",
            "cabinetd.toml:5:7: broker.uri is \"mqtt://::1\"; mqtts://host:port or "
            "mqtt://host:port is "
            "expected",
            "cabinetd.toml:6:2: key may stand more than once, so it is written [[key]]",
            "cabinetd.toml:8:1: buzzer.chip is missing (gpiochip numbers change from boot to boot; "
            "labels stay)",
            "cabinetd.toml:8:1: buzzer.line is missing (see gpioinfo)",
        });
}

TEST_CASE("a value of another type is told what is expected") {
    auto text = std::string{test::right_config};
    const std::string lamp = "lamp = { chip = \"1-0020\", line = 3 }";
    text.replace(text.find(lamp), lamp.size(), "lamp = true");
    CHECK(
        problems_in(text + "[kiosk]\naddress = 1\nport = 1.5\ncontrol_socket = [\"/a\"]\n"
                           "[clock]\nsource = 2026-11-22\n[limits]\npulse_ms = \"400\"\n"
                           "[mains_fail]\nchip = \"a\"\nline = true\nactive_low = \"yes\"\n") ==
        Lines{
            "cabinetd.toml:23:8: compartment 2: lamp is true; a table is expected: { chip = \"a "
            "label\", line = \"a name\" or an offset }",
            "cabinetd.toml:25:11: kiosk.address is 1; a text in quotes is expected",
            "cabinetd.toml:26:8: kiosk.port is 1.5; a whole number is expected",
            "cabinetd.toml:27:18: kiosk.control_socket is a list; a text in quotes is expected",
            "cabinetd.toml:29:10: clock.source is a time; a text in quotes is expected: kernel, "
            "assume",
            "cabinetd.toml:31:12: limits.pulse_ms is \"400\"; a whole number of ms is expected",
            "cabinetd.toml:34:8: mains_fail.line is true; a line's name in quotes or its offset is "
            "expected",
            "cabinetd.toml:35:14: mains_fail.active_low is \"yes\"; true or false is expected",
        });
}

TEST_CASE("whatever stands in the file, reading it ends with problems and never with the process") {
    const rig::TempDir directory{"config"};
    const auto file = directory / "cabinetd.toml";
    const auto whole = test::read_file(LUCHENG_SOURCE_DIR "/systemd/cabinetd.toml.example");
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < whole.size(); at += 41) {
        test::write_file(file, whole.substr(0, at));
        wrong += load_config(file, false).problems.empty() ? 0U : 1U;
        auto altered = whole;
        altered[at] = static_cast<char>(at * 97);
        test::write_file(file, altered);
        wrong += load_config(file, true).problems.empty() ? 0U : 1U;
    }
    CHECK(wrong > whole.size() / 41 / 2);
    for (const auto* nest : {"[", "[\n", "a = [\n", "a = {a = ", "a."}) {
        CHECK(problems_in(repeated(nest, 20'000)).size() == 1);
    }
    const auto dots = repeated("a.", 990);
    CHECK(problems_in("[" + dots + "a]\n" + dots + "a = 1\n").size() == 5);
    CHECK(problems_in("\n" + dots + dots + "a = 1\n") ==
          Lines{"cabinetd.toml:2:1: this line is longer than 2000 bytes"});
}

}  // namespace
}  // namespace lucheng::daemon
