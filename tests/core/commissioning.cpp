// What a person with the number on the door finds, and no self-test could.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
using lucheng::protocol::TestKind;
using lucheng::protocol::TestWord;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

void begin(Rig& cabinet) { REQUIRE_FALSE(cabinet.test(TestKind::commissioning)); }

// Looks which door stands open, types its number, and shuts it.
void confirm(Rig& cabinet, int number, int door) {
    INFO(cabinet.step());
    CHECK(cabinet.step() == "which_door " + std::to_string(number));
    CHECK_FALSE(cabinet.say(number, TestWord::door, door));
    cabinet.shut(door);
    cabinet.wait(1s);
}

}  // namespace

TEST_CASE("commissioning pulses every lock, and is well when every door has its number") {
    Rig cabinet;
    begin(cabinet);
    for (const int number : {1, 2, 3, 4, 5}) confirm(cabinet, number, number);
    CHECK(cabinet.step() == "over");
    CHECK(cabinet.found().empty());
    const auto facts = cabinet.facts(FactKind::commissioned);
    REQUIRE(facts.size() == 6);
    CHECK(core::describe(facts.back()) == "commissioned by local x0 5/5");
    for (const int number : {1, 2, 3, 4, 5}) CHECK(cabinet.free(number));
}

TEST_CASE("two pairs of lock and switch swapped together pass the self-test, not commissioning") {
    Rig cabinet;
    cabinet.lock_to = cabinet.switch_to = {{1, 2}, {2, 1}};
    SECTION("the self-test sees nothing") {
        REQUIRE_FALSE(cabinet.test(TestKind::self_test, {{CompartmentNumber{1}}}));
        cabinet.shut(2);
        cabinet.wait(1s);
        CHECK(cabinet.step() == "over");
        CHECK(cabinet.found().empty());
    }
    SECTION("the person sees another number") {
        begin(cabinet);
        confirm(cabinet, 1, 2);
        confirm(cabinet, 2, 1);
        for (const int number : {3, 4, 5}) confirm(cabinet, number, number);
        CHECK(cabinet.found() == "1 pair_swapped 2; 2 pair_swapped 1");
        CHECK_FALSE(cabinet.free(1));
        CHECK_FALSE(cabinet.free(2));
        CHECK(core::describe(cabinet.facts(FactKind::commissioned).front()) ==
              "commissioned 1 by local (pair_swapped) 2");
    }
}

TEST_CASE("a lock that opens another door is told from a switch that tells of another") {
    Rig cabinet;
    SECTION("locks") {
        cabinet.lock_to = {{1, 2}, {2, 1}};
        begin(cabinet);
        cabinet.wait(9s);
        confirm(cabinet, 1, 2);
        cabinet.wait(9s);
        confirm(cabinet, 2, 1);
        CHECK(cabinet.found() == "1 lock_swapped 2; 2 lock_swapped 1");
    }
    SECTION("switches") {
        cabinet.switch_to = {{1, 2}, {2, 1}};
        begin(cabinet);
        cabinet.wait(9s);
        confirm(cabinet, 1, 1);
        cabinet.wait(9s);
        confirm(cabinet, 2, 2);
        CHECK(cabinet.found() == "1 switch_swapped 2; 2 switch_swapped 1");
    }
    CHECK(cabinet.step() == "which_door 3");
}

TEST_CASE("in commissioning a dead lock, a dead switch and two doors at once have names") {
    Rig cabinet;
    cabinet.jammed = {1};
    cabinet.dead = {2};
    begin(cabinet);
    cabinet.wait(9s);
    CHECK_FALSE(cabinet.say(1, TestWord::none));
    cabinet.wait(9s);
    confirm(cabinet, 2, 2);
    CHECK_FALSE(cabinet.say(3, TestWord::two));
    cabinet.shut(3);
    cabinet.wait(1s);
    CHECK_FALSE(cabinet.say(4, TestWord::none));  // the switch alone moved
    cabinet.shut(4);
    cabinet.wait(1s);
    confirm(cabinet, 5, 5);
    CHECK(cabinet.found() == "1 jammed; 2 switch_stuck; 3 two_opened; 4 door_fault");
    CHECK(cabinet.facts(FactKind::commissioned).back().count == 4);
}

TEST_CASE("an inverted switch is found in commissioning as well") {
    Rig cabinet;
    cabinet.inverted = {1};
    cabinet.reboot();
    begin(cabinet);
    CHECK_FALSE(cabinet.say(1, TestWord::shut));
    confirm(cabinet, 1, 1);
    CHECK(cabinet.found() == "1 switch_inverted");
}

TEST_CASE("commissioning waits ten minutes for an answer, and then ends") {
    Rig cabinet;
    begin(cabinet);
    cabinet.wait(9min);
    CHECK(cabinet.step() == "which_door 1");
    CHECK(cabinet.say(1, TestWord::door, 99) == Reason::unknown_compartment);
    cabinet.wait(1min);
    CHECK(cabinet.report().ended_by == Reason::nobody_there);
    CHECK(cabinet.pulses(2) == 0);
}
