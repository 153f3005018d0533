// Keys that change, disputes that end, people who are forgotten, QR tokens.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;
using namespace std::chrono_literals;
using protocol::FactKind;
using protocol::Found;
using protocol::Role;

namespace {

protocol::TrustedKey key(const std::string& id, Role role) {
    protocol::TrustedKey made{protocol::KeyId::of(id), role, {}};
    made.key.front() = static_cast<std::uint8_t>(id.size());
    return made;
}

std::vector<protocol::TrustedKey> keys() {
    return {key("dispatch-2027", Role::dispatch), key("ops-wang", Role::operations)};
}

template <class Action>
const Action* action_in(const core::Decision& decision) {
    for (const auto& action : decision.actions) {
        if (const auto* found = std::get_if<Action>(&action)) return found;
    }
    return nullptr;
}

// Dispatch says that it lies in compartment 1, and the sensor there says that nothing does.
void dispute(Rig& cabinet) {
    const protocol::Assign assign{.delivery = DeliveryId::of("D-1"),
                                  .revision = protocol::Revision{1},
                                  .patron = protocol::PersonId::of("P-1")};
    CHECK_FALSE(
        cabinet.send(protocol::Adopt{assign, CompartmentNumber{1}}, {.code = secret("11112222")}));
    REQUIRE(cabinet.state("D-1") == DeliveryState::disputed);
}

std::optional<Reason> resolve(Rig& cabinet, Found found) {
    return cabinet.send(protocol::Resolve{DeliveryId::of("D-1"), found});
}

}  // namespace

TEST_CASE("a list of keys takes the place of the one before, and an older one does not come back") {
    Rig cabinet;
    const auto first = cabinet.command(protocol::SetKeys{.serial = 5, .keys = keys()});
    const auto decision = cabinet.feed(first);
    const auto* use = action_in<core::UseKeys>(decision);
    REQUIRE(use != nullptr);
    CHECK(use->keys == keys());
    CHECK(cabinet.stored.keys == keys());
    CHECK(cabinet.stored.cabinet.keys_serial == 5);
    REQUIRE(cabinet.facts(FactKind::keys_changed).size() == 1);
    CHECK(cabinet.facts(FactKind::keys_changed).front().count == 2);

    const std::vector<protocol::TrustedKey> fewer{keys().front()};
    CHECK(cabinet.send(protocol::SetKeys{.serial = 5, .keys = fewer}) == Reason::superseded);
    CHECK(cabinet.send(protocol::SetKeys{.serial = 4, .keys = fewer}) == Reason::superseded);
    CHECK_FALSE(cabinet.send(protocol::SetKeys{.serial = 6, .keys = fewer}));
    CHECK(cabinet.stored.keys == fewer);
    CHECK(cabinet.send(first) == std::nullopt);  // its first answer again, and no effect
    CHECK(cabinet.stored.keys == fewer);
}

TEST_CASE("keys without one of dispatch are refused, and only the authority names keys") {
    Rig cabinet;
    const protocol::SetKeys none{.serial = 1, .keys = {key("ops-wang", Role::operations)}};
    CHECK(cabinet.send(none) == Reason::malformed);
    for (const Role role : {Role::dispatch, Role::operations}) {
        auto command = cabinet.command(protocol::SetKeys{.serial = 1, .keys = keys()});
        command.role = role;
        CHECK(cabinet.send(command) == Reason::not_permitted);
    }
    auto open = cabinet.command(protocol::Open{CompartmentNumber{1}});
    open.role = Role::authority;
    CHECK(cabinet.send(open) == Reason::not_permitted);
    CHECK(cabinet.stored.keys.empty());
    CHECK(cabinet.pulses(1) == 0);
}

TEST_CASE("a dispute ends by what somebody saw, unless the sensor says otherwise") {
    Rig cabinet;
    dispute(cabinet);
    CHECK(resolve(cabinet, Found::inside) == Reason::sensed_empty);
    SECTION("gone") {
        CHECK_FALSE(resolve(cabinet, Found::gone));
        CHECK(cabinet.state("D-1") == DeliveryState::recalled);
        CHECK(cabinet.free(1));
        CHECK(resolve(cabinet, Found::gone) == Reason::wrong_state);
    }
    SECTION("gone, without a sensor") {
        const protocol::Assign assign{.delivery = DeliveryId::of("D-4"),
                                      .revision = protocol::Revision{1},
                                      .patron = protocol::PersonId::of("P-4")};
        CHECK_FALSE(cabinet.send(protocol::Adopt{assign, CompartmentNumber{4}},
                                 {.code = secret("44445555")}));
        CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{4}}));
        cabinet.shut(4);
        cabinet.wait(2s);
        REQUIRE(cabinet.state("D-4") == DeliveryState::disputed);
        CHECK_FALSE(cabinet.send(protocol::Resolve{DeliveryId::of("D-4"), Found::gone}));
        CHECK(cabinet.state("D-4") == DeliveryState::recalled);
        CHECK_FALSE(cabinet.free(4));  // until somebody has seen it empty
        CHECK_FALSE(cabinet.send(protocol::SetService{CompartmentNumber{4}, true}));
        CHECK(cabinet.free(4));
        return;
    }
    SECTION("inside") {
        cabinet.put(1);
        CHECK(resolve(cabinet, Found::gone) == Reason::sensed_occupied);
        CHECK_FALSE(resolve(cabinet, Found::inside));
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
        CHECK_FALSE(cabinet.code("11112222"));
    }
    SECTION("while somebody looks") {
        CHECK_FALSE(cabinet.send(protocol::Open{CompartmentNumber{1}}));
        CHECK(resolve(cabinet, Found::gone) == Reason::compartment_busy);
    }
    CHECK(cabinet.send(protocol::Resolve{DeliveryId::of("D-2"), Found::gone}) ==
          Reason::unknown_delivery);
}

TEST_CASE("nobody is forgotten who has something here, and then everywhere in the record") {
    Rig cabinet;
    CHECK_FALSE(cabinet.assign());
    cabinet.grant_courier();
    const auto forget = [&](const std::string& person) {
        return cabinet.send(protocol::Forget{protocol::PersonId::of(person)});
    };
    CHECK(forget("P-1") == Reason::still_needed);
    const auto courier = cabinet.stored.credentials.begin()->first.str();
    CHECK(forget(courier) == Reason::still_needed);
    CHECK_FALSE(cabinet.cancel("D-1", 2));
    const auto decision =
        cabinet.feed(cabinet.command(protocol::Forget{protocol::PersonId::of("P-1")}));
    CHECK(decision.changes.forgotten_people ==
          std::vector<core::PersonId>{protocol::PersonId::of("P-1")});
    REQUIRE(cabinet.facts(FactKind::forgotten).size() == 1);
    CHECK_FALSE(cabinet.facts(FactKind::forgotten).front().person);
}

TEST_CASE("the idle screen says the newest notice until its time is over") {
    Rig cabinet;
    const auto says = [&] { return cabinet.cabinet.screen(cabinet.now).chinese; };
    const auto put_up = [&](const std::string& text, core::WallTime issued_at,
                            std::optional<core::WallTime> until = {}) {
        auto command = cabinet.command(protocol::SetNotice{.chinese = text, .until = until});
        command.command.issued_at = issued_at;
        return cabinet.send(command);
    };
    const auto begin = cabinet.now.wall;
    CHECK(says().empty());
    CHECK_FALSE(put_up("first", begin));
    CHECK(says() == "first");
    CHECK(put_up("held up", begin - 1s) == Reason::superseded);
    CHECK(put_up("over", begin, begin) == Reason::deadline_passed);
    CHECK(says() == "first");
    CHECK_FALSE(put_up("for a minute", begin + 1ms, begin + 60s));
    CHECK(cabinet.stored.notice.chinese == "for a minute");
    cabinet.wait(59s);
    CHECK(says() == "for a minute");
    cabinet.wait(2s);
    CHECK(says().empty());
    CHECK(cabinet.stored.notice == core::Notice{.issued_at = begin + 1ms});
    CHECK(put_up("held up", begin) == Reason::superseded);
    CHECK_FALSE(put_up("", begin + 2ms));  // nothing to take down: none the less said
    const auto facts = cabinet.facts(FactKind::notice_changed);
    REQUIRE(facts.size() == 3);
    CHECK(facts.front().detail == "shown");
    CHECK(facts.back().detail == "removed");
}

TEST_CASE("a QR token opens its delivery, during a lock-out too, and dies with it") {
    Rig cabinet;
    cabinet.grant_courier();
    CHECK_FALSE(cabinet.assign({.token = "1234567890123456"}));
    CHECK_FALSE(cabinet.card("COURIER"));
    CHECK_FALSE(cabinet.choose("D-1"));
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    cabinet.answer(Answer::leave);
    REQUIRE(cabinet.state("D-1") == DeliveryState::stored);
    for (int i = 0; i < 4; ++i) cabinet.code("0000");
    CHECK(cabinet.code("11112222") == Reason::locked_out);
    CHECK(cabinet.token("6543210987654321") == Reason::token_unknown);
    CHECK_FALSE(cabinet.token("1234567890123456"));
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
    const auto collected = cabinet.facts(FactKind::collected);
    REQUIRE(collected.size() == 1);
    CHECK(collected.front().means == protocol::Means::qr);
    cabinet.wait(5min);  // the grace is over
    CHECK(cabinet.token("1234567890123456") == Reason::token_unknown);
}

TEST_CASE("a token in use is refused like a code in use; couriers have none") {
    Rig cabinet;
    CHECK_FALSE(cabinet.assign({.token = "1234567890123456"}));
    CHECK(cabinet.assign({.id = "D-2", .code = "33334444", .token = "1234567890123456"}) ==
          Reason::code_in_use);
    CHECK_FALSE(cabinet.assign({.id = "D-3", .code = {}, .token = "9999888877776666"}));
    const protocol::Grant grant{.person = protocol::PersonId::of("C-2")};
    CHECK(cabinet.send(grant, {.token = secret("5555666677778888")}) == Reason::malformed);
    CHECK(cabinet.send(grant, {.code = secret("900002"), .token = secret("5555666677778888")}) ==
          Reason::malformed);
    CHECK_FALSE(cabinet.send(protocol::Rekey{DeliveryId::of("D-3"), protocol::Revision{2}},
                             {.token = secret("1111222233334444")}));
}
