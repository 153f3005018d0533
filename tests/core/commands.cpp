// Commands: once, in order, from whom, and when.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

template <class ActionType>
std::size_t count(const core::Decision& decision) {
    std::size_t found = 0;
    for (const auto& action : decision.actions) {
        if (std::holds_alternative<ActionType>(action)) ++found;
    }
    return found;
}

core::CommandReceived assignment(Rig& cabinet) {
    return cabinet.command(protocol::Assign{.delivery = DeliveryId::of("D-1"),
                                            .revision = protocol::Revision{1},
                                            .patron = protocol::PersonId::of("P-1")},
                           {.code = secret("11112222")});
}

}  // namespace

TEST_CASE("the same command a thousand times has one effect and one answer, repeated") {
    Rig cabinet;
    const auto command = assignment(cabinet);
    const auto first = cabinet.feed(command);
    CHECK(count<core::SendReply>(first) == 1);
    for (int i = 0; i < 999; ++i) {
        if (i == 500) cabinet.reboot();
        const auto again = cabinet.feed(command);
        REQUIRE(again.facts.empty());
        REQUIRE(again.changes.empty());
        REQUIRE(count<core::RepeatReply>(again) == 1);
    }
    CHECK(cabinet.facts(FactKind::assigned).size() == 1);
}

TEST_CASE("the same id with another body is refused and told of") {
    Rig cabinet;
    auto command = assignment(cabinet);
    cabinet.feed(command);
    command.body = secret("another body").digest;
    CHECK(cabinet.send(command) == Reason::id_reused);
    CHECK(cabinet.facts(FactKind::refused).size() == 1);
}

TEST_CASE("a refused command keeps its answer as well") {
    Rig cabinet;
    const auto cancel = cabinet.command(protocol::Extend{DeliveryId::of("D-9"), {}, {}});
    CHECK(cabinet.send(cancel) == Reason::unknown_delivery);
    const auto again = cabinet.feed(cancel);
    CHECK(count<core::RepeatReply>(again) == 1);
}

TEST_CASE("age, address and role are judged before anything else") {
    Rig cabinet;
    auto command = assignment(cabinet);
    SECTION("expired") {
        cabinet.wait(1h);
        CHECK(cabinet.send(command) == Reason::expired);
    }
    SECTION("issued ahead of our clock") {
        command.command.issued_at += 10min;
        CHECK(cabinet.send(command) == Reason::not_yet_valid);
    }
    SECTION("valid for longer than ids are remembered") {
        command.command.expires_at += 24h * 8;
        CHECK(cabinet.send(command) == Reason::validity_too_long);
    }
    SECTION("for another cabinet") {
        command.command.cabinet = protocol::CabinetId::of("KS-002");
        CHECK(cabinet.send(command) == Reason::wrong_cabinet);
    }
    SECTION("an operator may not assign") {
        command.role = protocol::Role::operations;
        CHECK(cabinet.send(command) == Reason::not_permitted);
    }
    CHECK_FALSE(cabinet.place("D-1"));
    CHECK(cabinet.stored.commands.empty());
}

TEST_CASE("an answer that age forbids does not stand in the way when the clock is mended") {
    Rig cabinet;
    const auto command = assignment(cabinet);
    cabinet.now.wall -= 24h;
    CHECK(cabinet.send(command) == Reason::not_yet_valid);
    cabinet.now.wall += 24h;
    CHECK_FALSE(cabinet.send(command));
}

TEST_CASE("without trusted time a command must quote this run") {
    Rig cabinet;
    cabinet.now.trusted = false;
    cabinet.now.wall = core::WallTime{};  // 1970
    auto command = assignment(cabinet);
    command.command.boot = protocol::BootId::of("boot-0");
    CHECK(cabinet.send(command) == Reason::wrong_boot);
    command.command.boot = command.boot;
    CHECK_FALSE(cabinet.send(command));
}

TEST_CASE(
    "an old signed command stays refused after its id is forgotten, whatever the clock says") {
    Rig cabinet;
    const auto old = cabinet.command(protocol::Open{CompartmentNumber{1}});
    CHECK_FALSE(cabinet.send(old));
    cabinet.shut(1);
    cabinet.wait(24h * 20);
    CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{2}}));
    cabinet.shut(2);
    cabinet.wait(1s);
    CHECK_FALSE(cabinet.stored.commands.contains(old.command.id));
    cabinet.now.wall = old.command.issued_at;
    CHECK(cabinet.send(old) == Reason::too_old);
    cabinet.now.trusted = false;
    cabinet.now.wall = core::WallTime{};
    CHECK(cabinet.send(old) == Reason::too_old);
    CHECK(cabinet.pulses(1) == 1);
}

TEST_CASE("the cancel of an unknown delivery refuses the assign that comes late") {
    Rig cabinet;
    CHECK_FALSE(cabinet.cancel("D-1", 2));
    CHECK(cabinet.assign({.revision = 1}) == Reason::superseded);
    CHECK(cabinet.assign({.revision = 2}) == Reason::superseded);
    CHECK_FALSE(cabinet.assign({.revision = 3}));
}

TEST_CASE("a lower revision is superseded") {
    Rig cabinet;
    cabinet.assign({.revision = 5});
    CHECK(cabinet.send(protocol::Extend{DeliveryId::of("D-1"), protocol::Revision{4},
                                        cabinet.now.wall + 24h}) == Reason::superseded);
    CHECK(cabinet.cancel("D-1", 4) == Reason::superseded);
    CHECK_FALSE(cabinet.cancel("D-1", 6));
    CHECK(cabinet.state("D-1") == DeliveryState::cancelled);
    CHECK(cabinet.free(1));
}

TEST_CASE("what was deposited is not cancelled but recalled") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    CHECK(cabinet.cancel("D-1", 2) == Reason::compartment_busy);
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.cancel("D-1", 2) == Reason::already_deposited);
}

TEST_CASE("a code opens one delivery, or those of a group") {
    Rig cabinet;
    cabinet.assign({.id = "D-1", .code = "12345678", .group = "G-1"});
    CHECK(cabinet.assign({.id = "D-2", .code = "12345678"}) == Reason::code_in_use);
    CHECK_FALSE(cabinet.assign({.id = "D-2", .code = "12345678", .group = "G-1"}));
    CHECK(cabinet.assign({.id = "D-3", .code = "12345678", .patron = "P-2", .group = "G-1"}) ==
          Reason::code_in_use);
    cabinet.grant_courier("900001");
    CHECK(cabinet.assign({.id = "D-3", .code = "900001"}) == Reason::code_in_use);
}

TEST_CASE("a new code takes the place of the old one") {
    Rig cabinet;
    cabinet.assign();
    CHECK_FALSE(cabinet.send(protocol::Rekey{DeliveryId::of("D-1"), protocol::Revision{2}, {}},
                             {.code = secret("55556666")}));
    CHECK(cabinet.stored.deliveries.at(DeliveryId::of("D-1")).code == secret("55556666"));
}

TEST_CASE("after a dead card dispatch's ledger is adopted and collected") {
    Rig old;
    Rig cabinet;  // a new database before the same doors
    cabinet.force(1);
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.reboot();
    protocol::Adopt adopt{.delivery = {.delivery = DeliveryId::of("D-1"),
                                       .revision = protocol::Revision{3},
                                       .patron = protocol::PersonId::of("P-1")},
                          .compartment = CompartmentNumber{1}};
    CHECK_FALSE(cabinet.send(adopt, {.code = secret("11112222")}));
    CHECK(cabinet.stored.cabinet.walk_needed);
    CHECK_FALSE(cabinet.code("11112222"));
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
    CHECK(cabinet.send(adopt, {.code = secret("11112222")}) == Reason::delivery_ended);
}

TEST_CASE("an adopted delivery whose compartment is empty is disputed at once") {
    Rig cabinet;
    protocol::Adopt adopt{
        .delivery = {.delivery = DeliveryId::of("D-1"), .patron = protocol::PersonId::of("P-1")},
        .compartment = CompartmentNumber{1}};
    CHECK_FALSE(cabinet.send(adopt, {.code = secret("11112222")}));
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);
}

TEST_CASE("a full disk refuses new drop-offs and serves pickups") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    cabinet.code("900001");
    cabinet.choose("D-1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(1s);
    cabinet.answer(Answer::leave);
    cabinet.assign({.id = "D-2", .code = "22222222"});
    cabinet.feed(core::StoreSpace{true});
    CHECK(cabinet.assign({.id = "D-3", .code = "33333333"}) == Reason::store_full);
    cabinet.code("900001");
    CHECK(cabinet.choose("D-2") == Reason::store_full);
    CHECK_FALSE(cabinet.code("11112222"));
    CHECK(cabinet.screen() == "open 1");
}

TEST_CASE("a flood of replayed commands fills no journal") {
    Rig cabinet;
    auto command = assignment(cabinet);
    cabinet.wait(2h);
    for (int i = 0; i < 10'000; ++i) REQUIRE(cabinet.send(command) == Reason::expired);
    CHECK(cabinet.facts(FactKind::refused).size() == 20);
    cabinet.wait(1h);
    REQUIRE(cabinet.facts(FactKind::counted).size() == 1);
    CHECK(cabinet.facts(FactKind::counted).front().count == 9'980);
}
