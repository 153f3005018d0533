#include "hal/simulated_compartment.hpp"

#include <catch2/catch_test_macros.hpp>
#include <memory>

namespace lucheng::hal {
namespace {

using core::Uptime;
using protocol::Door;
using namespace std::chrono_literals;

Uptime at(core::Milliseconds time) { return Uptime{time}; }

// A world in plain memory, whose time is what the test says.
struct Bench {
    std::unique_ptr<keeper::World> world = std::make_unique<keeper::World>();
    keeper::WorldCompartment& cell = world->compartment[0];

    Bench() {
        world->compartments = 2;
        cell.number = 1;
    }
    void coil(bool on, core::Milliseconds time) {
        const std::int64_t us = std::chrono::microseconds{time}.count();
        if (on) {
            keeper::energise(*world, 0, us);
        } else {
            keeper::release(*world, 0, us);
        }
    }
    // Goes from one `next` to the next until nothing moves; when that was.
    static core::Milliseconds rest(SimulatedCompartment& compartment, int& reports) {
        Uptime now{};
        while (const auto next = compartment.next()) {
            REQUIRE(*next > now);
            now = *next;
            if (compartment.advance(now)) ++reports;
            REQUIRE(now < at(10s));
        }
        return now.time_since_epoch();
    }
};

TEST_CASE("a door springs soon after its coil came on, and is reported after the debounce") {
    Bench bench;
    SimulatedCompartment compartment{bench.cell, true, at(0ms)};
    CHECK_FALSE(compartment.next());
    bench.coil(true, 1'000ms);
    CHECK_FALSE(compartment.advance(at(1'000ms)));
    CHECK(compartment.next() == at(1'110ms));
    CHECK_FALSE(compartment.advance(at(1'110ms)));
    CHECK(bench.cell.door_open == 1);
    CHECK(compartment.next() == at(1'140ms));
    const auto senses = compartment.advance(at(1'140ms));
    REQUIRE(senses);
    CHECK(senses->door == Door::open);
    CHECK_FALSE(compartment.next());
}

TEST_CASE("an inverted switch says open of a shut door, and shut of an open one") {
    Bench bench;
    bench.cell.switch_inverted = 1;
    SimulatedCompartment compartment{bench.cell, true, at(0ms)};
    CHECK(compartment.senses().door == Door::open);
    bench.coil(true, 1'000ms);
    bench.coil(false, 1'400ms);
    CHECK_FALSE(compartment.advance(at(1'400ms)));
    int reports = 0;
    Bench::rest(compartment, reports);
    CHECK(bench.cell.door_open == 1);
    CHECK(reports == 1);
    CHECK(compartment.senses().door == Door::shut);
}

TEST_CASE("lock and switch that are wired to the next door open it and tell of it") {
    Bench bench;
    bench.cell.door_offset = 1;
    SimulatedCompartment compartment{bench.cell, true, at(0ms)};
    bench.coil(true, 1'000ms);
    bench.coil(false, 1'400ms);
    CHECK_FALSE(compartment.advance(at(1'400ms)));
    int reports = 0;
    Bench::rest(compartment, reports);
    CHECK(bench.cell.door_open == 0);
    CHECK(bench.world->compartment[1].door_open == 1);
    CHECK(compartment.senses().door == Door::open);
}

TEST_CASE("a coil that was on for less than 50 ms opens nothing") {
    Bench bench;
    SimulatedCompartment compartment{bench.cell, true, at(0ms)};
    bench.coil(true, 1'000ms);
    CHECK_FALSE(compartment.advance(at(1'000ms)));
    bench.coil(false, 1'049ms);
    int reports = 0;
    Bench::rest(compartment, reports);
    CHECK(bench.cell.door_open == 0);
    CHECK(reports == 0);
    CHECK(bench.cell.pulses_felt == 1);
}

TEST_CASE("a door that sprang while nobody looked is open at the next start") {
    Bench bench;
    bench.coil(true, 1'000ms);
    bench.coil(false, 1'060ms);
    const SimulatedCompartment compartment{bench.cell, true, at(9'000ms)};
    CHECK(compartment.senses().door == Door::open);
    // And a second start does not move a door that somebody has shut since.
    bench.cell.door_open = 0;
    const SimulatedCompartment again{bench.cell, true, at(20'000ms)};
    CHECK(again.senses().door == Door::shut);
}

TEST_CASE("a bouncing door flaps at 50 Hz for 300 ms and is reported once") {
    Bench bench;
    bench.cell.bounces = 1;
    SimulatedCompartment compartment{bench.cell, true, at(0ms)};
    bench.cell.door_open = 1;
    CHECK_FALSE(compartment.advance(at(1'000ms)));
    CHECK(compartment.next() == at(1'010ms));
    int reports = 0;
    CHECK(Bench::rest(compartment, reports) == 1'330ms);
    CHECK(reports == 1);
    CHECK(compartment.senses().door == Door::open);
}

TEST_CASE("of a chip that is gone nothing is read, and its doors move all the same") {
    Bench bench;
    SimulatedCompartment compartment{bench.cell, true, at(0ms)};
    bench.coil(true, 1'000ms);
    CHECK_FALSE(compartment.advance(at(1'000ms)));
    bench.cell.vanished = 1;
    CHECK_FALSE(compartment.advance(at(1'110ms)));
    CHECK(bench.cell.door_open == 1);
    CHECK_FALSE(compartment.senses().door);
    CHECK_FALSE(compartment.next());
    bench.cell.vanished = 0;
    CHECK(compartment.read_again(at(2'000ms)).door == Door::open);
}

TEST_CASE("two coils at once leave their mark in the world") {
    Bench bench;
    keeper::energise(*bench.world, 0, 1'000);
    CHECK(bench.world->overlaps == 0);
    keeper::energise(*bench.world, 1, 1'500);
    CHECK(bench.world->overlaps == 1);
}

}  // namespace
}  // namespace lucheng::hal
