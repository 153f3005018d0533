// What a cabinet takes for granted of Linux and its GPIO chips.
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <gpiod.hpp>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "tests/gpio-host/sim_chip.hpp"

using lucheng::gpio_host::LineNames;
using lucheng::gpio_host::SimChip;
using namespace std::chrono_literals;
using gpiod::line::direction;
using gpiod::line::edge;
using gpiod::line::value;

namespace {

constexpr unsigned lines = 16;
constexpr auto patience = 10s;

// As an expander is wired: doors below, locks above.
LineNames expander_names() {
    LineNames names;
    for (unsigned i = 0; i < lines / 2; ++i) {
        names.emplace(i, "DOOR_" + std::to_string(i + 1));
        names.emplace(lines / 2 + i, "LOCK_" + std::to_string(i + 1));
    }
    return names;
}

SimChip expander() { return SimChip{"expander-a", lines, expander_names()}; }

gpiod::line::offset offset_of(const gpiod::chip& chip, const std::string& name) {
    const int offset = chip.get_line_offset_from_name(name);
    REQUIRE(offset >= 0);
    return static_cast<unsigned>(offset);
}

gpiod::line_request watch(gpiod::chip& chip, const std::string& door) {
    return chip.prepare_request()
        .set_consumer("cabinetd")
        .add_line_settings(offset_of(chip, door), gpiod::line_settings()
                                                      .set_direction(direction::INPUT)
                                                      .set_edge_detection(edge::BOTH)
                                                      .set_debounce_period(30ms))
        .do_request();
}

gpiod::line_request drive(gpiod::chip& chip, const std::string& lock) {
    return chip.prepare_request()
        .set_consumer("cabinetd")
        .add_line_settings(offset_of(chip, lock), gpiod::line_settings()
                                                      .set_direction(direction::OUTPUT)
                                                      .set_output_value(value::INACTIVE))
        .do_request();
}

gpiod::edge_event next_event(gpiod::line_request& request) {
    REQUIRE(request.wait_edge_events(patience));
    gpiod::edge_event_buffer buffer{1};
    REQUIRE(request.read_edge_events(buffer, 1) == 1);
    return buffer.get_event(0);
}

// The error number of what `action` throws; 0 when it throws nothing.
template <class Action>
int error_of(Action action) {
    try {
        action();
    } catch (const std::system_error& error) {
        return error.code().value();
    }
    return 0;
}

std::optional<std::string> device_labelled(const std::string& label) {
    for (const auto& entry : std::filesystem::directory_iterator{"/dev"}) {
        if (!gpiod::is_gpiochip_device(entry.path())) continue;
        if (gpiod::chip{entry.path()}.get_info().label() == label) return entry.path();
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("a chip is found by its label, and its lines by their names") {
    const SimChip other{"expander-b", 4, {}};
    const SimChip sim = expander();

    REQUIRE(device_labelled("expander-a") == sim.device());
    gpiod::chip chip{sim.device()};
    CHECK(chip.get_info().num_lines() == lines);
    CHECK(chip.get_line_offset_from_name("DOOR_1") == 0);
    CHECK(chip.get_line_offset_from_name("LOCK_8") == 15);
    CHECK(chip.get_line_offset_from_name("DOOR_9") == -1);
}

TEST_CASE("a door that bounces for less than the debounce period gives one edge") {
    const SimChip sim = expander();
    gpiod::chip chip{sim.device()};
    auto doors = watch(chip, "DOOR_1");

    for (const bool up : {true, false, true}) sim.pull("DOOR_1", up);
    const auto opened = next_event(doors);
    CHECK(opened.type() == gpiod::edge_event::event_type::RISING_EDGE);
    CHECK(opened.line_seqno() == 1);

    sim.pull("DOOR_1", false);
    const auto closed = next_event(doors);
    CHECK(closed.type() == gpiod::edge_event::event_type::FALLING_EDGE);
    CHECK(closed.line_seqno() == 2);  // nothing came in between
    CHECK(closed.timestamp_ns().ns() > opened.timestamp_ns().ns());
}

TEST_CASE("the kernel keeps the debounce period it was asked for") {
    const SimChip sim = expander();
    gpiod::chip chip{sim.device()};
    const auto doors = watch(chip, "DOOR_3");

    const auto info = chip.get_line_info(offset_of(chip, "DOOR_3"));
    CHECK(info.debounced());
    CHECK(info.debounce_period() == 30ms);
    CHECK(info.consumer() == "cabinetd");
}

TEST_CASE("a line that is held is refused to everybody else as busy") {
    const SimChip sim = expander();
    gpiod::chip chip{sim.device()};
    const auto held = drive(chip, "LOCK_1");

    CHECK(error_of([&] { drive(chip, "LOCK_1"); }) == EBUSY);
    CHECK(error_of([&] { drive(chip, "LOCK_2"); }) == 0);
}

TEST_CASE("a lock line carries what its holder sets") {
    const SimChip sim = expander();
    gpiod::chip chip{sim.device()};
    auto lock = drive(chip, "LOCK_1");

    CHECK_FALSE(sim.value("LOCK_1"));
    lock.set_value(8, value::ACTIVE);
    CHECK(sim.value("LOCK_1"));
    lock.set_value(8, value::INACTIVE);
    CHECK_FALSE(sim.value("LOCK_1"));
}

TEST_CASE("a chip that vanished says so, and serves again when it is back") {
    SimChip sim = expander();
    std::optional<gpiod::chip> chip{sim.device()};
    auto doors = watch(*chip, "DOOR_1");
    auto lock = drive(*chip, "LOCK_1");

    sim.vanish();
    CHECK(error_of([&] { lock.set_value(8, value::ACTIVE); }) == ENODEV);
    CHECK(error_of([&] { doors.get_value(0); }) == ENODEV);
    CHECK(doors.wait_edge_events(patience));  // whoever waits is woken
    gpiod::edge_event_buffer buffer;
    CHECK(error_of([&] { doors.read_edge_events(buffer); }) == ENODEV);
    CHECK_FALSE(device_labelled("expander-a").has_value());

    sim.come_back();
    REQUIRE(device_labelled("expander-a") == sim.device());
    chip.emplace(sim.device());
    auto again = drive(*chip, "LOCK_1");
    again.set_value(8, value::ACTIVE);
    CHECK(sim.value("LOCK_1"));
}

// Why the lock keeper ends every pulse itself: letting go need not take a coil's current away.
TEST_CASE("a lock line pulled up is on again once its holder is killed") {
    const SimChip sim = expander();
    sim.pull("LOCK_1", true);
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    const pid_t holder = fork();
    REQUIRE(holder >= 0);
    if (holder == 0) {
        gpiod::chip chip{sim.device()};
        const auto lock = drive(chip, "LOCK_1");
        const char byte = 1;
        if (write(ready[1], &byte, 1) != 1) _exit(1);
        for (;;) pause();
    }
    close(ready[1]);
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    CHECK_FALSE(sim.value("LOCK_1"));

    REQUIRE(kill(holder, SIGKILL) == 0);
    REQUIRE(waitpid(holder, nullptr, 0) == holder);
    CHECK(sim.value("LOCK_1"));
}
