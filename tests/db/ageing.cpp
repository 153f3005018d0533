// What the record holds no longer, and what it never lets go.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>

#include "protocol/codec.hpp"
#include "tests/db/faulty_disk.hpp"
#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;
using namespace std::chrono_literals;
using protocol::FactKind;
using protocol::JournalNumber;

namespace {

constexpr std::int64_t day = 86'400;

db::StampedFact fact_of(std::string_view delivery, std::string_view person, std::int64_t seconds) {
    auto made = fact(FactKind::deposited, person);
    if (!delivery.empty()) made.fact.delivery = protocol::DeliveryId::of(delivery);
    made.at = at(seconds);
    made.time_trusted = true;
    return made;
}

Batch batch_of(std::vector<db::StampedFact> facts) {
    Batch batch;
    batch.facts = std::move(facts);
    return batch;
}

// The whole of it, called again for as long as there is more.
db::Aged age(OpenStore& store, std::int64_t now, protocol::Milliseconds persons = 24h * 30,
             protocol::Milliseconds entries = 24h * 180) {
    db::Aged all;
    do {
        std::optional<db::Aged> aged;
        store.store().age({.now = at(now), .persons = persons, .entries = entries},
                          [&](const db::Aged& answer) { aged = answer; });
        store.loop().run_until([&] { return aged || store.fault(); });
        if (!aged) return all;
        all = {all.persons + aged->persons, aged->pruned, aged->more};
    } while (all.more);
    return all;
}

std::vector<std::string> persons_in(OpenStore& store) {
    std::vector<std::string> persons;
    for (const auto& event : store.events(1, 10'000)) {
        if (event.event.personal) persons.push_back(event.event.personal->person.str());
    }
    return persons;
}

void acknowledge(OpenStore& store, std::uint64_t number) {
    const auto event = store.events(number, 1).front().event;
    const auto entry = protocol::decode_entry(event.entry);
    CHECK(store.acknowledge(entry.value().header.epoch, number, event.hash));
}

bool holds(const std::filesystem::path& directory, const std::string& text) {
    for (const auto& file : std::filesystem::recursive_directory_iterator{directory}) {
        if (!file.is_regular_file()) continue;
        std::ifstream in{file.path(), std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
        if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("persons are erased when they are old, and the chain stays whole") {
    const Directory directory;
    {
        OpenStore store{directory};
        store.commit(batch_of({fact_of("", "P-old", 0), fact_of("", "P-new", 20 * day)}));
        CHECK(age(store, 29 * day).persons == 0);
        CHECK(persons_in(store) == std::vector<std::string>{"P-old", "P-new"});
        CHECK(age(store, 31 * day).persons == 1);
        CHECK(persons_in(store) == std::vector<std::string>{"P-new"});
        CHECK(age(store, 31 * day).persons == 0);
        CHECK_FALSE(holds(directory.state(), "P-old"));  // nor in the log
        CHECK(holds(directory.state(), "P-new"));
    }
    const auto verified = db::verify_journal(directory.database());
    CHECK_FALSE(verified.broken);
    CHECK(verified.entries == 2);
}

TEST_CASE("a delivery's persons are erased together, so long after its end") {
    const Directory directory;
    OpenStore store{directory};
    auto batch = batch_of({fact_of("D-1", "P-1", 0)});
    batch.changes.deliveries = {stored_in("D-1", 12)};
    store.commit(batch);
    CHECK(age(store, 90 * day).persons == 0);  // it is still here
    auto end = batch_of({fact_of("D-1", "C-1", 90 * day)});
    end.changes.deliveries = {ended("D-1")};
    store.commit(end);
    CHECK(age(store, 100 * day).persons == 0);
    CHECK(persons_in(store).size() == 2);
    CHECK(age(store, 121 * day).persons == 2);
    CHECK(persons_in(store).empty());
}

TEST_CASE("a time that was not trusted, or lies ahead, waits for the next that says more") {
    const Directory directory;
    OpenStore store{directory};
    auto untrusted = fact_of("", "P-1970", 0);
    untrusted.at = protocol::WallTime{};
    untrusted.time_trusted = false;
    store.commit(batch_of({untrusted, fact_of("", "P-2040", 5'000 * day)}));
    CHECK(age(store, 40 * day).persons == 0);
    store.commit(batch_of({fact_of("", "P-now", 40 * day)}));
    CHECK(age(store, 60 * day).persons == 0);
    CHECK(age(store, 71 * day).persons == 3);
}

TEST_CASE("an entry is dropped only when dispatch has it and it is old; the anchor stays") {
    const Directory directory;
    {
        OpenStore store{directory};
        std::vector<db::StampedFact> many;
        for (int i = 0; i < 1'000; ++i) many.push_back(fact_of("", "P-1", i));
        many.push_back(fact_of("", "P-2", 100 * day));
        store.commit(batch_of(std::move(many)));
        CHECK(age(store, 365 * day).pruned == JournalNumber{0});  // nobody has it
        acknowledge(store, 700);
        CHECK(age(store, 179 * day).pruned == JournalNumber{0});  // not old enough
        CHECK(age(store, 181 * day).pruned == JournalNumber{700});
        CHECK(store.events(1, 10).front().number == JournalNumber{701});
        acknowledge(store, 1'001);
        CHECK(age(store, 181 * day).pruned == JournalNumber{1'000});
        CHECK(store.commit(facts(1)).head.pruned == JournalNumber{1'000});
    }
    CHECK_FALSE(db::verify_journal(directory.database()).broken);
    {
        OpenStore store{directory};
        CHECK(store.store().head().pruned == JournalNumber{1'000});
        acknowledge(store, 1'002);
        CHECK(age(store, 400 * day).pruned == JournalNumber{1'002});  // and now nothing is left
        CHECK(store.events(1, 10).empty());
        CHECK(store.commit(facts(2)).head.number == JournalNumber{1'004});
    }
    CHECK_FALSE(OpenStore{directory}.fault());
    CHECK_FALSE(db::verify_journal(directory.database()).broken);
}

TEST_CASE("who is forgotten is nowhere in the files, the backups included") {
    const Directory directory;
    {
        OpenStore store{directory};
        store.commit(facts(3, "P-forgotten"));
        store.commit(facts(3, "P-other"));
    }
    std::filesystem::create_directory(directory.state() / "backups");
    std::filesystem::copy_file(directory.database(), directory.state() / "backups" / "old.db");
    OpenStore store{directory};
    REQUIRE(holds(directory.state(), "P-forgotten"));
    Batch batch;
    batch.changes.forgotten_people = {protocol::PersonId::of("P-forgotten")};
    store.commit(batch);
    static_cast<void>(store.space(1));
    CHECK_FALSE(holds(directory.state(), "P-forgotten"));
    CHECK(persons_in(store).size() == 3);
    CHECK(std::filesystem::is_empty(directory.state() / "backups"));
}

TEST_CASE("a backup goes when its persons would have") {
    const Directory directory;
    OpenStore store{directory};
    const auto backups = directory.state() / "backups";
    std::filesystem::create_directory(backups);
    std::ofstream{backups / "old.db"} << "old";
    const auto written = std::filesystem::last_write_time(backups / "old.db");
    const auto since = std::chrono::file_clock::to_sys(written) - at(0);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
    static_cast<void>(age(store, seconds + 29 * day));
    CHECK(std::filesystem::exists(backups / "old.db"));
    static_cast<void>(age(store, seconds + 31 * day));
    CHECK_FALSE(std::filesystem::exists(backups / "old.db"));
}

TEST_CASE("a cut anywhere while the old is let go leaves a whole journal") {
    for (std::uint32_t number = 1;; ++number) {
        FaultyDisk disk;
        const Directory directory;
        {
            OpenStore store{directory};
            std::vector<db::StampedFact> many;
            for (int i = 0; i < 20; ++i) many.push_back(fact_of("", "P-1", i));
            store.commit(batch_of(std::move(many)));
            acknowledge(store, 15);
            disk.break_at({.call = FaultyDisk::Call::write, .number = number, .for_ever = true});
            static_cast<void>(age(store, 400 * day));
            disk.behave();
            if (!store.fault()) break;
        }
        CHECK_FALSE(OpenStore{directory}.fault());
        CHECK_FALSE(db::verify_journal(directory.database()).broken);
    }
}

TEST_CASE("who brought a return is erased when it is old, collected, and known to dispatch") {
    const Directory directory;
    OpenStore store{directory};
    auto stored = fact(FactKind::return_stored, "");
    stored.fact.book_return = protocol::ReturnId{7};
    stored.fact.sealed = "c2VhbGVk";
    auto batch = batch_of({stored, fact_of("", "P-new", 40 * day)});
    core::Return one;
    one.id = protocol::ReturnId{7};
    one.state = protocol::ReturnState::stored;
    one.compartment = protocol::CompartmentNumber{3};
    batch.changes.returns = {one};
    const auto head = store.commit(batch).head;
    const auto seal = [&] { return store.events(1, 1).front().event.personal; };
    CHECK(age(store, 45 * day).persons == 0);
    REQUIRE(seal());
    CHECK(seal()->sealed == "c2VhbGVk");
    Batch collected;
    collected.changes.ended_returns = {protocol::ReturnId{7}};
    store.commit(collected);
    CHECK(age(store, 45 * day).persons == 0);  // nobody else knows yet
    CHECK(store.acknowledge(head.epoch, 1, store.events(1, 1).front().event.hash));
    CHECK(age(store, 45 * day).persons == 1);
    CHECK_FALSE(seal());
}
