// Staff declare that they open doors with the mechanical key, and are told from burglars by it.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

const auto staff_person = protocol::PersonId::of("wang");

std::optional<Reason> maintain(Rig& cabinet, bool on) {
    const auto decision = cabinet.feed(core::MaintenanceAsked{on});
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}

void grant_staff(Rig& cabinet, std::optional<core::WallTime> until = {}) {
    cabinet.send(
        protocol::Grant{
            .person = staff_person, .role = protocol::PersonRole::staff, .valid_until = until},
        {.code = secret("800001")});
}

void begin(Rig& cabinet) {
    grant_staff(cabinet);
    cabinet.code("800001");
    REQUIRE_FALSE(maintain(cabinet, true));
}

void work_at(Rig& cabinet, int number) {
    cabinet.force(number);
    cabinet.shut(number);
    cabinet.wait(1s);
}

std::vector<std::string> told(const Rig& cabinet) {
    std::vector<std::string> details;
    for (const auto& fact : cabinet.facts(FactKind::maintenance_changed)) {
        details.push_back(*fact.detail);
    }
    return details;
}

}  // namespace

TEST_CASE("doors that staff open with the key during a maintenance are no break-in") {
    Rig cabinet;
    begin(cabinet);
    cabinet.force(1);
    CHECK(cabinet.story().find("alarm") == std::string::npos);
    REQUIRE(cabinet.facts(FactKind::opened_by_key).size() == 1);
    CHECK(cabinet.facts(FactKind::opened_by_key)[0].compartment == CompartmentNumber{1});
    CHECK(cabinet.facts(FactKind::opened_by_key)[0].person == staff_person);
    CHECK(cabinet.facts(FactKind::forced).empty());
    CHECK_FALSE(cabinet.free(1));
    SECTION("and looked behind like any other") {
        cabinet.put(1);
        cabinet.shut(1);
        cabinet.wait(1s);
        CHECK(cabinet.facts(FactKind::occupancy_mismatch).size() == 1);
        CHECK_FALSE(cabinet.free(1));
    }
    SECTION("and free again when there is nothing inside") {
        cabinet.shut(1);
        cabinet.wait(1s);
        CHECK(cabinet.free(1));
    }
    SECTION("and told of when it is forgotten, without an alarm") {
        cabinet.wait(10min);
        CHECK(cabinet.facts(FactKind::ajar).size() == 2);
        CHECK(cabinet.story().find("alarm") == std::string::npos);
    }
}

TEST_CASE("a maintenance goes on when its staff are no longer at the screen, and ends") {
    Rig cabinet;
    begin(cabinet);
    cabinet.answer(Answer::leave);
    work_at(cabinet, 1);
    REQUIRE(cabinet.facts(FactKind::opened_by_key).size() == 1);
    SECTION("with its time") {
        cabinet.wait(1h);
        CHECK(told(cabinet) == std::vector<std::string>{"begun", "over"});
    }
    SECTION("by their word") {
        cabinet.code("800001");
        CHECK_FALSE(maintain(cabinet, false));
        CHECK_FALSE(maintain(cabinet, false));
        CHECK(told(cabinet) == std::vector<std::string>{"begun", "ended"});
    }
    SECTION("when whoever declared it is revoked") {
        cabinet.send(protocol::Revoke{.person = staff_person});
        CHECK(told(cabinet) == std::vector<std::string>{"begun", "over"});
    }
    SECTION("when their credential is over") {
        grant_staff(cabinet, cabinet.now.wall + 10min);
        cabinet.wait(11min);
    }
    SECTION("at a restart") { cabinet.reboot(); }
    cabinet.force(1);
    CHECK(cabinet.facts(FactKind::forced).size() == 1);
    CHECK(cabinet.facts(FactKind::opened_by_key).size() == 1);
    CHECK(told(cabinet).size() <= 2);
}

TEST_CASE("what is left of a maintenance stands on the screen of staff alone") {
    Rig cabinet;
    begin(cabinet);
    cabinet.wait(10min);
    CHECK(cabinet.cabinet.screen(cabinet.now).maintenance_left == 0ms);
    cabinet.code("800001");
    CHECK(cabinet.cabinet.screen(cabinet.now).maintenance_left == 50min);
    SECTION("and is the whole time again when it is declared anew") {
        CHECK_FALSE(maintain(cabinet, true));
        CHECK(cabinet.cabinet.screen(cabinet.now).maintenance_left == 1h);
    }
}

TEST_CASE("nobody but staff declares a maintenance") {
    Rig cabinet;
    cabinet.grant_courier();
    CHECK(maintain(cabinet, true) == Reason::no_session);
    cabinet.code("900001");
    CHECK(maintain(cabinet, true) == Reason::not_permitted);
    cabinet.force(1);
    CHECK(cabinet.facts(FactKind::forced).size() == 1);
    CHECK(told(cabinet).empty());
}
