// A disk that is full, and a disk that is broken.
#include <catch2/catch_test_macros.hpp>
#include <memory>

#include "tests/db/faulty_disk.hpp"
#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;
using protocol::JournalNumber;
using Call = FaultyDisk::Call;

namespace {

constexpr std::int64_t ballast_bytes = 1 << 20;

db::Options with_ballast(const Directory& directory) {
    auto options = directory.options();
    options.ballast_bytes = ballast_bytes;
    return options;
}

bool names(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the ballast is really allocated, private, and kept over a restart") {
    const Directory directory;
    const auto ballast = directory.state() / "ballast";
    { OpenStore store{with_ballast(directory)}; }
    CHECK(std::filesystem::file_size(ballast) == ballast_bytes);
    CHECK(std::filesystem::space(directory.state()).available > 0);
    CHECK(std::filesystem::status(ballast).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    const auto made = std::filesystem::last_write_time(ballast);
    OpenStore store{with_ballast(directory)};
    CHECK(std::filesystem::last_write_time(ballast) == made);
    CHECK(store.space(1).ballast);
}

TEST_CASE("a ballast that was cut off while it was made is made anew") {
    const Directory directory;
    const auto ballast = directory.state() / "ballast";
    { OpenStore store{with_ballast(directory)}; }
    std::filesystem::resize_file(ballast, 4096);
    OpenStore store{with_ballast(directory)};
    CHECK(std::filesystem::file_size(ballast) == ballast_bytes);
}

TEST_CASE("on a full disk the ballast is let go and the commit happens after all") {
    FaultyDisk disk;
    const Directory directory;
    const auto ballast = directory.state() / "ballast";
    {
        OpenStore store{with_ballast(directory)};
        store.commit(facts(1));
        disk.full_while_there_is(ballast);
        const auto head = store.commit(facts(2)).head;
        CHECK(head.number == JournalNumber{3});
        CHECK_FALSE(std::filesystem::exists(ballast));
        CHECK(store.commit(facts(1)).head.number == JournalNumber{4});
        CHECK_FALSE(store.fault());
        CHECK_FALSE(store.space(1).ballast == (store.space(1).free_bytes == 0));
    }
    CHECK_FALSE(db::verify_journal(directory.database()).broken);
}

TEST_CASE("a disk that was full at the last end is opened at the cost of the ballast") {
    FaultyDisk disk;
    const Directory directory;
    { OpenStore{with_ballast(directory)}.commit(facts(1)); }
    disk.full_while_there_is(directory.state() / "ballast");
    OpenStore store{with_ballast(directory)};
    CHECK(store.commit(facts(1)).head.number == JournalNumber{2});
}

TEST_CASE("without ballast a full disk is a fault that says so") {
    FaultyDisk disk;
    const Directory directory;
    OpenStore store{directory};
    store.commit(facts(1));
    disk.full_for_ever();
    CHECK_FALSE(store.try_commit(facts(1)));
    REQUIRE(store.fault());
    CHECK(store.fault()->exit_code() == 74);
    CHECK(names(store.fault()->what(), "SQLITE_FULL"));
    CHECK(names(store.fault()->advice(), "Make room"));
}

TEST_CASE("a disk that stays full after the ballast is tried once, not for ever") {
    FaultyDisk disk;
    const Directory directory;
    OpenStore store{with_ballast(directory)};
    disk.full_for_ever();
    CHECK_FALSE(store.try_commit(facts(1)));
    REQUIRE(store.fault());
    CHECK_FALSE(std::filesystem::exists(directory.state() / "ballast"));
    CHECK(disk.calls(Call::write) > 0);
}

TEST_CASE("the ballast goes when there is next to no room and comes back with plenty") {
    const Directory directory;
    OpenStore store{with_ballast(directory)};
    const auto free = store.space(1).free_bytes;
    REQUIRE(free > 0);
    CHECK(store.space(1).ballast);
    // Low, but not so low that the ballast must go.
    CHECK(store.space(free / 2 + free / 4).ballast);
    CHECK_FALSE(store.space(free * 8).ballast);
    CHECK_FALSE(std::filesystem::exists(directory.state() / "ballast"));
    CHECK_FALSE(store.space(free).ballast);
    CHECK(store.space(1).ballast);
}

TEST_CASE("a failed sync is told once, never tried again, and nothing after it happens") {
    FaultyDisk disk;
    const Directory directory;
    auto store = std::make_unique<OpenStore>(directory);
    store->commit(facts(1));
    store->store().note_sent(JournalNumber{1});
    disk.break_at({Call::sync, 1});
    const auto syncs = disk.calls(Call::sync);
    int answered = 0;
    for (int i = 0; i < 3; ++i) {
        store->store().commit(facts(1), [&](const db::Committed&) { ++answered; });
    }
    store->loop().run_until([&] { return store->fault().has_value(); });
    store->store().read_reply(protocol::CommandId::of("c-1"),
                              [&](const std::optional<std::string>&) { ++answered; });
    CHECK(store->fault()->exit_code() == 74);
    CHECK(names(store->fault()->what(), "commit: SQLITE_IOERR_FSYNC"));
    CHECK(names(store->fault()->what(), directory.database().string()));
    CHECK(names(store->fault()->advice(), "checkpoint"));

    // Closing leaves the disk alone, too.
    const auto writes = disk.calls(Call::write);
    auto loop = store->loop();
    store.reset();
    loop.run_ready();
    CHECK(answered == 0);
    CHECK(disk.calls(Call::sync) == syncs + 1);
    CHECK(disk.calls(Call::write) == writes);
}

TEST_CASE("a checkpoint that fails is a fault, not something to try again later") {
    FaultyDisk disk;
    const Directory directory;
    OpenStore store{directory};
    const auto syncs_before = disk.calls(Call::sync);
    // One for the commit, one for the log before it is moved, one for the file after.
    disk.break_at({Call::sync, 3});
    // More than the log may hold before it is moved.
    static_cast<void>(store.try_commit(facts(20'000)));
    store.loop().run_until([&] { return store.fault().has_value(); });
    CHECK(names(store.fault()->what(), "checkpoint"));
    CHECK(disk.calls(Call::sync) == syncs_before + 3);
}

namespace {

// A short life of a store. What was answered must be there afterwards, whatever failed.
struct Told {
    std::uint64_t committed = 0;
    bool opened = false;
};

Told live(const Directory& directory) {
    Told told;
    try {
        OpenStore store{directory};
        told.opened = true;
        for (int i = 0; i < 3; ++i) {
            auto batch = facts(1, "P-1");
            batch.changes.compartments = {{protocol::CompartmentNumber{1}, {}, i % 2 == 0}};
            const auto committed = store.try_commit(batch);
            if (!committed) return told;
            told.committed = number_of(committed->head.number);
        }
    } catch (const StoreFault&) {
        return told;
    }
    return told;
}

}  // namespace

TEST_CASE("a page that cannot be read at a start is the disk's fault and no damage") {
    const Directory directory;
    {
        OpenStore store{directory};
        for (int i = 0; i < 20; ++i) store.commit(facts(30, "P-1"));
    }
    for (std::uint32_t number = 1;; ++number) {
        CAPTURE(number);
        FaultyDisk disk;
        disk.break_at({Call::read, number, false});
        try {
            const OpenStore store{directory};
        } catch (const StoreFault& fault) {
            CAPTURE(std::string{fault.what()});
            REQUIRE(fault.exit_code() == 74);
        }
        if (!disk.has_failed()) break;
    }
    OpenStore store{directory};
    CHECK(number_of(store.store().head().number) == 600);
}

TEST_CASE("whichever call of the disk fails, nothing that was answered is lost") {
    for (const auto call : {Call::open, Call::read, Call::write, Call::truncate, Call::sync}) {
        for (const bool for_ever : {false, true}) {
            bool failed = true;
            for (std::uint32_t number = 1; failed; ++number) {
                CAPTURE(static_cast<int>(call), for_ever, number);
                FaultyDisk disk;
                const Directory directory;
                disk.break_at({call, number, for_ever});
                const auto syncs = disk.calls(Call::sync);
                const auto told = live(directory);
                failed = disk.has_failed();
                if (failed && told.opened && call == Call::sync) {
                    REQUIRE(disk.calls(Call::sync) == syncs + number);  // none after the failed
                }
                disk.behave();

                OpenStore again{directory};
                const auto found = number_of(again.store().head().number);
                REQUIRE(found >= told.committed);
                REQUIRE(found <= told.committed + 1);
                REQUIRE(again.store().ledger().compartments.empty() == (found == 0));
                REQUIRE(again.commit(facts(1)).head.number == JournalNumber{found + 1});
                REQUIRE_FALSE(again.fault());
            }
        }
    }
}
