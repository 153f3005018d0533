// A delivery's life at the cabinet, as transcripts.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;

TEST_CASE("a parcel is assigned, dropped off and collected") {
    Rig cabinet;
    cabinet.grant_courier();
    std::ignore = cabinet.story();

    CHECK_FALSE(cabinet.assign({.id = "D-1", .code = "11112222"}));
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::leave);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);

    CHECK(cabinet.story() ==
          "command C-2 assign by dispatch -> assigned 1 D-1 command C-2 x3; reply C-2 ok\n"
          "choose D-1 -> unlock_authorised 1 D-1 #1 deposit by code; pulse 1 #1 try 1; lamp 1 on\n"
          "sensed 1 open empty -> opened 1 D-1 #1\n"
          "sensed 1 shut occupied -> closed 1 #1; lamp 1 off\n"
          "deadline -> deposited 1 D-1 #1 by code x3\n"
          "code -> unlock_authorised 1 D-1 #2 pickup by code; pulse 1 #2 try 1; lamp 1 on\n"
          "sensed 1 open occupied -> opened 1 D-1 #2\n"
          "sensed 1 shut empty -> closed 1 #2; lamp 1 off\n"
          "deadline -> collected 1 D-1 #2 by code x3\n");
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
    CHECK(cabinet.screen() == "thanks");
}

namespace {

// A cabinet with a courier's credential, in which D-1 lies in compartment 1.
void store_in_1(Rig& cabinet, const Parcel& parcel = {}) {
    cabinet.grant_courier();
    cabinet.assign(parcel);
    cabinet.code("900001");
    cabinet.choose(parcel.id);
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::leave);
    std::ignore = cabinet.story();
}

}  // namespace

TEST_CASE(
    "a door that does not open is pulsed three times and is then jammed, and the book stays") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.jammed = {1};
    const int before = cabinet.pulses(1);

    cabinet.code("11112222");
    cabinet.wait(10s);

    CHECK(cabinet.pulses(1) - before == 3);
    CHECK(cabinet.facts(FactKind::jammed).size() == 1);
    CHECK(cabinet.screen() == "not_opened 1");
    CHECK(cabinet.state("D-1") == DeliveryState::stored);

    SECTION("a jam uses nothing up: asked again, the freed lock opens") {
        cabinet.jammed = {};
        cabinet.answer(Answer::again);
        CHECK(cabinet.screen() == "open 1");
        CHECK(cabinet.facts(FactKind::unjammed).size() == 1);
        cabinet.take(1);
        cabinet.shut(1);
        cabinet.wait(1s);
        CHECK(cabinet.state("D-1") == DeliveryState::collected);
    }
    SECTION("a hand that frees the door late still collects under the same leave") {
        cabinet.force(1);
        CHECK(cabinet.facts(FactKind::forced).empty());
        CHECK(cabinet.state("D-1") == DeliveryState::collecting);
    }
}

TEST_CASE("a jam at the drop-off gives the parcel another door at once") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.jammed = {1};
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.wait(10s);

    CHECK(cabinet.facts(FactKind::reassigned).size() == 1);
    REQUIRE(cabinet.facts(FactKind::service_changed).size() == 1);
    CHECK(cabinet.facts(FactKind::service_changed)[0].detail == "out");
    CHECK(cabinet.place("D-1") != 1);
    CHECK(cabinet.screen() == "open 4 (jammed)");
    CHECK_FALSE(cabinet.free(1));
}

TEST_CASE("a drop-off that is shut empty is asked about, and the reservation stays") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.screen() == "sensed_empty 1");
    CHECK(cabinet.answer(Answer::done) == Reason::sensed_empty);
    CHECK_FALSE(cabinet.answer(Answer::later));
    CHECK(cabinet.state("D-1") == DeliveryState::assigned);
    CHECK(cabinet.screen() == "courier_list");
}

TEST_CASE("a parcel that does not fit gets the next size at once, or goes back with the courier") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.answer(Answer::too_large);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.place("D-1") == 3);
    CHECK(cabinet.screen() == "open 3 (too_large)");
    CHECK(cabinet.free(1));

    cabinet.answer(Answer::too_large);
    cabinet.shut(3);
    cabinet.wait(1s);
    CHECK(cabinet.place("D-1") == 5);
    cabinet.answer(Answer::too_large);
    cabinet.shut(5);
    cabinet.wait(1s);
    CHECK(cabinet.state("D-1") == DeliveryState::not_deposited);
    CHECK(cabinet.screen() == "courier_list (too_large)");
}

TEST_CASE("the next size is that of a larger door, whatever size the parcel was said to have") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign({.id = "D-1", .code = "10000001"});
    cabinet.assign({.id = "D-2", .code = "10000002"});
    cabinet.assign({.id = "D-4", .code = "10000004"});
    cabinet.assign({.id = "D-3"});
    REQUIRE(cabinet.place("D-3") == 3);  // a small one, behind a medium door
    cabinet.code("900001");
    cabinet.choose("D-3");
    cabinet.answer(Answer::too_large);
    cabinet.shut(3);
    cabinet.wait(1s);
    CHECK(cabinet.screen() == "open 5 (too_large)");
}

TEST_CASE("without a sensor the courier's word stores, and silence is a dispute") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign({.id = "D-0", .code = "10000000"});
    cabinet.assign({.id = "D-1", .code = "10000001"});  // compartment 4 has no sensor
    REQUIRE(cabinet.place("D-1") == 4);
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.shut(4);
    cabinet.wait(1s);
    CHECK(cabinet.screen() == "confirm_deposit 4");
    SECTION("confirmed") {
        cabinet.answer(Answer::done);
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
    }
    SECTION("gone without a word") {
        cabinet.wait(30s);
        CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    }
}

TEST_CASE("a patron who leaves books behind is asked, and the code opens again") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.screen() == "still_occupied 1");
    SECTION("opened again and taken") {
        cabinet.answer(Answer::again);
        cabinet.take(1);
        cabinet.shut(1);
        cabinet.wait(1s);
        CHECK(cabinet.state("D-1") == DeliveryState::collected);
    }
    SECTION("said to be taken: on the operators' list, and still the patron's") {
        cabinet.answer(Answer::done);
        CHECK(cabinet.state("D-1") == DeliveryState::disputed);
        CHECK(cabinet.facts(FactKind::left_behind).size() == 1);
        CHECK_FALSE(cabinet.code("11112222"));
    }
    SECTION("walked away: the books are there as before") {
        cabinet.wait(30s);
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
        CHECK(cabinet.screen() == "start");
    }
    SECTION("more time asked for: the question waits anew, and nothing is decided") {
        cabinet.wait(29s);
        std::ignore = cabinet.story();
        CHECK_FALSE(cabinet.answer(Answer::stay));
        cabinet.wait(29s);
        CHECK(cabinet.screen() == "still_occupied 1");
        CHECK(cabinet.story().empty());
        cabinet.wait(1s);
        CHECK(cabinet.screen() == "start");
    }
}

TEST_CASE("more time can be had at the courier's list, and not at an open door or after thanks") {
    Rig cabinet;
    store_in_1(cabinet);
    CHECK(cabinet.answer(Answer::stay) == Reason::no_session);
    cabinet.code("900001");
    cabinet.wait(59s);
    CHECK_FALSE(cabinet.answer(Answer::stay));
    cabinet.wait(59s);
    CHECK(cabinet.screen() == "courier_list");
    cabinet.answer(Answer::leave);
    cabinet.code("11112222");
    CHECK_FALSE(cabinet.answer(Answer::stay));
    CHECK(cabinet.screen() == "open 1");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK_FALSE(cabinet.answer(Answer::stay));
    cabinet.wait(8s);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("after a pickup the same code opens the same door within the grace, and not after it") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(10s);
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "open 1");
    cabinet.shut(1);
    cabinet.wait(2min);
    CHECK(cabinet.code("11112222") == Reason::code_unknown);
    CHECK_FALSE(cabinet.assign({.id = "D-2", .code = "22222222"}));
    CHECK(cabinet.place("D-2") == 1);
}

TEST_CASE("no compartment is given away while its reopening grace runs") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(5s);
    cabinet.assign({.id = "D-2", .code = "22222222"});
    CHECK(cabinet.place("D-2") != 1);
}

TEST_CASE("a card opens all of its patron's doors, one after the other") {
    Rig cabinet;
    store_in_1(cabinet, {.cards = {"CARD"}});
    cabinet.assign({.id = "D-2", .code = "33334444", .cards = {"CARD"}, .size = SizeClass::medium});
    cabinet.code("900001");
    cabinet.choose("D-2");
    cabinet.put(3);
    cabinet.shut(3);
    cabinet.wait(1s);
    cabinet.answer(Answer::leave);

    cabinet.card("CARD");
    CHECK(cabinet.screen() == "open 1");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.screen() == "open 3");
    cabinet.take(3);
    cabinet.shut(3);
    cabinet.wait(1s);
    CHECK(cabinet.screen() == "thanks");
    CHECK(cabinet.state("D-2") == DeliveryState::collected);
}

TEST_CASE("a patron may cut in while the courier looks at the list") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.assign({.id = "D-2", .code = "33334444"});
    cabinet.code("900001");
    const auto waits = [&] { return cabinet.cabinet.screen(cabinet.now).waits; };
    CHECK_FALSE(waits());
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(waits() == lucheng::protocol::PersonRole::courier);
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(20s);
    CHECK(cabinet.screen() == "courier_list");
    CHECK_FALSE(waits());
    CHECK_FALSE(cabinet.choose("D-2"));
}

TEST_CASE("nobody interrupts a patron whose door is about to open") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.assign({.id = "D-2", .code = "33334444"});
    cabinet.pulses_answered = false;
    cabinet.code("11112222");
    CHECK(cabinet.code("900001") == Reason::busy);
    CHECK(cabinet.card("COURIER") == Reason::busy);
}

TEST_CASE("a recalled delivery no longer opens for its patron, and the courier takes it back") {
    Rig cabinet;
    store_in_1(cabinet);
    CHECK_FALSE(cabinet.send(
        lucheng::protocol::Recall{DeliveryId::of("D-1"), lucheng::protocol::Revision{2}}));
    CHECK(cabinet.code("11112222") == Reason::code_unknown);
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.state("D-1") == DeliveryState::recalled);
    CHECK(cabinet.free(1));
}

TEST_CASE("a delivery expires when its time is over, and may still be collected") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.wait(72h);
    CHECK(cabinet.state("D-1") == DeliveryState::expired);
    cabinet.code("11112222");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.facts(FactKind::collected_late).size() == 1);
}

TEST_CASE("no deadline passes while the door could not have opened") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.send(lucheng::protocol::SetService{CompartmentNumber{1}, false});
    cabinet.wait(80h);
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
    cabinet.send(lucheng::protocol::SetService{CompartmentNumber{1}, true});
    cabinet.wait(23h);
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
    cabinet.wait(2h);
    CHECK(cabinet.state("D-1") == DeliveryState::expired);
}

TEST_CASE("an untrusted clock lets nothing expire") {
    Rig cabinet;
    store_in_1(cabinet);
    cabinet.now.trusted = false;
    cabinet.now.wall += 24h * 365;
    cabinet.wait(100h);
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
}
