// Errands that cross each other: a command, a fault or another person in the middle of one.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

void store(Rig& cabinet, const std::string& id, int door) {
    cabinet.code("900001");
    cabinet.choose(id);
    cabinet.put(door);
    cabinet.shut(door);
    cabinet.wait(1s);
    if (cabinet.screen().starts_with("confirm_deposit")) cabinet.answer(Answer::done);
    REQUIRE_FALSE(cabinet.answer(Answer::leave));
    REQUIRE(cabinet.state(id) == DeliveryState::stored);
}

void store_in_1(Rig& cabinet, const Parcel& parcel = {}) {
    cabinet.grant_courier();
    cabinet.assign(parcel);
    store(cabinet, parcel.id, 1);
}

std::optional<Reason> recall(Rig& cabinet, const std::string& id) {
    return cabinet.send(protocol::Recall{DeliveryId::of(id), protocol::Revision{2}});
}

// D-1 reserved in compartment 4, which has no sensor; the courier has shut its door.
void shut_4_without_sensor(Rig& cabinet) {
    cabinet.grant_courier();
    cabinet.assign({.id = "A", .code = "00000001"});
    cabinet.assign({.id = "D-1", .code = "11112222"});
    REQUIRE(cabinet.place("D-1") == 4);
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.shut(4);
    cabinet.wait(1s);
    REQUIRE(cabinet.screen() == "confirm_deposit 4");
}

}  // namespace

TEST_CASE("a delivery cancelled while the courier is asked stays cancelled, whatever is answered") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.shut(1);
    cabinet.wait(1s);
    REQUIRE_FALSE(cabinet.cancel("D-1", 2));
    const int pulses = cabinet.pulses(1);
    SECTION("later") { CHECK(cabinet.answer(Answer::later) == Reason::wrong_state); }
    SECTION("too large") { CHECK(cabinet.answer(Answer::too_large) == Reason::wrong_state); }
    SECTION("again") { CHECK(cabinet.answer(Answer::again) == Reason::wrong_state); }
    SECTION("nothing") { cabinet.wait(1min); }
    CHECK(cabinet.state("D-1") == DeliveryState::cancelled);
    CHECK_FALSE(cabinet.place("D-1"));
    CHECK(cabinet.pulses(1) == pulses);
}

TEST_CASE(
    "a tombstone that is forgotten in the turn that assigns it again does not take it along") {
    Rig cabinet;
    cabinet.assign();
    cabinet.cancel("D-1", 2);
    cabinet.wait(192h);
    CHECK_FALSE(cabinet.assign({.id = "D-1", .revision = 3}));
    cabinet.reboot();
    CHECK(cabinet.state("D-1") == DeliveryState::assigned);
}

TEST_CASE("a full memory of commands empties with time") {
    auto spec = usual_spec();
    spec.limits.remembered_commands = 5;
    Rig cabinet{spec};
    for (int i = 0; i < 5; ++i) CHECK_FALSE(cabinet.send(protocol::Snapshot{}));
    CHECK(cabinet.send(protocol::Snapshot{}) == Reason::too_many_commands);
    cabinet.wait(24h * 8);
    CHECK_FALSE(cabinet.send(protocol::Snapshot{}));
}

TEST_CASE("a jam when opening again leaves the delivery to its patron and to a recall") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.jammed = {1};
    cabinet.answer(Answer::again);
    cabinet.wait(2min);
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
    CHECK_FALSE(recall(cabinet, "D-1"));
}

TEST_CASE(
    "a deposit that nobody confirms ends on the operators' list, not in the courier's hands") {
    Rig cabinet;
    shut_4_without_sensor(cabinet);
    cabinet.pulses_answered = false;
    cabinet.answer(Answer::again);
    const auto last = cabinet.stored.cabinet.last_authorisation;
    cabinet.feed(core::PulseEnded{last, core::PulseEnd::lapsed});
    cabinet.wait(1h);
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);
}

TEST_CASE("a deposit confirmed by word is recorded under its own leave") {
    Rig cabinet;
    shut_4_without_sensor(cabinet);
    const auto leave = cabinet.facts(FactKind::unlock_authorised).back().authorisation;
    cabinet.send(protocol::Open{CompartmentNumber{1}});
    cabinet.answer(Answer::done);
    REQUIRE(cabinet.facts(FactKind::deposited).size() == 1);
    CHECK(cabinet.facts(FactKind::deposited).back().authorisation == leave);
}

TEST_CASE("no other door opens when a stranger shuts the one that was left open") {
    Rig cabinet;
    cabinet.grant_courier();
    SECTION("to a courier who said that his parcel does not fit") {
        cabinet.assign();
        cabinet.code("900001");
        cabinet.choose("D-1");
        REQUIRE_FALSE(cabinet.answer(Answer::still_there));
        cabinet.wait(2h);
        std::ignore = cabinet.story();
        cabinet.shut(1);
        cabinet.wait(2min);
        CHECK(cabinet.place("D-1") == 4);
        CHECK(cabinet.pulses(4) == 0);
        CHECK(cabinet.screen() == "start");
    }
    SECTION("to a patron with another delivery") {
        cabinet.assign({.id = "D-1", .code = "11112222", .group = "G"});
        cabinet.assign({.id = "D-2", .code = "11112222", .group = "G"});
        store(cabinet, "D-1", 1);
        cabinet.code("900001");
        cabinet.choose("D-2");
        cabinet.shut(4);
        cabinet.wait(1s);
        cabinet.answer(Answer::done);
        cabinet.answer(Answer::leave);
        const int pulses = cabinet.pulses(4);
        cabinet.code("11112222");
        cabinet.take(1);
        cabinet.wait(2h);
        cabinet.shut(1);
        cabinet.wait(2min);
        CHECK(cabinet.state("D-1") == DeliveryState::collected);
        CHECK(cabinet.pulses(4) == pulses);
        CHECK(cabinet.screen() == "start");
    }
}

TEST_CASE("a parcel behind a door that jams afterwards is not given another one") {
    Rig cabinet;
    shut_4_without_sensor(cabinet);
    cabinet.jammed = {4};
    cabinet.answer(Answer::again);
    cabinet.wait(11s);
    CHECK(cabinet.place("D-1") == 4);
}

TEST_CASE("a vanished chip under an open door does not keep the screen from everybody") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "chip"});
    CHECK_FALSE(cabinet.code("900001"));
}

TEST_CASE("a parcel put in after its reservation has moved is not stored where it is not") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.force(1);  // it had not caught
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::again);
    cabinet.wait(1min);
    CHECK(cabinet.facts(FactKind::deposited).empty());
    CHECK_FALSE(cabinet.free(1));
}

TEST_CASE("a stolen book is disputed and stays so, and a recall that finds nothing ends it") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.force(1);
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    REQUIRE(cabinet.state("D-1") == DeliveryState::disputed);
    cabinet.code("11112222");
    cabinet.shut(1);
    cabinet.wait(10s);
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    CHECK(cabinet.facts(FactKind::collected).empty());
    recall(cabinet, "D-1");
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.facts(FactKind::resolved).size() == 1);
    CHECK(cabinet.facts(FactKind::recalled).empty());
    CHECK(cabinet.free(1));
}

TEST_CASE("nothing is adopted into a compartment that its last patron may still open") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(10s);
    const protocol::Adopt adopt{
        .delivery = {.delivery = DeliveryId::of("D-9"), .patron = protocol::PersonId::of("P-9")},
        .compartment = CompartmentNumber{1}};
    CHECK(cabinet.send(adopt, {.code = secret("99998888")}) == Reason::compartment_busy);
}

TEST_CASE("a recall that comes between two doors of one patron keeps the second shut") {
    Rig cabinet;
    store_in_1(cabinet, {.group = "G"});
    cabinet.assign({.id = "D-2", .group = "G"});
    const auto second = cabinet.place("D-2");
    store(cabinet, "D-2", 4);
    REQUIRE(second == 4);
    cabinet.code("11112222");
    recall(cabinet, "D-2");
    const int pulses = cabinet.pulses(4);
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.pulses(4) == pulses);
}

TEST_CASE("a door that nobody could watch for longer than people stand there opens no other") {
    Rig cabinet;
    store_in_1(cabinet, {.group = "G"});
    cabinet.assign({.id = "D-2", .group = "G"});
    store(cabinet, "D-2", 4);
    const int pulses = cabinet.pulses(4);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.wait(30s);
    const auto back = [&](Door door) {
        cabinet.feed(core::HardwareBack{{{CompartmentNumber{1}, door, Occupancy::empty}}, "chip"});
    };
    cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "chip"});
    SECTION("while he is there") {
        cabinet.wait(29s);
        back(Door::shut);
        cabinet.wait(1s);
        CHECK(cabinet.pulses(4) == pulses + 1);
        CHECK(cabinet.screen() == "open 4");
    }
    SECTION("back shut") {
        cabinet.wait(30s);
        back(Door::shut);
        cabinet.wait(1s);
        CHECK(cabinet.pulses(4) == pulses);
        CHECK(cabinet.screen() == "start");
    }
    SECTION("back and still open, and gone again") {
        cabinet.wait(20s);
        back(Door::open);
        cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "chip"});
        cabinet.wait(10s);
        back(Door::shut);
        cabinet.wait(1s);
        CHECK(cabinet.pulses(4) == pulses);
        CHECK(cabinet.facts(FactKind::ajar).empty());
    }
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
}

TEST_CASE("a child at the help button hides no forced door") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.code("900001");
    for (int i = 0; i < 50; ++i) cabinet.answer(Answer::help);
    cabinet.force(1);
    CHECK(cabinet.facts(FactKind::forced).size() == 1);
}

TEST_CASE("a door that flaps within one opening fills no journal") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    const auto before = cabinet.facts(FactKind::closed).size();
    for (int i = 0; i < 1'000; ++i) {
        cabinet.shut(1);
        cabinet.wait(20ms);
        cabinet.force(1);
        cabinet.wait(20ms);
    }
    CHECK(cabinet.facts(FactKind::closed).size() - before <= 21);
}

TEST_CASE("a forced door whose chip vanished and returned is looked behind and free again") {
    Rig cabinet;
    cabinet.force(1);
    cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "chip"});
    cabinet.feed(
        core::HardwareBack{{{CompartmentNumber{1}, Door::shut, Occupancy::empty}}, "chip"});
    cabinet.wait(1s);
    cabinet.assign();
    CHECK(cabinet.place("D-1") == 1);
}

TEST_CASE("staff who put a compartment without a sensor in service say that it is empty") {
    Rig cabinet;
    cabinet.send(protocol::Open{CompartmentNumber{4}});
    cabinet.shut(4);
    cabinet.wait(1s);
    REQUIRE_FALSE(cabinet.free(4));
    cabinet.send(protocol::SetService{CompartmentNumber{4}, true});
    CHECK(cabinet.free(4));
}

TEST_CASE("a reopening after its tombstone was forgotten is served all the same") {
    Rig cabinet;
    store_in_1(cabinet, {.pickup_by = core::WallTime{500'600h}});
    cabinet.wait(192h);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.send(protocol::Snapshot{});
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "open 1");
}

TEST_CASE("a courier whose leave was revoked opens no further door") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.send(protocol::Revoke{protocol::PersonId::of("courier-7")});
    CHECK(cabinet.choose("D-1") == Reason::no_session);
    CHECK(cabinet.pulses(1) == 0);
}

TEST_CASE("a courier finds his list again after two patrons, one straight after the other") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("900001");
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    REQUIRE(cabinet.screen() == "thanks");
    cabinet.code("11112222");  // something was forgotten inside
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::done);
    CHECK(cabinet.screen() == "courier_list");
}

TEST_CASE("a door that did not catch is open again on the screen and by its lamp") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    cabinet.shut(1);
    REQUIRE(cabinet.screen() == "settling 1");
    cabinet.force(1);  // it had not caught
    CHECK(cabinet.screen() == "open 1");
    CHECK(cabinet.lamp(1));
    cabinet.wait(1min);
    CHECK(cabinet.screen() == "left_open 1");
}

TEST_CASE("a parcel put behind another open door is said there, until it is taken out") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.force(2);
    REQUIRE(cabinet.screen() == "open 1");
    cabinet.put(2);
    CHECK(cabinet.screen() == "open 1 (wrong_compartment)");
    REQUIRE(cabinet.facts(FactKind::wrong_compartment).size() == 1);
    CHECK(cabinet.facts(FactKind::wrong_compartment)[0].compartment == CompartmentNumber{2});
    SECTION("and while the courier is asked about the door that is meant") {
        cabinet.shut(1);
        cabinet.wait(1s);
        CHECK(cabinet.screen() == "sensed_empty 1 (wrong_compartment)");
        cabinet.answer(Answer::again);
        CHECK(cabinet.screen() == "open 1 (wrong_compartment)");
        cabinet.take(2);
        CHECK(cabinet.screen() == "open 1");
    }
    SECTION("or shut away, where it is nobody's") {
        cabinet.shut(2);
        CHECK(cabinet.screen() == "open 1");
        cabinet.wait(1s);
        CHECK(cabinet.facts(FactKind::occupancy_mismatch).size() == 1);
    }
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
}
