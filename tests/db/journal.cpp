// The journal: without a gap, chained, and every hand that was laid on it is found.
#include <catch2/catch_test_macros.hpp>

#include "protocol/codec.hpp"
#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;
using protocol::JournalNumber;

namespace {

// What a hand at a shell can do to a closed file.
constexpr const char* without_triggers =
    "DROP TRIGGER journal_is_never_rewritten;"
    "DROP TRIGGER journal_is_pruned_up_to_its_anchor;"
    "DROP TRIGGER journal_numbers_have_no_gap;";

std::string broken_after(const std::string& sql) {
    const Directory directory;
    OpenStore{directory}.commit(facts(100, "P-1"));
    edit_by_hand(directory.database(), without_triggers + sql);
    return db::verify_journal(directory.database()).broken.value_or("whole");
}

bool names(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a commit brings its entries along, as they are read later") {
    const Directory directory;
    OpenStore store{directory};
    store.commit(facts(2));
    const auto committed = store.commit(facts(3, "P-1"));
    const auto read = store.events(3, 10);
    REQUIRE(committed.events.size() == 3);
    REQUIRE(read.size() == 3);
    for (std::size_t i = 0; i < read.size(); ++i) {
        CHECK(committed.events.at(i).number == read.at(i).number);
        CHECK(protocol::encode(committed.events.at(i).event) == protocol::encode(read.at(i).event));
    }
    CHECK(committed.head.hash == read.back().event.hash);
}

TEST_CASE("entries have numbers from 1, each with the hash of the one before") {
    const Directory directory;
    OpenStore store{directory};
    CHECK(store.store().head().number == JournalNumber{0});
    const auto head = store.commit(facts(3)).head;
    CHECK(head.number == JournalNumber{3});
    const auto events = store.events(1, 10);
    REQUIRE(events.size() == 3);
    protocol::Digest previous{};
    std::uint64_t number = 0;
    for (const auto& event : events) {
        const auto entry = protocol::decode_entry(event.event.entry).value();
        CHECK(event.number == JournalNumber{++number});
        CHECK(entry.header.number == event.number);
        CHECK(entry.header.previous == previous);
        CHECK(entry.header.epoch == head.epoch);
        CHECK(entry.header.cabinet == protocol::CabinetId::of("KS-017"));
        CHECK(protocol::digest_of(event.event.entry) == event.event.hash);
        previous = event.event.hash;
    }
    CHECK(head.hash == previous);
}

TEST_CASE("a fact's person lies beside the chain, with a salt of its own") {
    const Directory directory;
    OpenStore store{directory};
    store.commit(facts(2, "P-88123"));
    const auto events = store.events(1, 10);
    REQUIRE(events.size() == 2);
    for (const auto& event : events) {
        CHECK(event.event.entry.find("P-88123") == std::string::npos);
        REQUIRE(event.event.personal);
        CHECK(event.event.personal->person == protocol::PersonId::of("P-88123"));
        CHECK(protocol::decode_entry(event.event.entry).value().commitment ==
              protocol::commitment_to(*event.event.personal));
    }
    CHECK(events[0].event.personal->salt != events[1].event.personal->salt);
}

TEST_CASE("an erased person leaves the chain whole") {
    const Directory directory;
    OpenStore{directory}.commit(facts(5, "P-1"));
    edit_by_hand(directory.database(), "DELETE FROM personal WHERE number = 3");
    CHECK_FALSE(db::verify_journal(directory.database()).broken);
    OpenStore again{directory};
    const auto events = again.events(3, 2);
    CHECK_FALSE(events.at(0).event.personal);
    CHECK(events.at(1).event.personal);
}

TEST_CASE("numbers go on without a gap over a restart, in the same epoch") {
    const Directory directory;
    const auto before = OpenStore{directory}.commit(facts(3)).head;
    OpenStore again{directory};
    CHECK(again.store().head().number == before.number);
    CHECK(again.store().head().hash == before.hash);
    CHECK(again.store().head().epoch == before.epoch);
    CHECK(again.store().newest_entry_at() == at(2));
    CHECK(again.commit(facts(1)).head.number == JournalNumber{4});
    CHECK(again.events(1, 10).size() == 4);
}

TEST_CASE("two new databases are of two epochs") {
    const Directory one;
    const Directory other;
    CHECK(OpenStore{one}.store().head().epoch != OpenStore{other}.store().head().epoch);
}

TEST_CASE("events are read in order, no more than were asked for") {
    const Directory directory;
    OpenStore store{directory};
    store.commit(facts(10));
    const auto events = store.events(4, 3);
    REQUIRE(events.size() == 3);
    CHECK(events.front().number == JournalNumber{4});
    CHECK(events.back().number == JournalNumber{6});
    CHECK(store.events(11, 3).empty());
    CHECK(store.events(9, 100).size() == 2);
}

TEST_CASE("an acknowledgement counts when epoch, number and hash are right") {
    const Directory directory;
    protocol::EpochId epoch;
    {
        OpenStore store{directory};
        const auto head = store.commit(facts(5)).head;
        epoch = head.epoch;
        const auto third = store.events(3, 1).front().event.hash;
        CHECK(store.acknowledge(protocol::EpochId::of("e-other"), 3, third).refusal().reason ==
              Reason::wrong_epoch);
        CHECK(store.acknowledge(epoch, 6, third).refusal().reason == Reason::beyond_head);
        CHECK(store.acknowledge(epoch, 2, third).refusal().reason == Reason::wrong_hash);
        CHECK(store.acknowledge(epoch, 0, third).refusal().reason == Reason::not_in_journal);
        CHECK(store.acknowledge(epoch, 3, third).value().acknowledged == JournalNumber{3});
        const auto first = store.events(1, 1).front().event.hash;
        CHECK(store.acknowledge(epoch, 1, first).value().acknowledged == JournalNumber{3});
    }
    OpenStore again{directory};
    CHECK(again.store().head().acknowledged == JournalNumber{3});
    CHECK(again.commit(facts(1)).head.acknowledged == JournalNumber{3});
}

TEST_CASE("what the broker has accepted is durable with the next commit") {
    const Directory directory;
    {
        OpenStore store{directory};
        store.commit(facts(5));
        store.store().note_sent(JournalNumber{4});
        store.store().note_sent(JournalNumber{2});  // an ack that came out of order
        store.commit(facts(1));
    }
    CHECK(OpenStore{directory}.store().sent() == JournalNumber{4});
}

TEST_CASE("what the broker has accepted is written at a clean end, too") {
    const Directory directory;
    {
        OpenStore store{directory};
        store.commit(facts(5));
        store.store().note_sent(JournalNumber{5});
    }
    CHECK(OpenStore{directory}.store().sent() == JournalNumber{5});
}

TEST_CASE("a whole journal verifies, from its first entry to its head") {
    const Directory directory;
    const auto head = OpenStore{directory}.commit(facts(100, "P-1")).head;
    const auto found = db::verify_journal(directory.database());
    CHECK_FALSE(found.broken);
    CHECK(found.entries == 100);
    CHECK(found.head.number == head.number);
    CHECK(found.head.hash == head.hash);
    CHECK(found.head.epoch == head.epoch);
}

TEST_CASE("an entry that was edited by hand is found and named") {
    CHECK(names(broken_after("UPDATE journal SET entry = replace(entry, 'opened', 'closed') "
                             "WHERE number = 42"),
                "entry 42"));
}

TEST_CASE("an entry that was taken out by hand is found and named") {
    CHECK(names(broken_after("DELETE FROM journal WHERE number = 42"), "entry 42"));
    CHECK(names(broken_after("DELETE FROM journal WHERE number = 1"), "entry 1:"));
}

TEST_CASE("a journal that was cut short by hand is found and named") {
    CHECK(names(broken_after("DELETE FROM journal WHERE number > 97"), "entry 98"));
    CHECK(names(broken_after("DELETE FROM journal"), "entry 1:"));
}

TEST_CASE("entries that changed places are found and named") {
    CHECK(names(broken_after("UPDATE journal SET number = -1 WHERE number = 7;"
                             "UPDATE journal SET number = 7 WHERE number = 8;"
                             "UPDATE journal SET number = 8 WHERE number = -1"),
                "entry 7"));
}

TEST_CASE("a hash that was edited by hand is found and named") {
    CHECK(names(broken_after("UPDATE journal SET hash = zeroblob(32) WHERE number = 100"),
                "entry 100"));
}

TEST_CASE("a person who was exchanged for another is found and named") {
    CHECK(names(broken_after("UPDATE personal SET person = 'P-2' WHERE number = 50"), "entry 50"));
}

TEST_CASE("entries that were added behind the head by hand are found") {
    CHECK(names(broken_after("INSERT INTO journal SELECT 101, entry, hash FROM journal "
                             "WHERE number = 100"),
                "entry 101"));
}

TEST_CASE("a file whose newest entries were altered does not open") {
    const Directory directory;
    OpenStore{directory}.commit(facts(200));
    edit_by_hand(directory.database(),
                 std::string{without_triggers} + "DELETE FROM journal WHERE number > 190");
    const auto fault = fault_at_opening(directory.options());
    REQUIRE(fault);
    CHECK(fault->exit_code() == 65);
    CHECK(names(fault->what(), "entry 191"));
}

TEST_CASE("the database itself refuses to change, remove or skip an entry") {
    const Directory directory;
    OpenStore{directory}.commit(facts(3));
    const auto refused = [&](const std::string& sql) {
        try {
            edit_by_hand(directory.database(), sql);
            return std::string{"not refused"};
        } catch (const std::runtime_error& error) {
            return std::string{error.what()};
        }
    };
    CHECK(refused("UPDATE journal SET entry = '' WHERE number = 2") ==
          "a journal entry is never changed");
    CHECK(refused("DELETE FROM journal WHERE number = 3") ==
          "a journal entry beyond the anchor is never removed");
    CHECK(refused("INSERT INTO journal VALUES (5, '', zeroblob(32))") ==
          "a journal entry must have the number after the last");
    CHECK(refused("INSERT OR REPLACE INTO journal VALUES (3, '', zeroblob(32))") ==
          "a journal entry must have the number after the last");
    CHECK(refused("UPDATE meta SET pruned = 1") != "not refused");  // nothing is acknowledged
}

TEST_CASE("entries that were pruned up to an anchor leave a chain that verifies") {
    const Directory directory;
    {
        OpenStore store{directory};
        const auto head = store.commit(facts(100, "P-1")).head;
        CHECK(store.acknowledge(head.epoch, 100, head.hash));
    }
    edit_by_hand(directory.database(),
                 "UPDATE meta SET pruned = 60, pruned_hash = "
                 "(SELECT hash FROM journal WHERE number = 60);"
                 "DELETE FROM personal WHERE number <= 60;"
                 "DELETE FROM journal WHERE number <= 60");
    const auto found = db::verify_journal(directory.database());
    CHECK_FALSE(found.broken);
    CHECK(found.entries == 40);
    OpenStore again{directory};
    CHECK(again.commit(facts(1)).head.number == JournalNumber{101});
    CHECK(again.acknowledge(found.head.epoch, 60, {}).refusal().reason == Reason::not_in_journal);
}

TEST_CASE("verifying changes nothing, neither the file nor its log") {
    const Directory directory;
    OpenStore{directory}.commit(facts(3));
    const auto log = directory.state() / "cabinet.db-wal";
    for (const bool with_log : {true, false}) {
        if (!with_log) std::filesystem::remove(log);
        const auto before = std::filesystem::last_write_time(directory.database());
        CHECK(db::verify_journal(directory.database()).entries == 3);
        CHECK(std::filesystem::last_write_time(directory.database()) == before);
        CHECK(std::filesystem::exists(log) == with_log);
    }
}

TEST_CASE("a journal in use is not verified behind the daemon's back") {
    const Directory directory;
    OpenStore store{directory};
    store.commit(facts(1));
    try {
        static_cast<void>(db::verify_journal(directory.database()));
        FAIL("it was");
    } catch (const StoreFault& fault) {
        CHECK(fault.exit_code() == 75);
        CHECK(names(fault.what(), "SQLITE_BUSY"));
    }
}
