// Released schemas never change; files of old ones come along.
#include "db/migrations.hpp"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <vector>

#include "db/backup.hpp"
#include "db/opening.hpp"
#include "protocol/digest.hpp"
#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;

namespace {

const std::filesystem::path fixtures =
    std::filesystem::path{LUCHENG_SOURCE_DIR} / "tests" / "fixtures" / "databases";

// What the fixtures hold, each made by the program of its version.
constexpr int fixture_facts = 20;

std::vector<db::Migration> with_one_more(std::string_view sql) {
    const auto released = db::migrations();
    std::vector<db::Migration> schema{released.begin(), released.end()};
    schema.push_back({released.back().version + 1, sql});
    return schema;
}

// Opens with that schema and closes again; what is said when it does not open.
std::optional<StoreFault> open_with(const Directory& directory,
                                    std::span<const db::Migration> schema) {
    try {
        const auto options = directory.options();
        db::Ballast none{options.directory, 0};
        static_cast<void>(db::open_database(options, none, schema));
        return std::nullopt;
    } catch (const StoreFault& fault) {
        return fault;
    }
}

std::vector<std::filesystem::path> backups_in(const Directory& directory) {
    std::vector<std::filesystem::path> found;
    const auto backups = directory.state() / "backups";
    if (!std::filesystem::exists(backups)) return found;
    for (const auto& entry : std::filesystem::directory_iterator{backups}) {
        found.push_back(entry.path());
    }
    return found;
}

constexpr std::string_view one_more_column =
    "ALTER TABLE delivery ADD COLUMN note TEXT NOT NULL DEFAULT '';";

}  // namespace

TEST_CASE("migrations are numbered from 1 without a gap") {
    std::int64_t version = 0;
    for (const auto& step : db::migrations()) CHECK(step.version == ++version);
}

TEST_CASE("the text of a released migration never changes") {
    constexpr std::array<std::string_view, 6> released{
        "8ea2f3b815a3bec408edde7f9024ccd40dc7149dc5422a471a49708e3d33e7e7",
        "59510abe25d8c0c315f08f59c047a914cb5671b7082babe976d8ca80185c1304",
        "a8dbad3a060d70d06abf151e1a299032e3668000894805da805e55eba0ce739e",
        "8105ee214cb656550b7f19eea89dc9c7a750fb35bb63e108e2f4bd65356a803e",
        "7b1f4080f76745770a07d25bba61548493f755ccdf4ede2b95e915b35363fe5e",
        "bb438bf8cdeba16bf66bd127f62303482aa8a6aa2df08899920c30683d7a98b6"};
    REQUIRE(db::migrations().size() >= released.size());
    for (std::size_t i = 0; i < released.size(); ++i) {
        CAPTURE(i + 1);
        CHECK(protocol::hex(protocol::digest_of(db::migrations()[i].sql)) == released.at(i));
    }
}

TEST_CASE("a database of every released version opens, whole and with all its rows") {
    for (const auto& step : db::migrations()) {
        CAPTURE(step.version);
        const Directory directory;
        std::filesystem::create_directory(directory.state());
        std::filesystem::copy_file(fixtures / ("v" + std::to_string(step.version) + ".db"),
                                   directory.database());
        OpenStore store{directory};
        core::Ledger expected;
        core::apply(expected, rows_of_every_kind(step.version));
        CHECK(store.store().ledger() == expected);
        CHECK(store.store().head().number == protocol::JournalNumber{fixture_facts});
        CHECK(store.store().head().acknowledged == protocol::JournalNumber{7});
        CHECK(store.store().sent() == protocol::JournalNumber{9});
        CHECK(store.reply("c-1") == "the first answer");
        CHECK(store.events(1, 100).size() == fixture_facts);
        store.commit(facts(1, "P-1"));
        CHECK_FALSE(store.fault());
    }
}

TEST_CASE("an old database is copied, whole, before it is migrated") {
    const Directory directory;
    OpenStore{directory}.commit(facts(5, "P-1"));
    const auto version = db::migrations().back().version;
    CHECK_FALSE(open_with(directory, with_one_more(one_more_column)));

    const auto backups = backups_in(directory);
    REQUIRE(backups.size() == 1);
    CHECK(backups.front().filename() == "cabinet-v" + std::to_string(version) + "-5.db");
    CHECK(std::filesystem::status(backups.front()).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(look_by_hand(backups.front(), "PRAGMA integrity_check") == "ok");
    CHECK(look_by_hand(backups.front(), "PRAGMA user_version") == std::to_string(version));
    CHECK(look_by_hand(directory.database(), "PRAGMA user_version") == std::to_string(version + 1));
    CHECK(look_by_hand(directory.database(), "SELECT count(note) FROM delivery") == "0");

    // The way back: the copy serves this version, where the migrated file does not.
    const auto fault = fault_at_opening(directory.options());
    REQUIRE(fault);
    CHECK(fault->exit_code() == 78);
    std::filesystem::remove(directory.state() / "cabinet.db-wal");
    std::filesystem::copy_file(backups.front(), directory.database(),
                               std::filesystem::copy_options::overwrite_existing);
    CHECK(number_of(OpenStore{directory}.store().head().number) == 5);
    CHECK_FALSE(db::verify_journal(directory.database()).broken);
}

TEST_CASE("a new database is made without a backup") {
    const Directory directory;
    { OpenStore store{directory}; }
    { OpenStore store{directory}; }
    CHECK(backups_in(directory).empty());
}

TEST_CASE("a migration that fails half-way leaves the database as it was") {
    const Directory directory;
    OpenStore{directory}.commit(facts(5));
    const auto schema =
        with_one_more("ALTER TABLE delivery ADD COLUMN note TEXT; DELETE FROM no_such_table;");
    const auto fault = open_with(directory, schema);
    REQUIRE(fault);
    CHECK(std::string{fault->what()}.find("migrate") != std::string::npos);
    OpenStore again{directory};
    CHECK(again.commit(facts(1)).head.number == protocol::JournalNumber{6});
}

TEST_CASE("a backup that was begun before a power cut is made anew") {
    const Directory directory;
    OpenStore{directory}.commit(facts(5));
    std::filesystem::create_directory(directory.state() / "backups");
    edit_by_hand(directory.state() / "backups" / "unfinished.db", "CREATE TABLE half (x)");
    CHECK_FALSE(open_with(directory, with_one_more(one_more_column)));
    REQUIRE(backups_in(directory).size() == 1);
    CHECK(backups_in(directory).front().filename() != "unfinished.db");
}

TEST_CASE("a damaged database is neither copied nor migrated") {
    const Directory directory;
    OpenStore{directory}.commit(rows(rows_of_every_kind()));
    const auto* damage = GENERATE(
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema "
        "WHERE name = 'one_live_delivery_a_compartment'",
        "INSERT INTO personal VALUES (99, 'P-1', zeroblob(32), NULL, NULL, NULL)");
    edit_by_hand(directory.database(), damage);
    const auto fault = open_with(directory, with_one_more(one_more_column));
    REQUIRE(fault);
    CAPTURE(fault->what());
    CHECK(fault->exit_code() == 65);
    CHECK(backups_in(directory).empty());
}

// Run once for a new version, with its program: test_db "[.fixture]".
TEST_CASE("write the fixture of the newest version", "[.fixture]") {
    const Directory directory;
    {
        OpenStore store{directory};
        auto batch = rows(rows_of_every_kind());
        batch.facts = facts(fixture_facts, "P-1").facts;
        batch.replies = {{protocol::CommandId::of("c-1"), "the first answer"}};
        const auto head = store.commit(batch).head;
        const auto seventh = store.events(7, 1).front().event.hash;
        CHECK(store.acknowledge(head.epoch, 7, seventh));
        store.store().note_sent(protocol::JournalNumber{9});
    }
    const auto version = std::to_string(db::migrations().back().version);
    std::filesystem::create_directories(fixtures);
    CHECK(std::filesystem::copy_file(directory.database(), fixtures / ("v" + version + ".db")));
}
