// Books that do not fit, and doors behind which a patron finds something.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;

TEST_CASE("books that do not fit go behind a larger door at once, but only once") {
    const bool said_when_shut = GENERATE(false, true);
    Rig cabinet;
    cabinet.bring("CARD-1");
    if (!said_when_shut) CHECK_FALSE(cabinet.answer(Answer::too_large));
    cabinet.shut(1);
    cabinet.wait(2s);
    if (said_when_shut) {
        CHECK(cabinet.screen() == "sensed_empty 1");
        CHECK_FALSE(cabinet.answer(Answer::too_large));
        cabinet.wait(1s);
    }
    CHECK(cabinet.screen() == "open 3 (too_large)");
    CHECK(cabinet.returns() == "3 open");
    CHECK(cabinet.free(1));
    SECTION("and in they go") {
        cabinet.put(3);
        cabinet.shut(3);
        cabinet.wait(2s);
        CHECK(cabinet.screen() == "return_thanks");
        CHECK(cabinet.returns() == "3 stored");
        CHECK(cabinet.facts(FactKind::return_stored).front().sealed == "sealed-CARD-1");
    }
    SECTION("no third door") {
        CHECK_FALSE(cabinet.answer(Answer::too_large));
        cabinet.shut(3);
        cabinet.wait(2s);
        CHECK(cabinet.screen() == "start (too_large)");
        CHECK(cabinet.cabinet.screen(cabinet.now).notice->argument == "the library");
        CHECK(cabinet.returns().empty());
        CHECK(cabinet.free(3));
    }
}

TEST_CASE("what was too large and lies inside after all is a return") {
    Rig cabinet;
    cabinet.bring("CARD-1");
    CHECK_FALSE(cabinet.answer(Answer::too_large));
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "return_thanks");
    CHECK(cabinet.returns() == "1 stored");
}

TEST_CASE("nothing is larger than the largest") {
    Rig cabinet;
    cabinet.bring("CARD-1", SizeClass::large);
    CHECK(cabinet.screen() == "open 5");
    CHECK_FALSE(cabinet.answer(Answer::too_large));
    cabinet.shut(5);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "start (too_large)");
    CHECK(cabinet.returns().empty());
}

TEST_CASE("a patron who finds something behind the door gets another, and staff must look") {
    Rig cabinet{without_sensors()};
    cabinet.bring("CARD-1");
    CHECK_FALSE(cabinet.answer(Answer::still_there));
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "open 4 (sensed_occupied)");
    CHECK(cabinet.returns() == "4 open");
    CHECK(cabinet.facts(FactKind::occupancy_mismatch).size() == 1);
    CHECK_FALSE(cabinet.free(1));
    SECTION("and his books lie behind that one") {
        cabinet.put(4);
        cabinet.shut(4);
        cabinet.wait(2s);
        cabinet.answer(Answer::done);
        CHECK(cabinet.returns() == "4 stored");
    }
    SECTION("whoever finds something behind every door gets no third") {
        CHECK_FALSE(cabinet.answer(Answer::still_there));
        cabinet.shut(4);
        cabinet.wait(2s);
        CHECK(cabinet.screen() == "start (returns_full)");
        CHECK(cabinet.returns().empty());
        CHECK_FALSE(cabinet.free(4));
    }
    cabinet.reboot();
    CHECK_FALSE(cabinet.free(1));
}

TEST_CASE("what the sensor says of a door where something was found") {
    Rig cabinet;
    cabinet.bring("CARD-1");
    CHECK_FALSE(cabinet.answer(Answer::still_there));
    SECTION("something is there: nobody's") {
        cabinet.put(1);
        cabinet.shut(1);
        cabinet.wait(2s);
        CHECK_FALSE(cabinet.free(1));
        CHECK(cabinet.facts(FactKind::occupancy_mismatch).size() == 1);
    }
    SECTION("nothing is: its word stands") {
        cabinet.shut(1);
        cabinet.wait(2s);
        CHECK(cabinet.free(1));
        CHECK(cabinet.facts(FactKind::occupancy_mismatch).empty());
    }
    CHECK(cabinet.screen() == "open 4 (sensed_occupied)");
}

TEST_CASE("who left a door of a return open gets no other one by a word") {
    Rig cabinet;
    cabinet.bring("CARD-1");
    CHECK_FALSE(cabinet.answer(Answer::too_large));
    cabinet.wait(3min);
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.pulses(3) == 0);
    CHECK(cabinet.screen() == "start (too_large)");
    CHECK(cabinet.returns().empty());
}

TEST_CASE("doors that were found wanting count as opened in vain") {
    Rig cabinet;
    for (int round = 0; round < 3; ++round) {
        CHECK_FALSE(cabinet.bring("CARD-1"));
        CHECK_FALSE(cabinet.answer(Answer::too_large));
        cabinet.shut(1);
        cabinet.wait(2s);
        CHECK_FALSE(cabinet.answer(Answer::too_large));
        cabinet.shut(3);
        cabinet.wait(30s);
    }
    CHECK(cabinet.bring_back() == Reason::returns_full);
}

TEST_CASE("of a door that a return stands before nothing else is said") {
    Rig cabinet;
    cabinet.bring("CARD-1");
    for (const Answer answer : {Answer::damaged, Answer::done, Answer::again, Answer::later,
                                Answer::missing, Answer::leave}) {
        CHECK(cabinet.answer(answer) == Reason::wrong_session);
    }
    CHECK(cabinet.returns() == "1 open");
}
