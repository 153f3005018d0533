// What ends a walk, or a door of it, before somebody has said what is there.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/walk_rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

TEST_CASE("a door without a sensor that nobody answers for is not known to be empty") {
    Rig cabinet;
    deposit(cabinet, {.id = "D-1", .code = "11112222"});
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    for (const int door : {1, 2, 3}) CHECK_FALSE(say_of(cabinet, door));
    SECTION("they skip it") {
        CHECK_FALSE(say_of(cabinet, 4, Answer::later));
        CHECK(cabinet.screen() == "open 5");
    }
    SECTION("they walk off") {
        shut(cabinet, 4);
        cabinet.wait(1min);
        CHECK(cabinet.screen() == "start");
        CHECK(told(cabinet) == "walked part 3/0/0/0 (nobody_there)");
    }
    SECTION("the power goes while they are asked") {
        shut(cabinet, 4);
        REQUIRE(cabinet.screen() == "walk_question 4");
        cabinet.reboot();
        CHECK(told(cabinet).empty());
    }
    SECTION("the power goes while it stands open") {
        cabinet.silently_shut(4);
        cabinet.reboot();
    }
    SECTION("it sticks when they want to look again") {
        shut(cabinet, 4);
        cabinet.jammed = {4};
        CHECK_FALSE(cabinet.answer(Answer::again));
        cabinet.wait(20s);
        CHECK(cabinet.screen() == "not_opened 4");
        CHECK_FALSE(cabinet.free(4));  // by now: a power cut would leave it so
        CHECK_FALSE(cabinet.answer(Answer::later));
        CHECK(cabinet.screen() == "open 5");
        say_of(cabinet, 5);
        CHECK(report_of(cabinet) == "4 of 5, 4 skipped (jammed)");
    }
    CHECK_FALSE(cabinet.free(4));
    CHECK(cabinet.stored.compartments.at(CompartmentNumber{4}).unexplained);
    for (const int door : {2, 3}) CHECK(cabinet.free(door));
}

TEST_CASE("a compartment that cannot be opened is skipped, and says why") {
    Rig cabinet;
    log_in(cabinet);
    cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "chip"});
    cabinet.send(protocol::Open{CompartmentNumber{3}});
    cabinet.jammed = {2};
    REQUIRE_FALSE(walk(cabinet));
    cabinet.wait(20s);
    CHECK(cabinet.screen() == "not_opened 2");
    CHECK(cabinet.pulses(2) == 3);
    SECTION("it stays shut") {
        CHECK_FALSE(cabinet.answer(Answer::again));
        cabinet.wait(20s);
        CHECK(cabinet.pulses(2) == 6);
        CHECK_FALSE(cabinet.answer(Answer::later));
        say_of(cabinet, 4);
        say_of(cabinet, 5);
        CHECK(
            report_of(cabinet) ==
            "2 of 5, 1 skipped (hardware_lost), 2 skipped (jammed), 3 skipped (compartment_busy)");
        CHECK(told(cabinet) ==
              "walk_found 1 skipped (hardware_lost); walk_found 2 skipped (jammed); "
              "walk_found 3 skipped (compartment_busy); walked part 2/0/0/3");
    }
    SECTION("a hand frees it") {
        cabinet.force(2);
        CHECK_FALSE(say_of(cabinet, 2));
        CHECK(cabinet.screen() == "open 4");
    }
    SECTION("they end the walk there") {
        CHECK_FALSE(cabinet.answer(Answer::leave));
        CHECK(report_of(cabinet) == "0 of 5, 1 skipped (hardware_lost), 2 skipped (jammed)");
    }
    SECTION("nobody answers") {
        cabinet.wait(1min);
        CHECK_FALSE(screen_of(cabinet).role);
        CHECK(told(cabinet) ==
              "walk_found 1 skipped (hardware_lost); walked part 0/0/0/1 (nobody_there)");
    }
}

TEST_CASE("a walk ends with the leave of who walks, and no further door opens") {
    Rig cabinet;
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK_FALSE(say_of(cabinet, 1));
    const auto revoke = [&] { cabinet.send(protocol::Revoke{staff_person}); };
    SECTION("at an open door") {
        revoke();
        shut(cabinet, 2);
    }
    SECTION("at the question") {
        shut(cabinet, 2);
        revoke();
        CHECK(cabinet.answer(Answer::done) == Reason::no_session);
    }
    SECTION("at a jam") {
        cabinet.jammed = {3};
        say_of(cabinet, 2);
        cabinet.wait(20s);
        revoke();
        CHECK(cabinet.answer(Answer::again) == Reason::no_session);
    }
    CHECK(cabinet.screen() == "start");
    const auto found = cabinet.facts(FactKind::walked);
    REQUIRE(found.size() == 1);
    CHECK(found.front().reason == Reason::nobody_there);
    CHECK(cabinet.pulses(4) == 0);
    CHECK(cabinet.free(2));
    CHECK(cabinet.stored.authorisations.empty());
}

TEST_CASE("who shuts the door that a walk left open is asked nothing and gets no other") {
    Rig cabinet;
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    for (const int door : {1, 2, 3}) CHECK_FALSE(say_of(cabinet, door));
    cabinet.wait(2h);
    CHECK(cabinet.screen() == "left_open 4");
    shut(cabinet, 4);
    CHECK(cabinet.screen() == "start");
    CHECK(told(cabinet) == "walked part 3/0/0/0 (nobody_there)");
    CHECK_FALSE(cabinet.free(4));
    CHECK(cabinet.pulses(5) == 0);
}

TEST_CASE("a patron who comes while a walk's door sticks is served, and the walk is over") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.jammed = {2};
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK(cabinet.code("11112222") == Reason::busy);  // a door is open
    CHECK_FALSE(say_of(cabinet, 1));
    cabinet.wait(20s);
    REQUIRE(cabinet.screen() == "not_opened 2");
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "open 1");
    CHECK(told(cabinet) == "walked part 1/0/0/0 (nobody_there)");
    cabinet.take(1);
    shut(cabinet, 1);
    cabinet.wait(10s);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("a patron who comes while a report is read is served, and the report is there again") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK_FALSE(say_of(cabinet, 1, Answer::leave));
    CHECK_FALSE(cabinet.code("11112222"));
    cabinet.take(1);
    shut(cabinet, 1);
    CHECK(cabinet.screen() == "thanks");
    cabinet.wait(9s);
    CHECK(cabinet.screen() == "walk_report");
    CHECK(report_of(cabinet) == "0 of 5, 1 skipped D-1");
    cabinet.wait(40s);  // nobody answers: the list, and then the start
    CHECK(cabinet.screen() == "courier_list");
    cabinet.wait(2min);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("a power cut ends a walk: what was found stands, and nothing is pulsed") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    cabinet.take(1);
    CHECK_FALSE(say_of(cabinet, 1, Answer::missing));
    std::vector<int> before;
    for (const int door : {1, 2, 3, 4, 5}) before.push_back(cabinet.pulses(door));
    cabinet.reboot();
    for (const int door : {1, 2, 3, 4, 5}) {
        CHECK(cabinet.pulses(door) == before.at(static_cast<std::size_t>(door) - 1));
    }
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    CHECK(told(cabinet) == "walk_found 1 missing");
    CHECK(cabinet.screen() == "start");
    shut(cabinet, 2);
    CHECK(cabinet.screen() == "start");
    CHECK(cabinet.free(2));
}

TEST_CASE("a disk that fills up in the middle of a walk ends it before the next door") {
    Rig cabinet;
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    cabinet.feed(core::StoreSpace{true});
    CHECK_FALSE(say_of(cabinet, 1));
    CHECK(cabinet.screen() == "walk_report (store_full)");
    CHECK(report_of(cabinet) == "1 of 5");
    CHECK(told(cabinet) == "walked part 1/0/0/0 (store_full)");
}

TEST_CASE("a door that springs open again while its walk asks is told of as forced") {
    Rig cabinet;
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    shut(cabinet, 1);
    REQUIRE(cabinet.screen() == "walk_question 1");
    cabinet.force(1);
    CHECK(cabinet.facts(FactKind::forced).size() == 1);
    shut(cabinet, 1);
    CHECK(cabinet.screen() == "walk_question 1");
    CHECK_FALSE(cabinet.answer(Answer::done));
    CHECK(cabinet.free(1));
    CHECK(cabinet.screen() == "open 2");
}
