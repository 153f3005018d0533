// Doors without leave, doors left open, power cuts and lost lines.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

void assign_and_log_in(Rig& cabinet) {
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
}

void deposit(Rig& cabinet) {
    assign_and_log_in(cabinet);
    cabinet.choose("D-1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::leave);
}

}  // namespace

TEST_CASE("a power cut before the pulse never leads to a second pulse") {
    Rig cabinet;
    assign_and_log_in(cabinet);
    cabinet.pulses_answered = false;
    cabinet.choose("D-1");
    cabinet.reboot();
    cabinet.pulses_answered = true;
    cabinet.wait(1h);

    CHECK(cabinet.pulses(1) == 0);
    CHECK(cabinet.facts(FactKind::interrupted).size() == 1);
    CHECK(cabinet.state("D-1") == DeliveryState::assigned);
    CHECK(cabinet.stored.authorisations.empty());
}

TEST_CASE("a power cut with the courier's door open goes on when the door is shut") {
    Rig cabinet;
    assign_and_log_in(cabinet);
    cabinet.choose("D-1");
    cabinet.reboot();
    CHECK(cabinet.state("D-1") == DeliveryState::depositing);
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
}

TEST_CASE("shut and occupied after a cut in the drop-off is stored, by the switches' word") {
    Rig cabinet;
    assign_and_log_in(cabinet);
    cabinet.choose("D-1");
    cabinet.put(1);
    cabinet.shut(1);  // the power goes before the sensor has settled
    cabinet.reboot();
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
    CHECK(cabinet.facts(FactKind::deposited).size() == 1);
}

TEST_CASE("shut and empty after a cut in the pickup is collected") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.reboot();
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
}

TEST_CASE("after a cut without a sensor a person must look") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign({.id = "D-0", .code = "10000000"});
    cabinet.assign({.id = "D-1", .code = "10000001"});
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.shut(4);
    cabinet.reboot();
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);
}

TEST_CASE("an authorisation that was too old when it became durable is not pulsed") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.pulses_answered = false;
    cabinet.code("11112222");
    cabinet.feed(core::PulseEnded{core::AuthorisationId{2}, core::PulseEnd::lapsed});
    CHECK(cabinet.facts(FactKind::lapsed).size() == 1);
    CHECK(cabinet.screen() == "not_opened 1");
    CHECK(cabinet.stored.authorisations.empty());
}

TEST_CASE("a door that opens without leave is told of, and looked behind when it is shut") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.force(1);
    CHECK(cabinet.facts(FactKind::forced).size() == 1);
    SECTION("the books are there") {
        cabinet.shut(1);
        cabinet.wait(1s);
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
    }
    SECTION("the books are gone") {
        cabinet.take(1);
        cabinet.shut(1);
        cabinet.wait(1s);
        CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    }
}

TEST_CASE("a compartment that somebody filled without leave is given to nobody") {
    Rig cabinet;
    cabinet.force(1);
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK_FALSE(cabinet.free(1));
    cabinet.take(1);  // the sensor alone explains nothing
    cabinet.assign();
    CHECK(cabinet.place("D-1") != 1);
}

TEST_CASE("a reservation moves when its compartment turns out to hold something") {
    Rig cabinet;
    cabinet.assign();
    cabinet.force(1);
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.place("D-1") == 4);
    CHECK(cabinet.facts(FactKind::reassigned).size() == 1);
}

TEST_CASE("a door left open is told of, and again, and somebody else may use the screen") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.code("11112222");
    cabinet.wait(59s);
    CHECK(cabinet.code("900001") == Reason::busy);
    cabinet.wait(1s);
    CHECK(cabinet.facts(FactKind::ajar).size() == 1);
    CHECK(cabinet.screen() == "left_open 1");
    cabinet.wait(5min);
    CHECK(cabinet.facts(FactKind::ajar).size() == 2);
    CHECK_FALSE(cabinet.code("900001"));
}

TEST_CASE("lines that vanish and return leave the rest in service") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "locks-1"});
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "not_opened 1 (hardware_lost)");
    cabinet.answer(Answer::leave);
    CHECK_FALSE(cabinet.assign({.id = "D-2", .code = "22222222"}));
    cabinet.feed(
        core::HardwareBack{{{CompartmentNumber{1}, Door::shut, Occupancy::occupied}}, "locks-1"});
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "open 1");
}

TEST_CASE("mains that fail and return, and a case that is opened, are told once each") {
    Rig cabinet;
    for (const bool failed : {false, true, true, false}) cabinet.feed(core::MainsChanged{failed});
    CHECK(cabinet.facts(FactKind::mains_lost).size() == 1);
    CHECK(cabinet.facts(FactKind::mains_back).size() == 1);
    for (const bool open : {true, true, false, true}) cabinet.feed(core::CaseMoved{open});
    CHECK(cabinet.facts(FactKind::tampered).size() == 2);
}

TEST_CASE("a remote opening is bounded an hour, and compares the ledger with what is inside") {
    core::CabinetSpec spec = usual_spec();
    spec.limits.remote_openings_an_hour = 2;
    Rig cabinet{spec};
    deposit(cabinet);
    CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{1}}));
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{2}}));
    cabinet.shut(2);
    cabinet.wait(1s);
    CHECK(cabinet.send(protocol::Open{CompartmentNumber{2}}) == Reason::remote_cap);
    cabinet.wait(1h);
    CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{2}}));
}

TEST_CASE("a remote opening of a compartment without a sensor keeps it from being assigned") {
    Rig cabinet;
    cabinet.send(protocol::Open{CompartmentNumber{4}});
    cabinet.shut(4);
    cabinet.wait(1s);
    CHECK_FALSE(cabinet.free(4));
}

TEST_CASE("a flapping door fills no journal") {
    Rig cabinet;
    for (int i = 0; i < 1'000; ++i) {
        cabinet.force(2);
        cabinet.shut(2);
        cabinet.wait(1s);
    }
    CHECK(cabinet.facts(FactKind::forced).size() + cabinet.facts(FactKind::closed).size() <= 40);
    cabinet.wait(1h);
    CHECK(!cabinet.facts(FactKind::counted).empty());
}

TEST_CASE("a door without a sensor that was forced, and shut in the dark, is not given away") {
    Rig cabinet;
    SECTION("when nothing lay there") {
        cabinet.force(4);
        cabinet.silently_shut(4);
        cabinet.reboot();
        CHECK_FALSE(cabinet.free(4));
    }
    SECTION("when the power was away as it was forced") {
        cabinet.silently_force(4);
        cabinet.reboot();
        cabinet.silently_shut(4);
        cabinet.reboot();
        CHECK_FALSE(cabinet.free(4));
    }
}
