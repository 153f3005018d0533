// The queue, the thread behind it, and what they ask of the disk.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "tests/db/faulty_disk.hpp"
#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;
using protocol::JournalNumber;
using Call = FaultyDisk::Call;

namespace {

constexpr std::uint64_t plenty = 1;  // bytes that would be too few

}  // namespace

TEST_CASE("a commit costs one sync, and what the broker has accepted costs none") {
    FaultyDisk disk;
    const Directory directory;
    OpenStore store{directory};
    store.commit(facts(1));  // the first one makes the log
    const auto before = disk.calls(Call::sync);
    for (std::uint64_t i = 1; i <= 10; ++i) {
        store.store().note_sent(JournalNumber{i});
        store.commit(rows(rows_of_every_kind()));
    }
    CHECK(disk.calls(Call::sync) == before + 10);
    store.store().note_sent(JournalNumber{1});
    CHECK(store.events(1, 1).size() == 1);
    CHECK(disk.calls(Call::sync) == before + 10);
}

TEST_CASE("a batch without anything is answered without the disk") {
    FaultyDisk disk;
    const Directory directory;
    OpenStore store{directory};
    const auto head = store.commit(facts(3)).head;
    const auto writes = disk.calls(Call::write);
    CHECK(store.commit({}).head.hash == head.hash);
    CHECK(disk.calls(Call::write) == writes);
}

TEST_CASE("what is asked for is answered in the order of asking") {
    const Directory directory;
    OpenStore store{directory};
    std::string order;
    auto& asked = store.store();
    asked.commit(facts(2), [&](const db::Committed& done) {
        order += "commit " + std::to_string(number_of(done.head.number)) + "\n";
    });
    asked.read_events(JournalNumber{1}, 10, [&](const std::vector<db::StoredEvent>& events) {
        order += "events " + std::to_string(events.size()) + "\n";
    });
    asked.commit(facts(1), [&](const db::Committed& done) {
        order += "commit " + std::to_string(number_of(done.head.number)) + "\n";
    });
    asked.read_events(JournalNumber{1}, 10, [&](const std::vector<db::StoredEvent>& events) {
        order += "events " + std::to_string(events.size()) + "\n";
    });
    store.loop().run_until([&] { return order.ends_with("events 3\n"); });
    CHECK(order == "commit 2\nevents 2\ncommit 3\nevents 3\n");
}

TEST_CASE("what was asked for before the end is done at the end") {
    const Directory directory;
    {
        OpenStore store{directory};
        for (int i = 0; i < 50; ++i) store.store().commit(facts(1), [](const db::Committed&) {});
    }
    CHECK(number_of(OpenStore{directory}.store().head().number) == 50);
}

TEST_CASE("a disk that stalls is seen from another thread while it does") {
    FaultyDisk disk;
    const Directory directory;
    std::atomic<std::int64_t> now_us{1'000'000};
    auto options = directory.options();
    options.uptime = [&] { return std::chrono::microseconds{now_us.load()}; };
    OpenStore store{options};
    CHECK(store.store().busy_for_ms() == 0);

    std::atomic<std::uint64_t> seen{0};
    disk.watch(Call::sync, [&] {
        now_us += 5'000'000;
        seen = store.store().busy_for_ms();
    });
    const auto committed = store.commit(facts(1));
    CHECK(seen >= 5'000);
    CHECK(committed.latency_us >= 5'000'000);
    disk.watch(Call::sync, {});
    CHECK(store.events(1, 1).size() == 1);
    CHECK(store.space(plenty).free_bytes > 0);
}

TEST_CASE("the log is moved into the file while nobody waits") {
    FaultyDisk disk;
    const Directory directory;
    OpenStore store{directory};
    const auto bytes = std::filesystem::file_size(directory.database());
    store.commit(facts(5000));
    CHECK(std::filesystem::file_size(directory.database()) == bytes);
    const auto syncs = disk.calls(Call::sync);
    CHECK(store.space(plenty).free_bytes > 0);
    CHECK(disk.calls(Call::sync) == syncs + 2);
    CHECK(std::filesystem::file_size(directory.database()) > bytes);
    CHECK(store.space(plenty).free_bytes > 0);
    CHECK(disk.calls(Call::sync) == syncs + 2);
}

TEST_CASE("the log does not grow for ever when somebody always waits") {
    const FaultyDisk disk;
    const Directory directory;
    OpenStore store{directory};
    std::uint64_t done = 0;
    for (int i = 0; i < 800; ++i) {
        store.store().commit(facts(1, "P-1"), [&](const db::Committed&) { ++done; });
    }
    store.loop().run_until([&] { return done == 800; });
    constexpr std::uintmax_t most_frames = 1100;
    constexpr std::uintmax_t frame_bytes = 4096 + 24;
    CHECK(std::filesystem::file_size(directory.state() / "cabinet.db-wal") <
          most_frames * frame_bytes);
}

TEST_CASE("a fault that came before anybody listened is told when somebody does") {
    FaultyDisk disk;
    const Directory directory;
    Loop loop;
    db::Store store{directory.options(), loop.post()};
    disk.break_at({Call::sync, 1, true});
    store.commit(facts(1), [](const db::Committed&) {});
    loop.run_until([&] { return disk.has_failed(); });
    int told = 0;
    store.on_fault([&](const StoreFault&) { ++told; });
    loop.run_until([&] { return told > 0; });
    CHECK(told == 1);
}

TEST_CASE("the ledger is handed over once") {
    const Directory directory;
    OpenStore{directory}.commit(rows(rows_of_every_kind()));
    core::Ledger expected;
    core::apply(expected, rows_of_every_kind());
    OpenStore store{directory};
    CHECK(store.store().take_ledger() == expected);
    CHECK(store.store().ledger() == core::Ledger{});
}
