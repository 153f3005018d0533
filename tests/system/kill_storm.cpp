// The promises of a cabinet whose daemon is killed two hundred times at its work.
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <sqlite3.h>

#include "tests/system/storm.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using protocol::FactKind;

namespace {

constexpr std::uint64_t kills_by_default = 200;

std::uint64_t kills_wanted() {
    const char* text = std::getenv("SYSTEM_KILLS");
    return text == nullptr ? kills_by_default : std::strtoull(text, nullptr, 10);
}

// What `PRAGMA integrity_check` says of a stopped cabinet's database.
std::string integrity(const std::filesystem::path& file) {
    sqlite3* database = nullptr;
    std::string said;
    if (::sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
        const auto keep = [](void* out, int, char** values, char**) {
            static_cast<std::string*>(out)->append(values[0]);
            return 0;
        };
        ::sqlite3_exec(database, "PRAGMA integrity_check", keep, &said, nullptr);
    }
    ::sqlite3_close(database);
    return said;
}

void check_deliveries(const Storm& storm, const Journal& journal) {
    for (const auto& parcel : storm.parcels()) {
        INFO(parcel.delivery << ": " << kinds(journal.entries, parcel.delivery));
        CHECK(count(journal.entries, FactKind::assigned, parcel.delivery) == 1);
        CHECK(count(journal.entries, FactKind::collected, parcel.delivery) == 1);
    }
}

void check_locks(CabinetRig& rig, const Journal& journal) {
    std::map<std::uint64_t, std::size_t> authorised;
    for (const auto& entry : journal.entries) {
        if (entry.fact.kind != FactKind::unlock_authorised) continue;
        ++authorised[protocol::number_of(*entry.fact.authorisation)];
    }
    for (const auto& [id, times] : authorised) {
        INFO("authorisation " << id);
        CHECK(times == 1);
    }
    const bool jams = count(journal.entries, FactKind::jammed) != 0;
    CHECK_FALSE(jams);
    for (const auto number : rig.world().numbers()) {
        const auto compartment = protocol::number_of(number);
        INFO("compartment " << compartment);
        CHECK(rig.world().look(number).pulses <=
              count(journal.entries, FactKind::unlock_authorised, compartment));
        CHECK_FALSE(rig.world().look(number).coil);
    }
    CHECK(rig.longest_ms() <= 1'000);
    CHECK_FALSE(rig.world().overlapped());
}

}  // namespace

TEST_CASE("killed at any instant, a cabinet loses nothing and opens nothing twice", "[slow]") {
    const std::uint64_t kills = kills_wanted();
    INFO("--rng-seed " << Catch::getSeed());
    // Doors are slow on a busy machine: a second pulse would be leave of the same authorisation.
    CabinetRig rig{{.limits = "reopen_grace_s = 0\ndoor_springs_within_ms = 10000\n"}};
    rig.start();
    rig.grant_courier();
    rig.kill();
    Storm storm{rig, Catch::getSeed()};
    for (std::uint64_t i = 0; i < kills; ++i) {
        INFO("kill " << i + 1);
        REQUIRE_NOTHROW(storm.live_and_die());
    }
    REQUIRE_NOTHROW(storm.finish());

    const auto journal = rig.whole_journal();
    CHECK(journals(rig.peer().received(), rig.topics.event).size() == 1);
    check_deliveries(storm, journal);
    check_locks(rig, journal);
    CHECK(rig.stop().clean());
    CHECK(integrity(rig.database()) == "ok");
    CHECK(rig.verify_journal().clean());
    WARN(
        fmt::format("{} kills, {} deliveries, {} entries, {} pulses for {} authorisations, "
                    "{} messages set aside",
                    kills, storm.parcels().size(), journal.entries.size(), rig.pulses(),
                    count(journal.entries, FactKind::unlock_authorised), storm.set_aside()));
}
