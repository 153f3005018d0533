// Whatever a core decides, the rows in memory are the rows that a restart gives back.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

#include "tests/db/faulty_disk.hpp"
#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;

namespace {

constexpr int ids = 12;  // few, so that rows meet again
constexpr std::uint16_t compartments = 6;

template <class Id>
Id any_id(const char* prefix) {
    return Id::of(fmt::format("{}-{}", prefix, *rc::gen::inRange(0, ids)));
}

template <class E>
E any_of(E last) {
    return static_cast<E>(*rc::gen::inRange(0, static_cast<int>(last) + 1));
}

bool any_flag() { return *rc::gen::arbitrary<bool>(); }

protocol::WallTime any_time() { return at(*rc::gen::inRange(-1000, 1000)); }

std::vector<core::SecretHash> any_cards() {
    std::vector<core::SecretHash> cards;
    const int count = *rc::gen::inRange(0, 4);
    for (int i = 0; i < count; ++i) cards.push_back(secret(std::to_string(i)));
    return cards;
}

std::optional<core::SecretHash> any_code() {
    if (any_flag()) return std::nullopt;
    return secret(std::to_string(*rc::gen::inRange(0, 100)));
}

bool is_taken(const core::Ledger& ledger, core::CompartmentNumber compartment,
              const core::DeliveryId& by_another_than) {
    for (const auto& [id, delivery] : ledger.deliveries) {
        if (id != by_another_than && delivery.compartment == compartment) return true;
    }
    return std::any_of(ledger.returns.begin(), ledger.returns.end(),
                       [&](const auto& entry) { return entry.second.compartment == compartment; });
}

Delivery any_delivery(const core::Ledger& ledger) {
    Delivery delivery;
    delivery.id = any_id<core::DeliveryId>("D");
    delivery.revision = protocol::Revision{*rc::gen::inRange<std::uint32_t>(0, 9)};
    delivery.state = any_of(core::DeliveryState::disputed);
    const core::CompartmentNumber compartment{
        *rc::gen::inRange<std::uint16_t>(1, compartments + 1)};
    if (core::is_live(delivery.state)) {
        if (is_taken(ledger, compartment, delivery.id)) return ended(delivery.id.str());
        delivery.compartment = compartment;
        delivery.patron = any_id<core::PersonId>("P");
        delivery.code = any_code();
        delivery.cards = any_cards();
        if (any_flag()) delivery.group = any_id<protocol::GroupId>("G");
        if (any_flag()) delivery.pickup_by = any_time();
    }
    delivery.size = any_of(core::SizeClass::large);
    delivery.books = *rc::gen::arbitrary<std::uint16_t>();
    delivery.easy_access = any_flag();
    delivery.issued_at = any_time();
    return delivery;
}

// Of a return that is there already, or of one in a compartment that is free.
Changes any_return(const core::Ledger& ledger) {
    core::Return one;
    one.id = protocol::ReturnId{*rc::gen::inRange<std::uint64_t>(1, ids)};
    one.state = any_of(protocol::ReturnState::disputed);
    one.compartment = core::CompartmentNumber{*rc::gen::inRange<std::uint16_t>(1, 7)};
    one.size = any_of(core::SizeClass::large);
    one.card = any_code();
    if (any_flag()) one.sealed = "c2VhbGVk";
    const auto other =
        std::find_if(ledger.returns.begin(), ledger.returns.end(), [&](const auto& entry) {
            return entry.first != one.id && entry.second.compartment == one.compartment;
        });
    const bool held =
        std::any_of(ledger.deliveries.begin(), ledger.deliveries.end(),
                    [&](const auto& entry) { return entry.second.compartment == one.compartment; });
    if (held || other != ledger.returns.end()) return {.ended_returns = {one.id}};
    return {.returns = {one}};
}

core::Authorisation any_authorisation() {
    core::Authorisation leave;
    leave.id = core::AuthorisationId{*rc::gen::inRange<std::uint64_t>(1, ids)};
    leave.compartment = core::CompartmentNumber{*rc::gen::inRange<std::uint16_t>(1, 7)};
    leave.purpose = any_of(core::Purpose::walk);
    leave.means = any_of(core::Means::local);
    if (any_flag()) leave.delivery = any_id<core::DeliveryId>("D");
    if (any_flag()) leave.person = any_id<core::PersonId>("P");
    leave.outcome = any_of(core::Outcome::ended);
    return leave;
}

core::CompartmentRow any_compartment() {
    core::CompartmentRow row;
    row.number = core::CompartmentNumber{*rc::gen::inRange<std::uint16_t>(1, 7)};
    if (any_flag()) row.out_of_service = any_of(Reason::found_missing);
    row.unexplained = any_flag();
    return row;
}

core::CabinetRow any_cabinet() {
    core::CabinetRow row;
    row.in_service = any_flag();
    row.walk_needed = any_flag();
    if (any_flag()) row.testing = any_of(protocol::TestKind::commissioning);
    row.last_authorisation = core::AuthorisationId{*rc::gen::inRange<std::uint64_t>(0, 1000)};
    row.attempts.wrong_in_row = *rc::gen::inRange(0, 5);
    row.attempts.lockout_left = core::Milliseconds{*rc::gen::inRange(0, 300'000)};
    return row;
}

// One decision: a few rows of a kind.
Changes any_changes(const core::Ledger& ledger) {
    Changes changes;
    switch (*rc::gen::inRange(0, 12)) {
        case 0: changes.cabinet = any_cabinet(); break;
        case 1: changes.compartments = {any_compartment()}; break;
        case 2:
        case 3:
        case 4: changes.deliveries = {any_delivery(ledger)}; break;
        case 5: changes.forgotten_deliveries = {any_id<core::DeliveryId>("D")}; break;
        case 6: changes.authorisations = {any_authorisation()}; break;
        case 7:
            changes.credentials = {{any_id<core::PersonId>("C"), any_of(core::PersonRole::staff),
                                    any_time(), any_code(), any_cards()}};
            break;
        case 8: changes.revoked_credentials = {any_id<core::PersonId>("C")}; break;
        case 9:
        case 10: return any_return(ledger);
        default: {
            const auto key = any_id<core::KeyId>("K");
            const auto issued_at = any_time();
            changes.marks = {{key, issued_at}};
            changes.commands = {{any_id<core::CommandId>("c"),
                                 secret(std::to_string(*rc::gen::inRange(0, 100))).digest, key,
                                 issued_at}};
            if (any_flag()) changes.forgotten_commands = {{key, any_time()}};
        }
    }
    return changes;
}

}  // namespace

TEST_CASE("a restart gives back the rows that memory holds, whatever was decided") {
    CHECK(rc::check("the ledger in memory is the ledger on the disk", [] {
        const FaultyDisk disk;  // without a fault, but quick
        const Directory directory;
        core::Ledger ledger;
        {
            OpenStore store{directory};
            const int batches = *rc::gen::inRange(1, 8);
            for (int i = 0; i < batches; ++i) {
                // What several decisions changed shares one commit.
                Changes merged;
                const int decisions = *rc::gen::inRange(1, 6);
                for (int j = 0; j < decisions; ++j) {
                    const auto changes = any_changes(ledger);
                    core::apply(ledger, changes);
                    core::merge(merged, changes);
                }
                store.commit(rows(merged));
            }
        }
        OpenStore again{directory};
        RC_ASSERT(again.store().ledger() == ledger);
    }));
}
