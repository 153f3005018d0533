// What staff may do at the screen, and nobody else.
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

const auto staff_person = protocol::PersonId::of("wang");

void grant_staff(Rig& cabinet, std::optional<core::WallTime> until = {}) {
    cabinet.send(
        protocol::Grant{
            .person = staff_person, .role = protocol::PersonRole::staff, .valid_until = until},
        {.code = secret("800001"), .cards = {secret("STAFF")}});
}

void log_in(Rig& cabinet) {
    grant_staff(cabinet);
    REQUIRE_FALSE(cabinet.code("800001"));
    CHECK(cabinet.screen() == "courier_list");
}

std::optional<Reason> reason_of(const core::Decision& decision) {
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}

std::optional<Reason> open(Rig& cabinet, int number) {
    return reason_of(cabinet.feed(core::OpeningAsked{CompartmentNumber(number)}));
}

std::optional<Reason> service(Rig& cabinet, std::optional<int> number, bool in) {
    protocol::SetService wanted{.in_service = in};
    if (number) wanted.compartment = CompartmentNumber(*number);
    return reason_of(cabinet.feed(core::ServiceAsked{wanted}));
}

std::optional<Reason> test(Rig& cabinet, TestKind kind, std::initializer_list<int> numbers = {},
                           bool occupied_too = false) {
    SelfTest what{.occupied_too = occupied_too};
    for (const int number : numbers) what.compartments.push_back(CompartmentNumber(number));
    return reason_of(cabinet.feed(core::TestAsked{{.kind = kind, .what = what}, true}));
}

std::optional<Reason> say(Rig& cabinet, int number, TestWord word, int door = 0) {
    return reason_of(cabinet.feed(core::TestAnswered{
        {.compartment = CompartmentNumber(number), .word = word, .door = CompartmentNumber(door)},
        true}));
}

std::optional<Reason> stop(Rig& cabinet) {
    return reason_of(cabinet.feed(core::TestStopped{true}));
}

void shut(Rig& cabinet, int number) {
    cabinet.shut(number);
    cabinet.wait(1s);
}

void deposit(Rig& cabinet, const Parcel& parcel = {}) {
    cabinet.grant_courier();
    cabinet.assign(parcel);
    cabinet.code("900001");
    cabinet.choose(parcel.id);
    cabinet.put(*cabinet.place(parcel.id));
    shut(cabinet, *cabinet.place(parcel.id));
    cabinet.answer(Answer::leave);
    REQUIRE(cabinet.state(parcel.id) == DeliveryState::stored);
}

}  // namespace

TEST_CASE("staff open any compartment, by name and as an inspection") {
    Rig cabinet;
    log_in(cabinet);
    CHECK_FALSE(open(cabinet, 3));
    CHECK(cabinet.screen() == "open 3");
    const auto leave = cabinet.facts(FactKind::unlock_authorised);
    REQUIRE(leave.size() == 1);
    CHECK(core::describe(leave.front()) == "unlock_authorised 3 #1 inspection by local");
    CHECK(leave.front().person == staff_person);
    CHECK(cabinet.pulses(3) == 1);
    shut(cabinet, 3);
    CHECK(cabinet.screen() == "courier_list");
    CHECK(cabinet.free(3));
    CHECK(cabinet.stored.authorisations.empty());
}

TEST_CASE("what staff look at stays its patron's, and what is gone is disputed") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    CHECK_FALSE(open(cabinet, 1));
    SECTION("they leave it") {
        shut(cabinet, 1);
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
        cabinet.answer(Answer::leave);
        CHECK_FALSE(cabinet.code("11112222"));
        CHECK(cabinet.screen() == "open 1");
    }
    SECTION("they take it out") {
        cabinet.take(1);
        shut(cabinet, 1);
        CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    }
    CHECK(cabinet.facts(FactKind::collected).empty());
}

TEST_CASE("nobody but staff opens a compartment, takes one out of service or tests one") {
    Rig cabinet;
    deposit(cabinet);
    auto why = Reason::not_permitted;
    SECTION("nobody is logged in") { why = Reason::no_session; }
    SECTION("a courier is") { REQUIRE_FALSE(cabinet.code("900001")); }
    SECTION("a patron is") {
        REQUIRE_FALSE(cabinet.code("11112222"));
        shut(cabinet, 1);
    }
    const auto authorised = cabinet.facts(FactKind::unlock_authorised).size();
    CHECK(open(cabinet, 1) == why);
    CHECK(service(cabinet, 1, false) == why);
    CHECK(service(cabinet, {}, false) == why);
    CHECK(test(cabinet, TestKind::self_test) == why);
    CHECK(test(cabinet, TestKind::commissioning) == why);
    CHECK(say(cabinet, 1, TestWord::none) == why);
    CHECK(stop(cabinet) == why);
    CHECK(cabinet.facts(FactKind::unlock_authorised).size() == authorised);
    CHECK(cabinet.facts(FactKind::service_changed).empty());
    CHECK_FALSE(cabinet.cabinet.test_report());
}

TEST_CASE("staff whose grant is over or revoked open nothing more") {
    Rig cabinet;
    SECTION("revoked") {
        log_in(cabinet);
        cabinet.send(protocol::Revoke{staff_person});
    }
    SECTION("over") {
        grant_staff(cabinet, cabinet.now.wall + 30s);
        REQUIRE_FALSE(cabinet.code("800001"));
        cabinet.wait(40s);
    }
    SECTION("a courier since") {
        log_in(cabinet);
        cabinet.send(protocol::Grant{.person = staff_person, .role = protocol::PersonRole::courier},
                     {.code = secret("800001")});
    }
    CHECK(open(cabinet, 1) == Reason::no_session);
    CHECK(cabinet.screen() == "start");
    CHECK(cabinet.pulses(1) == 0);
}

TEST_CASE("staff open one door at a time, and only what can be opened") {
    Rig cabinet;
    log_in(cabinet);
    CHECK(open(cabinet, 99) == Reason::unknown_compartment);
    CHECK_FALSE(open(cabinet, 1));
    CHECK(open(cabinet, 2) == Reason::wrong_session);
    shut(cabinet, 1);
    cabinet.feed(core::HardwareLost{{CompartmentNumber{2}}, "chip"});
    CHECK(open(cabinet, 2) == Reason::hardware_lost);
    CHECK(cabinet.screen() == "courier_list");
    cabinet.send(protocol::Open{CompartmentNumber{3}});
    CHECK(open(cabinet, 3) == Reason::compartment_busy);
}

TEST_CASE("a badge opens as many full compartments an hour as an operator's key, and empty ones") {
    auto spec = usual_spec();
    spec.limits.remote_openings_an_hour = 1;
    Rig cabinet{spec};
    deposit(cabinet);
    log_in(cabinet);
    CHECK_FALSE(open(cabinet, 1));
    shut(cabinet, 1);
    CHECK(open(cabinet, 1) == Reason::remote_cap);
    CHECK_FALSE(open(cabinet, 3));
    shut(cabinet, 3);
    CHECK_FALSE(test(cabinet, TestKind::self_test, {1}, true));
    CHECK(cabinet.found() == "1 not tested remote_cap");
    // An operator at a desk is not kept from helping by it.
    CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{1}}));
    shut(cabinet, 1);
    cabinet.answer(Answer::leave);
    cabinet.wait(1h);
    REQUIRE_FALSE(cabinet.code("800001"));
    CHECK_FALSE(open(cabinet, 1));
}

TEST_CASE("a door that jams for staff is tried again under the same rules") {
    auto spec = usual_spec();
    spec.limits.remote_openings_an_hour = 1;
    Rig cabinet{spec};
    deposit(cabinet);
    log_in(cabinet);
    cabinet.jammed = {1};
    CHECK_FALSE(open(cabinet, 1));
    cabinet.wait(9s);
    CHECK(cabinet.screen() == "not_opened 1");
    CHECK(cabinet.answer(Answer::again) == Reason::remote_cap);
    CHECK_FALSE(cabinet.answer(Answer::later));
    CHECK(cabinet.screen() == "courier_list");
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
}

TEST_CASE("staff take a compartment out of service and back, by name") {
    Rig cabinet;
    log_in(cabinet);
    CHECK_FALSE(service(cabinet, 1, false));
    CHECK_FALSE(service(cabinet, 2, false));
    CHECK_FALSE(service(cabinet, 4, false));
    CHECK(cabinet.assign() == std::nullopt);
    CHECK(cabinet.place("D-1") == 3);
    CHECK_FALSE(service(cabinet, 1, true));
    CHECK(cabinet.assign({.id = "D-2", .code = "22223333"}) == std::nullopt);
    CHECK(cabinet.place("D-2") == 1);
    CHECK(service(cabinet, 99, false) == Reason::unknown_compartment);
    const auto facts = cabinet.facts(FactKind::service_changed);
    REQUIRE(facts.size() == 4);
    CHECK(core::describe(facts.front()) == "service_changed 1 by local (by_staff) out");
    CHECK(core::describe(facts.back()) == "service_changed 1 by local in");
    for (const auto& fact : facts) CHECK(fact.person == staff_person);
}

TEST_CASE("staff take the whole cabinet out of service, and can still log in to bring it back") {
    Rig cabinet;
    log_in(cabinet);
    CHECK_FALSE(service(cabinet, {}, false));
    cabinet.answer(Answer::leave);
    CHECK(cabinet.screen() == "out_of_order");
    CHECK(cabinet.assign() == Reason::cabinet_out_of_service);
    REQUIRE_FALSE(cabinet.card("STAFF"));
    CHECK_FALSE(service(cabinet, {}, true));
    CHECK_FALSE(cabinet.assign());
}

TEST_CASE("staff at the screen test the locks, and the report names them") {
    Rig cabinet;
    log_in(cabinet);
    CHECK_FALSE(test(cabinet, TestKind::self_test));
    CHECK(test(cabinet, TestKind::self_test) == Reason::test_running);
    CHECK(open(cabinet, 5) == Reason::test_running);
    for (const int number : {1, 2, 3, 4}) {
        CHECK(cabinet.step() == "shut " + std::to_string(number));
        cabinet.wait(50s);  // longer than a session without a touch, all in all
        shut(cabinet, number);
    }
    CHECK(cabinet.step() == "is_empty 4");
    CHECK_FALSE(say(cabinet, 4, TestWord::empty));
    shut(cabinet, 5);
    CHECK(cabinet.step() == "over");
    CHECK(cabinet.report().by == staff_person);
    CHECK(cabinet.facts(FactKind::self_tested).back().person == staff_person);
    CHECK(cabinet.screen() == "courier_list");
}

TEST_CASE("staff at the screen commission a cabinet door by door") {
    Rig cabinet;
    cabinet.lock_to = {{1, 2}, {2, 1}};
    cabinet.switch_to = {{1, 2}, {2, 1}};
    log_in(cabinet);
    CHECK_FALSE(test(cabinet, TestKind::commissioning, {1}));
    CHECK(cabinet.step() == "which_door 1");
    CHECK_FALSE(say(cabinet, 1, TestWord::door, 2));
    shut(cabinet, 2);
    CHECK(cabinet.step() == "over");
    CHECK(cabinet.found() == "1 pair_swapped 2");
}

TEST_CASE("a test at the screen ends with the session of who began it") {
    Rig cabinet;
    log_in(cabinet);
    CHECK_FALSE(test(cabinet, TestKind::self_test));
    SECTION("they log out") { CHECK_FALSE(cabinet.answer(Answer::leave)); }
    SECTION("they are gone") { cabinet.wait(61s); }
    SECTION("a courier logs in") {
        cabinet.grant_courier();
        CHECK_FALSE(cabinet.code("900001"));
    }
    CHECK(cabinet.step() == "over");
    CHECK(cabinet.report().ended_by == Reason::nobody_there);
    shut(cabinet, 1);
    cabinet.wait(1min);
    for (const int number : {2, 3, 4, 5}) CHECK(cabinet.pulses(number) == 0);
}

TEST_CASE("a patron who comes in the middle of a test is served, and the test goes on after it") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    CHECK_FALSE(test(cabinet, TestKind::self_test, {2, 3}));
    CHECK(cabinet.step() == "shut 2");
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "open 1");
    shut(cabinet, 2);
    CHECK(cabinet.step() == "people");
    CHECK(say(cabinet, 2, TestWord::none) == Reason::not_permitted);
    cabinet.take(1);
    shut(cabinet, 1);
    CHECK(cabinet.screen() == "thanks");
    CHECK(cabinet.pulses(3) == 0);
    cabinet.wait(9s);
    CHECK(cabinet.screen() == "courier_list");
    cabinet.feed(core::DeadlinePassed{});
    CHECK(cabinet.step() == "shut 3");
}

TEST_CASE("a test at the screen opens nothing behind the back of a patron who has walked off") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    CHECK_FALSE(test(cabinet, TestKind::self_test, {2, 3}));
    CHECK_FALSE(cabinet.code("11112222"));
    shut(cabinet, 2);
    cabinet.wait(2min);  // door 1 stands open
    CHECK(cabinet.pulses(3) == 0);
}

TEST_CASE("staff stop a test that was begun at the control socket") {
    Rig cabinet;
    CHECK_FALSE(cabinet.test(TestKind::self_test));
    log_in(cabinet);
    CHECK_FALSE(stop(cabinet));
    CHECK(cabinet.report().ended_by == Reason::by_staff);
    CHECK(stop(cabinet) == Reason::wrong_session);
}

TEST_CASE("staff still drop off and take back as couriers do") {
    Rig cabinet;
    cabinet.assign();
    log_in(cabinet);
    CHECK_FALSE(cabinet.choose("D-1"));
    CHECK(cabinet.screen() == "open 1");
    CHECK(open(cabinet, 2) == Reason::wrong_session);
    cabinet.put(1);
    shut(cabinet, 1);
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
}
