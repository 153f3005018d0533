// Who stood there is gone, or may no longer: whoever stands there now gets nothing of theirs.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

const auto courier = protocol::PersonId::of("courier-7");
const auto staff = protocol::PersonId::of("wang");

std::optional<Reason> open(Rig& cabinet, int number) {
    const auto decision = cabinet.feed(core::OpeningAsked{CompartmentNumber(number)});
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}

void shut(Rig& cabinet, int number) {
    cabinet.shut(number);
    cabinet.wait(2s);
}

void log_in_staff(Rig& cabinet) {
    cabinet.send(protocol::Grant{.person = staff, .role = protocol::PersonRole::staff},
                 {.code = secret("800001")});
    REQUIRE_FALSE(cabinet.code("800001"));
}

void test_locks(Rig& cabinet, protocol::TestKind kind) {
    cabinet.feed(core::TestAsked{{.kind = kind}, true});
}

// Behind doors 1 and 4, and a courier at the first of them.
void begin_collection(Rig& cabinet) {
    cabinet.grant_courier();
    for (const int door : {1, 4}) {
        cabinet.bring("CARD-1");
        cabinet.put(door);
        shut(cabinet, door);
        cabinet.answer(Answer::done);
        cabinet.wait(20s);
    }
    REQUIRE(cabinet.returns() == "1 stored, 4 stored");
    REQUIRE_FALSE(cabinet.code("900001"));
    REQUIRE_FALSE(cabinet.collect());
    REQUIRE(cabinet.screen() == "open 1");
}

}  // namespace

TEST_CASE("who shuts the door that somebody left open stands before the start") {
    Rig cabinet;
    SECTION("staff's") {
        log_in_staff(cabinet);
        CHECK_FALSE(open(cabinet, 3));
        cabinet.wait(2h);
        shut(cabinet, 3);
    }
    SECTION("a courier's, and the parcel is inside") {
        cabinet.grant_courier();
        cabinet.assign();
        cabinet.code("900001");
        cabinet.choose("D-1");
        cabinet.put(1);
        cabinet.wait(2h);
        shut(cabinet, 1);
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
    }
    SECTION("a collector's") {
        begin_collection(cabinet);
        const int pulses = cabinet.pulses(4);
        cabinet.take(1);
        cabinet.wait(2h);
        shut(cabinet, 1);
        CHECK(cabinet.returns() == "4 stored");
        CHECK(cabinet.pulses(4) == pulses);
    }
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("what is asked at a door that was left open leads to no other door") {
    Rig cabinet;
    begin_collection(cabinet);
    const int pulses = cabinet.pulses(4);
    cabinet.wait(2h);
    shut(cabinet, 1);
    CHECK(cabinet.screen() == "still_occupied 1");
    SECTION("taken, says whoever shut it") {
        CHECK_FALSE(cabinet.answer(Answer::done));
        CHECK(cabinet.returns() == "1 disputed, 4 stored");
    }
    SECTION("he opens the same door again, and takes it") {
        CHECK_FALSE(cabinet.answer(Answer::again));
        cabinet.take(1);
        shut(cabinet, 1);
        CHECK(cabinet.returns() == "4 stored");
    }
    CHECK(cabinet.pulses(4) == pulses);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("a patron's next door does not open for who answers at the one that was left open") {
    Rig cabinet;
    cabinet.grant_courier();
    for (const auto* id : {"D-1", "D-2"}) {
        cabinet.assign({.id = id, .code = "11112222", .size = SizeClass::medium, .group = "G"});
        cabinet.code("900001");
        cabinet.choose(id);
        cabinet.put(*cabinet.place(id));
        shut(cabinet, *cabinet.place(id));
        cabinet.answer(Answer::done);
        cabinet.answer(Answer::leave);
        REQUIRE(cabinet.state(id) == DeliveryState::stored);
    }
    const int first = *cabinet.place("D-1");
    const int second = *cabinet.place("D-2");
    const int pulses = cabinet.pulses(second);
    REQUIRE_FALSE(cabinet.code("11112222"));
    cabinet.wait(2h);
    shut(cabinet, first);
    REQUIRE(cabinet.screen() == "still_occupied " + std::to_string(first));
    CHECK_FALSE(cabinet.answer(Answer::done));
    CHECK(cabinet.pulses(second) == pulses);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("a credential that is revoked or over ends what it began, at the next door") {
    Rig cabinet;
    SECTION("a collection") {
        begin_collection(cabinet);
        const int pulses = cabinet.pulses(4);
        cabinet.send(protocol::Revoke{courier});
        CHECK(cabinet.screen() == "start");
        cabinet.take(1);
        shut(cabinet, 1);
        CHECK(cabinet.pulses(4) == pulses);
        CHECK(cabinet.returns() == "4 stored");
    }
    SECTION("a courier's list") {
        cabinet.assign();
        cabinet.send(protocol::Grant{.person = courier,
                                     .role = protocol::PersonRole::courier,
                                     .valid_until = cabinet.now.wall + 30s},
                     {.code = secret("900001")});
        REQUIRE_FALSE(cabinet.code("900001"));
        cabinet.wait(40s);
        CHECK(cabinet.choose("D-1") == Reason::no_session);
        CHECK(cabinet.pulses(1) == 0);
    }
    SECTION("a test of the locks") {
        log_in_staff(cabinet);
        test_locks(cabinet, protocol::TestKind::self_test);
        CHECK(cabinet.step() == "shut 1");
        cabinet.send(protocol::Revoke{staff});
        shut(cabinet, 1);
        CHECK(cabinet.report().ended_by == Reason::nobody_there);
        CHECK(cabinet.pulses(2) == 0);
    }
    SECTION("at a door that jammed") {
        log_in_staff(cabinet);
        cabinet.jammed = {3};
        CHECK_FALSE(open(cabinet, 3));
        cabinet.wait(12s);
        REQUIRE(cabinet.screen() == "not_opened 3");
        cabinet.jammed = {};
        cabinet.send(protocol::Revoke{staff});
        CHECK(cabinet.answer(Answer::again) == Reason::no_session);
        CHECK(cabinet.screen() == "start");
    }
    SECTION("while a patron stands before the courier") {
        cabinet.grant_courier();
        cabinet.code("900001");
        cabinet.bring_back();
        cabinet.send(protocol::Revoke{courier});
        cabinet.answer(Answer::leave);
        CHECK(cabinet.screen() == "start");
    }
}

TEST_CASE("a patron who stands before staff that are gone gets no staff's screen") {
    Rig cabinet;
    log_in_staff(cabinet);
    cabinet.wait(40s);
    cabinet.bring_back();
    cabinet.wait(25s);
    cabinet.answer(Answer::leave);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("a courier has what was left of his time when the patron before him is done") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.code("900001");
    cabinet.wait(40s);
    cabinet.bring_back();
    cabinet.wait(25s);
    cabinet.answer(Answer::leave);
    CHECK(cabinet.screen() == "courier_list");
    cabinet.wait(25s);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("a courier with a full bag leaves the rest of a collection for another time") {
    Rig cabinet;
    begin_collection(cabinet);
    const int pulses = cabinet.pulses(4);
    SECTION("at what he left inside") {
        shut(cabinet, 1);
        REQUIRE(cabinet.screen() == "still_occupied 1");
        CHECK_FALSE(cabinet.answer(Answer::leave));
        CHECK(cabinet.returns() == "1 stored, 4 stored");
    }
    SECTION("at a door that jams") {
        cabinet.jammed = {1};
        shut(cabinet, 1);
        REQUIRE_FALSE(cabinet.answer(Answer::again));
        cabinet.wait(12s);
        REQUIRE(cabinet.screen() == "not_opened 1");
        CHECK_FALSE(cabinet.answer(Answer::leave));
    }
    CHECK(cabinet.screen() == "courier_list");
    CHECK(cabinet.pulses(4) == pulses);
}

TEST_CASE("what a courier does not say of a compartment without a sensor is disputed") {
    Rig cabinet;
    begin_collection(cabinet);
    cabinet.take(1);
    shut(cabinet, 1);
    REQUIRE(cabinet.screen() == "open 4");
    shut(cabinet, 4);
    REQUIRE(cabinet.screen() == "confirm_collection 4");
    CHECK_FALSE(cabinet.answer(Answer::leave));
    CHECK(cabinet.returns() == "4 disputed");
    CHECK(cabinet.screen() == "courier_list");
}

TEST_CASE("a hand that holds the doors shut takes one compartment out of service, not all") {
    Rig cabinet;
    cabinet.jammed = {1, 2, 3, 4, 5};
    cabinet.bring("CARD-1");
    cabinet.wait(1min);
    CHECK(cabinet.screen() == "start");
    CHECK(cabinet.facts(FactKind::jammed).size() == 2);
    cabinet.jammed = {};
    CHECK_FALSE(cabinet.assign());
}

TEST_CASE("any card begins a return, so those that leave nothing here are bounded") {
    Rig cabinet;
    cabinet.spec.limits.returns_in_vain_an_hour = 3;
    cabinet.reboot();
    for (int i = 0; i < 3; ++i) {
        REQUIRE_FALSE(cabinet.bring("CARD-1"));
        shut(cabinet, 1);
        CHECK_FALSE(cabinet.answer(Answer::later));
    }
    CHECK(cabinet.bring_back() == Reason::returns_full);
    cabinet.wait(1h);
    CHECK_FALSE(cabinet.bring("CARD-1"));
}

TEST_CASE("a bystander's card is not taken for the card of who brings books back") {
    Rig cabinet;
    cabinet.bring_back();
    cabinet.card("CARD-1");
    CHECK(cabinet.card("CARD-2") == Reason::busy);
    CHECK_FALSE(cabinet.card("CARD-1"));
    cabinet.size(SizeClass::small);
    cabinet.put(1);
    shut(cabinet, 1);
    CHECK(cabinet.facts(FactKind::return_stored).front().sealed == "sealed-CARD-1");
}

TEST_CASE("a sensor that comes to itself while somebody is asked is believed") {
    Rig cabinet;
    cabinet.bring("CARD-1");
    shut(cabinet, 1);
    REQUIRE(cabinet.screen() == "sensed_empty 1");
    cabinet.feed(core::Sensed{
        {.compartment = CompartmentNumber{1}, .occupancy = protocol::Occupancy::occupied}});
    CHECK_FALSE(cabinet.answer(Answer::later));
    CHECK(cabinet.returns() == "1 stored");
    CHECK(cabinet.screen() == "return_thanks");
}

TEST_CASE("who commissions has the time to walk round the cabinet") {
    Rig cabinet;
    log_in_staff(cabinet);
    test_locks(cabinet, protocol::TestKind::commissioning);
    CHECK(cabinet.step() == "which_door 1");
    cabinet.wait(9min);
    CHECK(cabinet.step() == "which_door 1");
    cabinet.wait(2min);
    CHECK(cabinet.report().ended_by == Reason::nobody_there);
}

TEST_CASE("a reservation that ends behind a door that staff left open ends their session once") {
    Rig cabinet;
    cabinet.assign();
    REQUIRE(cabinet.place("D-1") == 1);
    for (const int other : {2, 3, 4, 5}) {
        cabinet.send(
            protocol::SetService{.compartment = CompartmentNumber(other), .in_service = false});
    }
    log_in_staff(cabinet);
    CHECK_FALSE(open(cabinet, 1));
    cabinet.put(1);
    cabinet.wait(2h);
    shut(cabinet, 1);
    CHECK(cabinet.state("D-1") == DeliveryState::not_deposited);
    CHECK(cabinet.screen() == "start");
}
