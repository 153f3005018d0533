// The power goes, at any write or sync, and takes along what was not synced.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "db/connection.hpp"
#include "tests/db/faulty_disk.hpp"
#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;
using Call = FaultyDisk::Call;

namespace {

std::uint32_t up_to(std::mt19937& chance, std::uint32_t most) {
    return 1 + static_cast<std::uint32_t>(chance() % most);
}

// Commits until the disk fails or enough is done. The newest entry that was reported.
std::uint64_t commit_until_dark(const Directory& directory, int commits) {
    std::uint64_t told = 0;
    try {
        OpenStore store{directory};
        told = number_of(store.store().head().number);
        for (int i = 0; i < commits; ++i) {
            auto batch = facts(1 + i % 3, "P-1");
            const auto number = static_cast<std::uint16_t>(1 + i % 40);
            batch.changes.deliveries = {stored_in("D-" + std::to_string(number), number)};
            batch.changes.commands = {{protocol::CommandId::of("c-" + std::to_string(told)),
                                       {},
                                       protocol::KeyId::of("dispatch-2026"),
                                       at(i)}};
            const auto committed = store.try_commit(batch);
            if (!committed) return told;
            told = number_of(committed->head.number);
        }
    } catch (const StoreFault&) {
        return told;
    }
    return told;
}

// Everything that was told is there, and the chain is whole.
void require_nothing_lost(const Directory& directory, std::uint64_t told) {
    OpenStore store{directory};
    const auto found = number_of(store.store().head().number);
    REQUIRE(found >= told);
    REQUIRE(found <= told + 3);
    REQUIRE(store.events(1, 10'000).size() == found);
}

void cut_all_over(std::uint32_t seed, std::uint32_t stride) {
    std::mt19937 chance{seed};
    for (const auto call : {Call::write, Call::sync, Call::truncate}) {
        for (std::uint32_t number = 1; number < 200; number += up_to(chance, stride)) {
            CAPTURE(seed, static_cast<int>(call), number);
            FaultyDisk disk;
            const Directory directory;
            disk.break_at({call, number, true});
            auto told = commit_until_dark(directory, 30);
            disk.cut_power(chance);
            disk.behave();
            require_nothing_lost(directory, told);
            // And once more, in a file that has gone through it before.
            disk.break_at({call, up_to(chance, 60), true});
            told = std::max(told, commit_until_dark(directory, 30));
            disk.cut_power(chance);
            disk.behave();
            require_nothing_lost(directory, told);
            REQUIRE_FALSE(db::verify_journal(directory.database()).broken);
        }
    }
}

}  // namespace

TEST_CASE("a power cut at a write or sync here and there loses nothing that was told") {
    cut_all_over(20'261'122, 30);
}

TEST_CASE("a power cut at any write or sync loses nothing that was told", "[slow]") {
    for (std::uint32_t seed = 1; seed <= 2; ++seed) cut_all_over(seed, 2);
}

TEST_CASE("after a failed sync and a restart nothing is told that a power cut could take back") {
    std::mt19937 chance{7};
    for (std::uint32_t number = 1; number < 60; ++number) {
        CAPTURE(number);
        FaultyDisk disk;
        const Directory directory;
        disk.break_at({Call::sync, number, false});
        static_cast<void>(commit_until_dark(directory, 30));
        disk.behave();
        // The page cache shows what the disk does not have; the next start may rely on neither.
        const auto told = commit_until_dark(directory, 5);
        disk.cut_power(chance);
        require_nothing_lost(directory, told);
    }
}

TEST_CASE("this disk tells a commit that was synced from one that was not") {
    std::mt19937 chance{1};
    int lost = 0;
    for (int i = 0; i < 20; ++i) {
        FaultyDisk disk;
        const Directory directory;
        { OpenStore{directory}.commit(facts(1)); }
        {
            db::Connection connection{directory.database(), db::Access::serve};
            connection.execute("PRAGMA synchronous = NORMAL");
            connection.execute("UPDATE meta SET openings = 1000");
        }
        disk.cut_power(chance);
        db::Connection connection{directory.database(), db::Access::inspect};
        if (connection.number("SELECT openings FROM meta") != 1000) ++lost;
    }
    CHECK(lost > 0);
}
