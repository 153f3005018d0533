#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <string>

#include "daemon/config_schema.hpp"
#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

using namespace std::chrono_literals;
using test::Lines;
using test::lines_of;
using test::load;

TEST_CASE("a short configuration is whole: everything else is at its default") {
    const auto loaded = load(test::right_config);
    CHECK(lines_of(loaded) == Lines{});
    const auto& config = loaded.config;
    CHECK(config.cabinet.id.str() == "KS-017");
    CHECK(config.name == "KS-017");
    CHECK(config.help_telephone == "0512-5757 5757");
    CHECK(config.state_directory == "/var/lib/cabinetd");
    CHECK(config.code_key_file == "/etc/cabinetd/credentials/code.key");
    CHECK(config.kiosk_address == "127.0.0.1");
    CHECK(config.kiosk_port == 0);
    CHECK(config.control_socket.empty());
    CHECK(config.clock == ClockSource::kernel);
    CHECK(config.log_level == "info");
    REQUIRE(config.keys.size() == 1);
    CHECK(config.keys[0].id.str() == "dispatch-2026");
    CHECK(config.keys[0].role == protocol::Role::dispatch);
    CHECK(config.keys[0].key[0] == 0xaa);
    CHECK(config.link.uri == "mqtt://127.0.0.1:1883");
    CHECK(config.link.client_id == "cabinetd-KS-017");
    CHECK(config.link.cabinet == config.cabinet.id);
}

TEST_CASE("the defaults of the schema are those of the structs") {
    const auto config = load(test::right_config).config;
    const LinkOptions link;
    CHECK(config.link.root == "lucheng/v1");
    CHECK(config.link.keep_alive == link.keep_alive);
    CHECK(config.link.will_delay == link.will_delay);
    CHECK(config.link.session_expiry == link.session_expiry);
    CHECK(config.link.reconnect_least == link.reconnect_least);
    CHECK(config.link.reconnect_most == link.reconnect_most);
    CHECK(config.link.events_in_flight == link.events_in_flight);
    auto limits = config.cabinet.limits;
    const core::Limits standard;
    CHECK(limits.reserve_for_deliveries == 1);  // of two compartments one is left for returns
    limits.reserve_for_deliveries = standard.reserve_for_deliveries;
    for (const auto& row : core::limit_table()) {
        INFO(row.key);
        if (row.duration != nullptr) CHECK(limits.*row.duration == standard.*row.duration);
        if (row.number != nullptr) CHECK(limits.*row.number == standard.*row.number);
    }
}

TEST_CASE("compartments come by their numbers, with the lines that belong to each") {
    const auto config = load(test::right_config).config;
    const auto& all = config.cabinet.compartments;
    REQUIRE(all.size() == 2);
    CHECK(number_of(all[0].number) == 2);
    CHECK(all[0].size == protocol::SizeClass::small);
    CHECK(all[0].height_mm == 900);
    CHECK(all[0].has_sensor);
    CHECK(number_of(all[1].number) == 12);
    CHECK_FALSE(all[1].has_sensor);

    REQUIRE(config.wiring.compartments.size() == 2);
    const auto& two = config.wiring.compartments[0];
    CHECK(two.number == all[0].number);
    CHECK(two.lock.chip == "1-0020");
    CHECK(std::get<std::uint32_t>(two.lock.line) == 0);
    CHECK(two.lock.active_low);
    CHECK(two.lock.bias == hal::Bias::disabled);
    CHECK(two.lock.drive == hal::Drive::open_drain);
    CHECK(two.door.bias == hal::Bias::pull_up);
    CHECK(two.door.debounce == 5ms);
    REQUIRE(two.sensor);
    CHECK(two.sensor->debounce == 50ms);
    REQUIRE(two.lamp);
    const auto& twelve = config.wiring.compartments[1];
    CHECK(std::get<std::string>(twelve.lock.line) == "lock-12");
    CHECK(twelve.lock.bias == hal::Bias::as_is);
    CHECK(twelve.door.debounce == 20ms);
    CHECK_FALSE(twelve.sensor);
    CHECK_FALSE(config.wiring.buzzer);
}

TEST_CASE("returns are taken where dispatch's key is, and nowhere else") {
    CHECK_FALSE(load(test::right_config).config.cabinet.takes_returns);
    const auto loaded = load(std::string{test::right_config} +
                             "[site]\nreturns_key = "
                             "\"3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=\"\n"
                             "returns_elsewhere = \"总馆\"\n");
    CHECK(lines_of(loaded) == Lines{});
    CHECK(loaded.config.cabinet.takes_returns);
    CHECK(loaded.config.cabinet.returns_elsewhere == "总馆");
    CHECK_FALSE(loaded.config.cabinet.cards_by_hand);
    const auto wrong = load(std::string{test::right_config} + "[site]\nreturns_key = \"AAAA\"\n");
    CHECK(lines_of(wrong).size() == 1);
    CHECK_FALSE(wrong.config.cabinet.takes_returns);
}

TEST_CASE("limits are read in the units of their keys") {
    const auto loaded = load(std::string{test::right_config} +
                             "[limits]\npulse_ms = 500\nclose_within_s = 90\npickup_time_h = 48\n"
                             "pulses_per_opening = 2\nevents_in_flight = 7\n");
    CHECK(lines_of(loaded) == Lines{});
    const auto& limits = loaded.config.cabinet.limits;
    CHECK(limits.pulse == 500ms);
    CHECK(limits.close_within == 90s);
    CHECK(limits.pickup_time == 48h);
    CHECK(limits.pulses_per_opening == 2);
    CHECK(loaded.config.link.events_in_flight == 7);
}

TEST_CASE("a simulated cabinet is a bank of compartments without wiring") {
    const auto loaded =
        load(std::string{test::begun_config} + "uri = \"mqtt://localhost:18830\"\n", true);
    CHECK(lines_of(loaded) == Lines{});
    REQUIRE(loaded.config.cabinet.compartments.size() == 8);
    CHECK(number_of(loaded.config.cabinet.compartments[7].number) == 8);
    CHECK(loaded.config.cabinet.compartments[7].has_sensor);
    CHECK(loaded.config.wiring.compartments.empty());
    CHECK(loaded.config.cabinet.limits.reserve_for_deliveries == 2);
    CHECK(loaded.config.cabinet.cards_by_hand);
}

TEST_CASE("the hours are those of the file, each in its language") {
    const auto hours = [](const std::string& site) {
        const auto loaded = load(std::string{test::right_config} + site);
        CHECK(loaded.problems.empty());
        return loaded.config.hours.chinese + " | " + loaded.config.hours.english;
    };
    CHECK(hours("") == " | ");
    CHECK(hours("[site]\nhours_zh = \"每日 6:00–22:00\"\n") == "每日 6:00–22:00 | ");
    CHECK(hours("[site]\nhours_en = \"Daily\"\n") == " | Daily");
    CHECK(hours("[site]\nhours_zh = \"每日\"\nhours_en = \"Daily\"\n") == "每日 | Daily");
}

TEST_CASE("the screen is silent unless the file says otherwise") {
    CHECK_FALSE(load(test::right_config).config.kiosk_sounds);
    const auto with_sounds = fmt::format("{}[kiosk]\nsounds = true\n", test::right_config);
    CHECK(load(with_sounds).config.kiosk_sounds);
}

TEST_CASE("the places of doors and screen are for the picture on it") {
    const auto with = [](std::string_view column, std::string_view more) {
        return load(fmt::format("{}uri = \"mqtt://localhost\"\n[[bank]]\nfirst = 20\ncount = 2\n"
                                "size = \"large\"\nheight_mm = 100\n{}\n{}",
                                test::begun_config, column, more),
                    true);
    };
    const auto screen = "[screen]\ncolumn = 3\nheight_mm = 900\n";
    CHECK(lines_of(with("", "")) == Lines{});
    CHECK(lines_of(with("", screen)) ==
          Lines{"cabinetd.toml:21:1: [screen] has its place among columns: give every compartment "
                "one"});
    CHECK(lines_of(with("column = 4", "")).size() == 8);  // the first bank has none

    std::string text{test::begun_config};
    text.insert(text.find("[broker]"), "column = 1\n");
    const auto loaded = load(text + "uri = \"mqtt://localhost\"\n" + screen, true);
    CHECK(lines_of(loaded) == Lines{});
    CHECK(loaded.config.front.columns.at(protocol::CompartmentNumber{8}) == 8);
    REQUIRE(loaded.config.front.screen);
    CHECK(loaded.config.front.screen->column == 3);
    CHECK(loaded.config.front.screen->columns == 1);
    CHECK(loaded.config.front.screen->tall_mm == 400);
    CHECK(lines_of(load(text + "uri = \"mqtt://localhost\"\n[[bank]]\nfirst = 20\ncount = 1\n"
                               "size = \"large\"\nheight_mm = 400\ncolumn = 8\n",
                        true)) ==
          Lines{"cabinetd.toml: compartment 20 is in column 8 at 400 mm, where another one is"});
}

TEST_CASE("a broker's address is completed with the port that its scheme implies") {
    const auto uri_of = [](std::string_view uri) {
        return load(fmt::format("{}uri = \"{}\"\n", test::begun_config, uri), true).config.link.uri;
    };
    CHECK(uri_of("mqtts://broker.example") == "mqtts://broker.example:8883");
    CHECK(uri_of("mqtts://broker.example:443") == "mqtts://broker.example:443");
    CHECK(uri_of("mqtts://10.0.0.7/") == "mqtts://10.0.0.7:8883");
    CHECK(uri_of("mqtt://localhost") == "mqtt://localhost:1883");
    CHECK(uri_of("mqtt://[::1]:1884") == "mqtt://[::1]:1884");
}

TEST_CASE("the example in the package is right, and its comments show the defaults") {
    const auto text = test::read_file(LUCHENG_SOURCE_DIR "/systemd/cabinetd.toml.example");
    const auto loaded = load(text);
    CHECK(lines_of(loaded) == Lines{});
    CHECK(loaded.config.cabinet.compartments.size() == 24);
    CHECK(loaded.config.wiring.compartments.size() == 24);

    for (const auto& row : keys()) {
        INFO(row.section << '.' << row.key);
        CHECK(text.find(fmt::format("{} = ", row.key)) != std::string::npos);
        const bool commented = row.section == "limits" || row.section == "broker";
        if (row.kind != KeyKind::number || !commented) continue;
        CHECK(text.find(fmt::format("\n#{} = {}\n", row.key, row.number)) != std::string::npos);
    }
}

TEST_CASE("the small example of the wiring guide is right") {
    const auto loaded = load(test::read_file(LUCHENG_SOURCE_DIR "/docs/wiring/small.toml"));
    CHECK(lines_of(loaded) == Lines{});
    CHECK(loaded.config.wiring.compartments.size() == 4);
}

// What the overlay calls the lines of each expander, by offset.
std::vector<std::vector<std::string>> lines_of_overlay() {
    const auto text = test::read_file(LUCHENG_SOURCE_DIR "/docs/wiring/cabinet-24.dtso");
    std::vector<std::vector<std::string>> expanders;
    for (auto at = text.find("gpio-line-names"); at != std::string::npos;
         at = text.find("gpio-line-names", at + 1)) {
        auto& names = expanders.emplace_back();
        const auto end = text.find(';', at);
        for (auto quote = text.find('"', at); quote < end; quote = text.find('"', quote + 1)) {
            const auto close = text.find('"', quote + 1);
            names.push_back(text.substr(quote + 1, close - quote - 1));
            quote = close;
        }
    }
    return expanders;
}

TEST_CASE("the overlay of the wiring guide names every line of the example") {
    const auto example =
        load(test::read_file(LUCHENG_SOURCE_DIR "/systemd/cabinetd.toml.example")).config.wiring;
    const auto expanders = lines_of_overlay();
    REQUIRE(expanders.size() == 5);
    const auto offset_of = [&](const hal::LineSpec& line) -> std::size_t {
        const auto name = std::get<std::string>(line.line);
        INFO(name);
        std::vector<std::size_t> found;
        for (const auto& names : expanders) {
            REQUIRE(names.size() == 16);
            for (std::size_t i = 0; i < names.size(); ++i) {
                if (names[i] == name) found.push_back(i);
            }
        }
        REQUIRE(found.size() == 1);
        return found.front();
    };
    // GPA7 and GPB7 of an MCP23017 are outputs only.
    const auto check_input = [&](const hal::LineSpec& line) { CHECK(offset_of(line) % 8 != 7); };
    for (const auto& compartment : example.compartments) {
        CHECK(offset_of(compartment.lock) < 16);
        check_input(compartment.door);
        check_input(compartment.sensor.value());
    }
    check_input(example.mains_fail.value());
    check_input(example.tamper.value());
    CHECK(offset_of(example.buzzer.value()) < 16);
}

}  // namespace
}  // namespace lucheng::daemon
