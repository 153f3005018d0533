// Which compartment, and which never.
#include <catch2/catch_test_macros.hpp>

#include "core/state.hpp"
#include "tests/core/rig.hpp"

using namespace lucheng::test;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

TEST_CASE("the smallest that fits is taken, and the next size when none is left") {
    Rig cabinet;
    cabinet.assign({.id = "A", .code = "00000001"});
    cabinet.assign({.id = "B", .code = "00000002"});
    cabinet.assign({.id = "C", .code = "00000003"});
    cabinet.assign({.id = "D", .code = "00000004"});
    cabinet.assign({.id = "E", .code = "00000005"});
    CHECK(cabinet.place("A") == 1);
    CHECK(cabinet.place("B") == 4);
    CHECK(cabinet.place("C") == 2);  // within reach, kept for who needs it
    CHECK(cabinet.place("D") == 3);
    CHECK(cabinet.place("E") == 5);
    CHECK(cabinet.assign({.id = "F", .code = "00000006"}) == Reason::no_compartment);
}

TEST_CASE("who needs easy access gets a compartment within reach first") {
    Rig cabinet;
    cabinet.assign({.easy_access = true});
    CHECK(cabinet.place("D-1") == 2);
}

TEST_CASE("a large parcel never goes into a small compartment") {
    Rig cabinet;
    cabinet.assign({.id = "A", .code = "00000001", .size = SizeClass::large});
    CHECK(cabinet.place("A") == 5);
    CHECK(cabinet.assign({.id = "B", .code = "00000002", .size = SizeClass::large}) ==
          Reason::no_compartment);
}

TEST_CASE("no compartment is given that is open, occupied, unexplained or out of service") {
    Rig cabinet;
    SECTION("open") { cabinet.force(1); }
    SECTION("sensed occupied") {
        cabinet.feed(core::Sensed{{CompartmentNumber{1}, Door::shut, Occupancy::occupied}});
    }
    SECTION("out of service") { cabinet.send(protocol::SetService{CompartmentNumber{1}, false}); }
    SECTION("its lines are gone") {
        cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "chip"});
    }
    cabinet.assign();
    CHECK(cabinet.place("D-1") == 4);
}

TEST_CASE("a cabinet out of service accepts no drop-off") {
    Rig cabinet;
    cabinet.send(protocol::SetService{{}, false});
    CHECK(cabinet.assign() == Reason::cabinet_out_of_service);
    CHECK(cabinet.screen() == "out_of_order");
}

TEST_CASE("returns leave the reserve to deliveries") {
    core::Cabinet::State state{.spec = usual_spec(), .ledger = {}};
    for (const auto& spec : state.spec.compartments) {
        state.compartments[spec.number] = {
            .spec = spec,
            .door = Door::shut,
            .occupancy = spec.has_sensor ? Occupancy::empty : Occupancy::unknown};
        state.ledger.compartments[spec.number] = {.number = spec.number};
    }
    state.spec.limits.reserve_for_deliveries = 5;
    CHECK_FALSE(core::allocate(state, SizeClass::small, false, core::For::returns));
    CHECK(core::allocate(state, SizeClass::small, false, core::For::deliveries));
    state.spec.limits.reserve_for_deliveries = 4;
    CHECK(core::allocate(state, SizeClass::small, false, core::For::returns));
}
