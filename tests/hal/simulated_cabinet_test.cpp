#include <catch2/catch_test_macros.hpp>

#include "tests/hal/simulated_rig.hpp"

namespace lucheng::hal {
namespace {

using core::CompartmentNumber;
using core::PulseEnd;
using protocol::Door;
using protocol::Occupancy;
using namespace std::chrono_literals;

constexpr CompartmentNumber first{1};

TEST_CASE("the simulated cabinet keeps the hardware contract") {
    for (const contract::Clause& clause : contract::clauses()) {
        DYNAMIC_SECTION(clause.sentence) {
            SimulatedRig rig;
            clause.check(rig);
            CHECK_FALSE(rig.world().overlapped());
        }
    }
}

TEST_CASE("a jammed lock takes its pulse and keeps its door shut") {
    SimulatedRig rig;
    rig.world().fault(first, "jam", true);
    rig.start();
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return !rig.heard.pulsed.empty(); }));
    rig.let_pass(100ms);
    CHECK(rig.heard.pulsed[0].second == PulseEnd::done);
    CHECK(rig.heard.sensed.empty());
    CHECK_FALSE(rig.world().look(first).door_open);
    rig.world().fault(first, "jam", false);
    rig.pulse(1, 2);
    REQUIRE(rig.until([&] { return rig.world().look(first).door_open; }));
}

TEST_CASE("asked for at the very start, with the smallest gap, every pulse is given") {
    core::CabinetSpec spec = spec_of(4);
    spec.limits.pulse = 50ms;
    spec.limits.pulse_gap = 100ms;
    SimulatedRig rig{spec};
    rig.start();
    for (std::uint16_t number = 1; number <= 4; ++number) rig.pulse(number, number);
    REQUIRE(rig.until([&] { return rig.heard.pulsed.size() == 4; }));
    for (const auto& [id, end] : rig.heard.pulsed) CHECK(end == PulseEnd::done);
    CHECK(rig.heard.trouble.empty());
}

TEST_CASE("a stuck sensor keeps its reading while books come and go") {
    SimulatedRig rig;
    rig.start();
    rig.world().fault(first, "stick_sensor", true);
    rig.world().force(first);
    rig.world().put(first, 3);
    REQUIRE(rig.until([&] { return !rig.heard.sensed.empty(); }));
    rig.let_pass(100ms);
    CHECK(rig.heard.sensed.back().occupancy == Occupancy::empty);
    rig.world().fault(first, "stick_sensor", false);
    REQUIRE(rig.until([&] { return rig.heard.sensed.back().occupancy == Occupancy::occupied; }));
}

TEST_CASE("a compartment without a sensor never speaks of what is inside") {
    core::CabinetSpec spec = spec_of(2);
    spec.compartments[0].has_sensor = false;
    SimulatedRig rig{spec};
    CHECK_FALSE(rig.start().front().occupancy);
    rig.world().force(first);
    rig.world().put(first, 1);
    REQUIRE(rig.until([&] { return !rig.heard.sensed.empty(); }));
    CHECK_FALSE(rig.heard.sensed.back().occupancy);
}

TEST_CASE("lamps and the buzzer show in the world") {
    SimulatedRig rig;
    rig.start();
    rig.cabinet().set_lamp(first, true);
    rig.cabinet().set_buzzer(core::Sound::look_here);
    CHECK(rig.world().look(first).lamp);
    CHECK(rig.world().sound() == core::Sound::look_here);
    rig.cabinet().set_lamp(first, false);
    rig.cabinet().set_buzzer(core::Sound::none);
    CHECK_FALSE(rig.world().look(first).lamp);
    CHECK(rig.world().sound() == core::Sound::none);
}

TEST_CASE("a chip that was gone before the start is reported lost after it") {
    SimulatedRig rig;
    rig.world().fault(first, "vanish", true);
    const auto senses = rig.start();
    CHECK_FALSE(senses.front().door);
    CHECK(senses.back().door == Door::shut);
    REQUIRE(rig.until([&] { return !rig.heard.lost.empty(); }));
    CHECK(rig.heard.lost[0].second.size() == 8);
}

TEST_CASE("a chip that vanishes in a pulse loses the pulse, and its coil is off") {
    SimulatedRig rig;
    rig.start();
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return rig.world().look(first).coil; }));
    rig.world().fault(first, "vanish", true);
    REQUIRE(rig.until([&] { return !rig.heard.pulsed.empty(); }));
    CHECK(rig.heard.pulsed[0].second == PulseEnd::lost);
    CHECK_FALSE(rig.world().look(first).coil);
    CHECK(rig.world().look(first).longest_ms <= 1'000);
}

TEST_CASE("a cabinet that ends in a pulse leaves no coil on and no keeper behind") {
    SimulatedRig rig;
    rig.start();
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return rig.world().look(first).coil; }));
    const auto keeper = rig.keeper_pid();
    rig.end_cabinet();
    CHECK_FALSE(rig.world().look(first).coil);
    CHECK_FALSE(std::filesystem::exists("/proc/" + std::to_string(*keeper)));
    rig.let_pass(50ms);
    CHECK(rig.heard.pulsed.empty());
}

TEST_CASE("a cabinet without its keeper's executable does not start, and says so") {
    boost::asio::io_context loop;
    Folder folder;
    const core::CabinetSpec spec = spec_of(2);
    SimulatedWorld world{folder / "world", spec.compartments};
    CHECK_THROWS_AS(
        (SimulatedCabinet{loop, world, spec, folder / "no-such-keeper", contract::uptime}),
        std::system_error);
}

TEST_CASE("a cabinet at rest wakes nobody") {
    SimulatedRig rig;
    rig.start();
    REQUIRE(rig.until([&] { return rig.cabinet().healthy(); }));
    rig.let_pass(100ms);
    rig.loop().restart();
    CHECK(rig.loop().run_for(1s) == 0);
}

}  // namespace
}  // namespace lucheng::hal
