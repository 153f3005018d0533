// Rows in the database and in memory are the same rows.
#include <catch2/catch_test_macros.hpp>

#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;

TEST_CASE("every row comes back as it was written") {
    const Directory directory;
    const auto changes = rows_of_every_kind();
    OpenStore{directory}.commit(rows(changes));

    core::Ledger expected;
    core::apply(expected, changes);
    OpenStore again{directory};
    CHECK(again.store().ledger() == expected);
    CHECK(again.store().ledger().deliveries.begin()->second.cards.size() == 3);
}

TEST_CASE("a cabinet about which nothing was decided has an empty ledger") {
    const Directory directory;
    {
        OpenStore store{directory};
        CHECK(store.store().ledger() == core::Ledger{});
        CHECK(store.store().born());
    }
    OpenStore again{directory};
    CHECK(again.store().ledger() == core::Ledger{});
    CHECK_FALSE(again.store().born());
}

TEST_CASE("rows that are removed stay away") {
    const Directory directory;
    OpenStore{directory}.commit(rows(rows_of_every_kind()));
    Changes changes;
    changes.forgotten_deliveries = {protocol::DeliveryId::of("D-full")};
    changes.authorisations = {
        {protocol::AuthorisationId{8}, {}, {}, {}, {}, {}, core::Outcome::ended}};
    changes.revoked_credentials = {protocol::PersonId::of("C-1")};
    changes.forgotten_commands = {{protocol::KeyId::of("dispatch-2026"), at(2)},
                                  {protocol::KeyId::of("operator-7"), at(2)}};
    OpenStore{directory}.commit(rows(changes));

    core::Ledger expected;
    core::apply(expected, rows_of_every_kind());
    core::apply(expected, changes);
    OpenStore again{directory};
    CHECK(again.store().ledger() == expected);
    CHECK(again.store().ledger().commands.size() == 1);
}

namespace {

core::Return return_in(std::uint64_t id, std::uint16_t compartment) {
    core::Return one;
    one.id = protocol::ReturnId{id};
    one.state = protocol::ReturnState::stored;
    one.compartment = protocol::CompartmentNumber{compartment};
    return one;
}

}  // namespace

TEST_CASE("the database puts no return and no delivery into the same compartment") {
    const Directory directory;
    OpenStore store{directory};
    store.commit(rows({.deliveries = {stored_in("D-1", 5)}, .returns = {return_in(1, 6)}}));
    SECTION("a return to a delivery") {
        CHECK_FALSE(store.try_commit(rows({.returns = {return_in(2, 5)}})));
    }
    SECTION("a delivery to a return") {
        CHECK_FALSE(store.try_commit(rows({.deliveries = {stored_in("D-2", 6)}})));
    }
    SECTION("a delivery that moves") {
        CHECK_FALSE(store.try_commit(rows({.deliveries = {stored_in("D-1", 6)}})));
    }
    SECTION("a second return") {
        CHECK_FALSE(store.try_commit(rows({.returns = {return_in(2, 6)}})));
    }
    CHECK(store.fault());
}

TEST_CASE("a return and a delivery may change places in one commit") {
    const Directory directory;
    {
        OpenStore store{directory};
        store.commit(rows({.deliveries = {stored_in("D-1", 5)}, .returns = {return_in(1, 6)}}));
        store.commit(rows({.deliveries = {ended("D-1"), stored_in("D-2", 6)},
                           .returns = {return_in(2, 5)},
                           .ended_returns = {protocol::ReturnId{1}}}));
        CHECK_FALSE(store.fault());
    }
    OpenStore again{directory};
    CHECK(again.store().ledger().returns.size() == 1);
    CHECK(again.store().ledger().returns.contains(protocol::ReturnId{2}));
}

TEST_CASE("the database refuses a second live delivery in a compartment") {
    const Directory directory;
    OpenStore store{directory};
    store.commit(rows({.deliveries = {stored_in("D-1", 5)}}));
    CHECK_FALSE(store.try_commit(rows({.deliveries = {stored_in("D-2", 5)}})));
    REQUIRE(store.fault());
    CHECK(std::string{store.fault()->what()}.find("SQLITE_CONSTRAINT_UNIQUE") != std::string::npos);
    CHECK(store.fault()->exit_code() == 70);
}

TEST_CASE("two live deliveries for one compartment are refused within one batch too") {
    const Directory directory;
    OpenStore store{directory};
    CHECK_FALSE(store.try_commit(rows({.deliveries = {stored_in("D-1", 5), stored_in("D-2", 5)}})));
    CHECK(store.fault());
}

TEST_CASE("a compartment is set in the database exactly while a delivery is live") {
    for (int code = 0; code <= static_cast<int>(core::DeliveryState::disputed); ++code) {
        const auto state = static_cast<core::DeliveryState>(code);
        for (const bool placed : {true, false}) {
            CAPTURE(protocol::code_of(state), placed);
            const Directory directory;
            OpenStore store{directory};
            auto delivery = placed ? stored_in("D-1", 5) : ended("D-1");
            delivery.state = state;
            const bool taken = store.try_commit(rows({.deliveries = {delivery}})).has_value();
            CHECK(taken == (core::is_live(state) == placed));
        }
    }
}

TEST_CASE("in one batch a delivery ends and another takes its compartment") {
    const Directory directory;
    OpenStore store{directory};
    store.commit(rows({.deliveries = {stored_in("D-2", 5)}}));
    store.commit(rows({.deliveries = {stored_in("D-1", 5), ended("D-2")}}));
    CHECK_FALSE(store.fault());
}

TEST_CASE("in one batch deliveries change places") {
    const Directory directory;
    {
        OpenStore store{directory};
        store.commit(rows({.deliveries = {stored_in("D-1", 5), stored_in("D-2", 6)}}));
        store.commit(rows({.deliveries = {stored_in("D-1", 6), stored_in("D-2", 5)}}));
    }
    OpenStore again{directory};
    const auto& deliveries = again.store().ledger().deliveries;
    CHECK(deliveries.at(protocol::DeliveryId::of("D-1")) == stored_in("D-1", 6));
    CHECK(deliveries.at(protocol::DeliveryId::of("D-2")) == stored_in("D-2", 5));
}

TEST_CASE("the answer to a command comes back byte for byte, over a restart") {
    const Directory directory;
    const std::string bytes = "{\"id\":\"c-1\",\"text\":\"柜门\"}";
    Batch batch = rows(rows_of_every_kind());
    batch.replies = {{protocol::CommandId::of("c-1"), bytes}};
    {
        OpenStore store{directory};
        store.commit(batch);
        CHECK(store.reply("c-1") == bytes);
        CHECK(store.reply("c-2") == std::nullopt);
        CHECK(store.reply("c-3") == std::nullopt);
    }
    OpenStore again{directory};
    CHECK(again.reply("c-1") == bytes);
    Batch late;
    late.replies = {{protocol::CommandId::of("c-2"), "late"},
                    {protocol::CommandId::of("c-3"), "of a command that is not remembered"}};
    again.commit(late);
    CHECK(again.reply("c-2") == "late");
    CHECK(again.reply("c-3") == std::nullopt);
}

TEST_CASE("a batch is all or nothing") {
    const Directory directory;
    {
        OpenStore store{directory};
        store.commit(rows({.deliveries = {stored_in("D-1", 5)}}));
        Batch batch = rows({.compartments = {{protocol::CompartmentNumber{7}, {}, true}},
                            .deliveries = {stored_in("D-2", 5)}});
        batch.facts.push_back(fact(protocol::FactKind::assigned));
        CHECK_FALSE(store.try_commit(batch));
    }
    CHECK_FALSE(db::verify_journal(directory.database()).broken);
    OpenStore again{directory};
    core::Ledger expected;
    core::apply(expected, {.deliveries = {stored_in("D-1", 5)}});
    CHECK(again.store().ledger() == expected);
    CHECK(again.store().head().number == protocol::JournalNumber{0});
}

TEST_CASE("a row that this program could never have written is named by table and column") {
    const Directory directory;
    { OpenStore store{directory}; }
    edit_by_hand(directory.database(), "INSERT INTO compartment VALUES (4, 'haunted', 0)");
    const auto fault = fault_at_opening(directory.options());
    REQUIRE(fault);
    CHECK(fault->exit_code() == 65);
    CHECK(std::string{fault->what()}.find("compartment, column 2") != std::string::npos);
    CHECK(std::string{fault->what()}.find("haunted") == std::string::npos);
}
