// What a self-test finds, and for whom it steps aside.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
using lucheng::protocol::SelfTest;
using lucheng::protocol::TestKind;
using lucheng::protocol::TestWord;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

SelfTest only(std::initializer_list<int> numbers) {
    SelfTest what;
    for (const int number : numbers) what.compartments.push_back(CompartmentNumber(number));
    return what;
}

void begin(Rig& cabinet, SelfTest what = {}) {
    REQUIRE_FALSE(cabinet.test(TestKind::self_test, std::move(what)));
}

// The technician shuts the door that stands open, and waits until it has settled.
void shut(Rig& cabinet, int number) {
    INFO(cabinet.step());
    CHECK(cabinet.step() == "shut " + std::to_string(number));
    cabinet.shut(number);
    cabinet.wait(1s);
}

std::optional<Reason> service_of(const Rig& cabinet, int number) {
    return cabinet.cabinet.ledger().compartments.at(CompartmentNumber(number)).out_of_service;
}

void deposit(Rig& cabinet) {
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::leave);
}

}  // namespace

TEST_CASE("a self-test opens one empty compartment after another, each when the last is shut") {
    Rig cabinet;
    begin(cabinet);
    CHECK(cabinet.pulses(1) == 1);
    CHECK(cabinet.pulses(2) == 0);
    for (const int number : {1, 2, 3}) shut(cabinet, number);
    shut(cabinet, 4);
    CHECK(cabinet.step() == "is_empty 4");
    CHECK_FALSE(cabinet.say(4, TestWord::empty));
    shut(cabinet, 5);
    CHECK(cabinet.step() == "over");
    CHECK(cabinet.found().empty());
    const auto facts = cabinet.facts(FactKind::self_tested);
    REQUIRE(facts.size() == 6);
    CHECK(core::describe(facts.front()) == "self_tested 1 by local");
    CHECK(core::describe(facts.back()) == "self_tested by local x0 5/5");
    CHECK(facts.back().person == protocol::PersonId::of("wang"));
    for (const int number : {1, 2, 3, 4, 5}) CHECK(cabinet.free(number));
    CHECK(cabinet.stored.authorisations.empty());
}

TEST_CASE("each opening of a self-test has a durable authorisation of its own") {
    Rig cabinet;
    begin(cabinet);
    const auto leave = cabinet.facts(FactKind::unlock_authorised);
    REQUIRE(leave.size() == 1);
    CHECK(leave.front().purpose == protocol::Purpose::inspection);
    CHECK(leave.front().means == protocol::Means::local);
    CHECK(cabinet.stored.authorisations.size() == 1);
}

TEST_CASE("a self-test tells a jammed lock from a dead switch by what the technician saw") {
    Rig cabinet;
    SECTION("no door opened") {
        cabinet.jammed = {2};
        begin(cabinet, only({2}));
        cabinet.wait(9s);
        CHECK(cabinet.step() == "which_door 2");
        CHECK_FALSE(cabinet.say(2, TestWord::none));
        CHECK(cabinet.found() == "2 jammed");
        CHECK(service_of(cabinet, 2) == Reason::jammed);
    }
    SECTION("it opened, and the switch saw nothing") {
        cabinet.dead = {2};
        begin(cabinet, only({2}));
        cabinet.wait(9s);
        CHECK_FALSE(cabinet.say(2, TestWord::door, 2));
        CHECK(cabinet.found() == "2 switch_stuck");
        CHECK(service_of(cabinet, 2) == Reason::switch_stuck);
    }
    SECTION("nobody says anything: what can be told is told") {
        cabinet.dead = {2};
        begin(cabinet, only({2}));
        cabinet.wait(9s);
        cabinet.wait(30s);
        CHECK(cabinet.found() == "2 no_opening_seen");
    }
    CHECK(cabinet.step() == "over");
    CHECK(cabinet.pulses(2) == 3);
    CHECK(cabinet.facts(FactKind::self_tested).back().count == 1);
}

TEST_CASE("an inverted switch is found by what it says before and after the pulse") {
    Rig cabinet;
    cabinet.inverted = {3};
    cabinet.reboot();
    begin(cabinet, only({3, 5}));
    CHECK(cabinet.step() == "reads_open 3");
    CHECK(cabinet.pulses(3) == 0);
    SECTION("the technician says that it is shut") { CHECK_FALSE(cabinet.say(3, TestWord::shut)); }
    SECTION("nobody says anything") { cabinet.wait(30s); }
    CHECK(cabinet.pulses(3) == 1);
    const auto forced = cabinet.facts(FactKind::forced).size();
    shut(cabinet, 3);
    shut(cabinet, 5);
    CHECK(cabinet.found() == "3 switch_inverted");
    CHECK(service_of(cabinet, 3) == Reason::switch_inverted);
    CHECK(cabinet.facts(FactKind::forced).size() == forced);
    CHECK(cabinet.stored.authorisations.empty());
}

TEST_CASE("a door that was left open is shut first, and then tested as any other") {
    Rig cabinet;
    cabinet.force(3);
    begin(cabinet, only({3}));
    CHECK(cabinet.step() == "reads_open 3");
    cabinet.shut(3);
    CHECK(cabinet.pulses(3) == 1);
    shut(cabinet, 3);
    CHECK(cabinet.found().empty());
}

TEST_CASE("an open door that is shut late is not taken for an inverted switch") {
    Rig cabinet;
    cabinet.force(3);
    cabinet.jammed = {3};
    begin(cabinet, only({3}));
    cabinet.wait(31s);
    cabinet.shut(3);
    cabinet.wait(2min);
    CHECK(cabinet.found() == "3 not_shut");
    CHECK_FALSE(service_of(cabinet, 3));
}

TEST_CASE("a question about an open door waits for who is at the screen") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.force(3);
    begin(cabinet, only({3}));
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.step() == "people");
    cabinet.wait(59s);
    CHECK(cabinet.pulses(3) == 0);
    SECTION("the patron is done") {
        cabinet.take(1);
        cabinet.shut(1);
        cabinet.wait(10s);
    }
    SECTION("the patron has gone, and left the door open") { cabinet.wait(2s); }
    CHECK(cabinet.step() == "reads_open 3");
}

TEST_CASE("a door that stands open and that nobody shuts is named, and stays in service") {
    Rig cabinet;
    cabinet.force(3);
    cabinet.jammed = {3};
    begin(cabinet, only({3}));
    cabinet.wait(80s);
    CHECK(cabinet.found() == "3 not_shut");
    CHECK_FALSE(service_of(cabinet, 3));
}

TEST_CASE("a self-test never opens what holds something, unless it was told to") {
    Rig cabinet;
    deposit(cabinet);
    cabinet.force(2);
    cabinet.put(2);
    cabinet.shut(2);
    cabinet.wait(1s);
    const int before = cabinet.pulses(1);
    SECTION("not told") {
        begin(cabinet, only({1, 2}));
        CHECK(cabinet.step() == "over");
        CHECK(cabinet.pulses(1) == before);
        CHECK(cabinet.pulses(2) == 0);
        CHECK(cabinet.found() == "1 not tested compartment_busy; 2 not tested sensed_occupied");
    }
    SECTION("told") {
        auto what = only({1});
        what.occupied_too = true;
        begin(cabinet, what);
        CHECK(cabinet.pulses(1) == before + 1);
        shut(cabinet, 1);
        CHECK(cabinet.found().empty());
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
    }
}

TEST_CASE("what is out of service is tested only when it is named") {
    Rig cabinet;
    cabinet.send(protocol::SetService{CompartmentNumber{1}, false});
    SECTION("all") {
        begin(cabinet);
        CHECK(cabinet.pulses(1) == 0);
        CHECK(cabinet.found() == "1 not tested out_of_service");
    }
    SECTION("named") {
        begin(cabinet, only({1}));
        CHECK(cabinet.pulses(1) == 1);
    }
}

TEST_CASE("a compartment whose chip is gone is not tested") {
    Rig cabinet;
    cabinet.feed(core::HardwareLost{{CompartmentNumber{1}}, "chip"});
    begin(cabinet, only({1, 2}));
    CHECK(cabinet.found() == "1 not tested hardware_lost");
    cabinet.feed(core::HardwareLost{{CompartmentNumber{2}}, "chip"});
    CHECK(cabinet.step() == "over");
    CHECK(cabinet.found() == "1 not tested hardware_lost; 2 not tested hardware_lost");
}

TEST_CASE("a sensor that sees something in an empty compartment is named") {
    Rig cabinet;
    begin(cabinet, only({1}));
    cabinet.put(1);
    shut(cabinet, 1);
    CHECK(cabinet.found() == "1 sensed_occupied");
    CHECK_FALSE(cabinet.free(1));
}

TEST_CASE("told to look at sensors, a self-test has something put in and taken out") {
    Rig cabinet;
    auto what = only({1});
    what.sensors = true;
    begin(cabinet, what);
    CHECK(cabinet.step() == "put_in 1");
    SECTION("the sensor sees it") {
        cabinet.put(1);
        CHECK(cabinet.step() == "take_out 1");
        cabinet.take(1);
        shut(cabinet, 1);
        CHECK(cabinet.found().empty());
    }
    SECTION("the sensor sees nothing") {
        cabinet.wait(30s);
        shut(cabinet, 1);
        CHECK(cabinet.found() == "1 sensor_stuck");
        CHECK(service_of(cabinet, 1) == Reason::sensor_stuck);
    }
}

TEST_CASE("without a sensor a person says whether it is empty") {
    Rig cabinet;
    begin(cabinet, only({4}));
    shut(cabinet, 4);
    SECTION("empty") {
        cabinet.say(4, TestWord::empty);
        CHECK(cabinet.found().empty());
        CHECK(cabinet.free(4));
    }
    SECTION("not empty") {
        cabinet.say(4, TestWord::not_empty);
        CHECK(cabinet.found() == "4 unexplained_occupant");
        CHECK_FALSE(cabinet.free(4));
    }
    SECTION("nobody says anything") {
        cabinet.wait(30s);
        CHECK(cabinet.found() == "4 no_sensor");
        CHECK_FALSE(cabinet.free(4));
    }
}

TEST_CASE("where nobody shuts the doors, two stand open and the rest stays shut") {
    Rig cabinet;
    begin(cabinet);
    cabinet.wait(1h);
    CHECK(cabinet.found() == "1 not_shut; 2 not_shut");
    CHECK(cabinet.report().ended_by == Reason::nobody_there);
    CHECK(cabinet.pulses(3) == 0);
    CHECK_FALSE(cabinet.cabinet.ledger().cabinet.testing);
    const auto last = cabinet.facts(FactKind::self_tested).back();
    CHECK(core::describe(last) == "self_tested by local (nobody_there) x2 2/5");
}

TEST_CASE("a self-test waits while somebody is at the screen") {
    Rig cabinet;
    deposit(cabinet);
    begin(cabinet, only({2, 3}));
    CHECK_FALSE(cabinet.code("11112222"));
    cabinet.shut(2);
    cabinet.wait(1s);
    CHECK(cabinet.step() == "people");
    CHECK(cabinet.pulses(3) == 0);
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(20s);
    CHECK(cabinet.pulses(3) == 1);
    shut(cabinet, 3);
    CHECK(cabinet.found().empty());
}

TEST_CASE("a patron who comes for the compartment under test has it") {
    Rig cabinet;
    deposit(cabinet);
    auto what = only({1});
    what.occupied_too = true;
    begin(cabinet, what);
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "open 1");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
    cabinet.wait(20s);
    CHECK(cabinet.found() == "1 not tested compartment_busy");
    CHECK(cabinet.step() == "over");
}

TEST_CASE("a power cut ends a self-test, and the next start says so") {
    Rig cabinet;
    begin(cabinet);
    cabinet.reboot();
    CHECK_FALSE(cabinet.cabinet.test_report());
    const auto facts = cabinet.facts(FactKind::self_tested);
    REQUIRE(facts.size() == 1);
    CHECK(core::describe(facts.front()) == "self_tested (power_cut)");
    cabinet.reboot();
    CHECK(cabinet.facts(FactKind::self_tested).size() == 1);
    cabinet.wait(1h);
    CHECK(cabinet.pulses(2) == 0);
}

TEST_CASE("a self-test is stopped by who began it, and only one runs at a time") {
    Rig cabinet;
    begin(cabinet);
    CHECK(cabinet.test(TestKind::self_test) == Reason::test_running);
    CHECK(cabinet.feed(core::TestStopped{}).refusal == std::nullopt);
    CHECK(cabinet.report().ended_by == Reason::by_staff);
    CHECK(cabinet.feed(core::TestStopped{}).refusal->reason == Reason::wrong_session);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.pulses(2) == 0);
    CHECK(cabinet.free(1));
    begin(cabinet);
}

TEST_CASE("an answer to no question is refused") {
    Rig cabinet;
    CHECK(cabinet.say(1, TestWord::none) == Reason::wrong_session);
    CHECK(cabinet.test(TestKind::self_test, only({77})) == Reason::unknown_compartment);
    begin(cabinet);
    CHECK(cabinet.say(1, TestWord::none) == Reason::wrong_session);
    CHECK(cabinet.say(2, TestWord::shut) == Reason::wrong_session);
}

TEST_CASE("an operator's command tests; with what is occupied its openings count as remote ones") {
    auto spec = usual_spec();
    spec.limits.remote_openings_an_hour = 1;
    Rig cabinet{spec};
    deposit(cabinet);
    CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{2}}));
    cabinet.shut(2);
    cabinet.wait(1s);
    auto what = only({1, 3});
    what.occupied_too = true;
    CHECK_FALSE(cabinet.send(what));
    CHECK(cabinet.found() == "1 not tested remote_cap");
    CHECK(cabinet.pulses(3) == 1);
    const auto leave = cabinet.facts(FactKind::unlock_authorised).back();
    CHECK(leave.means == protocol::Means::remote);
    CHECK(leave.command);
    CHECK(cabinet.send(SelfTest{}) == Reason::test_running);
}

TEST_CASE("a nearly full disk refuses a self-test, and ends one between two doors") {
    Rig cabinet;
    begin(cabinet);
    cabinet.feed(core::StoreSpace{true});
    shut(cabinet, 1);
    CHECK(cabinet.report().ended_by == Reason::store_full);
    CHECK(cabinet.test(TestKind::self_test) == Reason::store_full);
}
