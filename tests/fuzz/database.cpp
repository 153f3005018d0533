// A database that something has altered: it opens and everything in it can be used, or it is
// refused with a fault that names the file and says what to do. Never half of it, never a crash.
#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <sysexits.h>

#include "core/cabinet.hpp"
#include "db/migrations.hpp"
#include "db/store.hpp"
#include "protocol/codec.hpp"
#include "tests/fuzz/damage.hpp"
#include "tests/fuzz/scratch.hpp"

namespace {

using namespace lucheng;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::string_view magic = "SQLite format 3";
constexpr std::uint64_t entries_max = 1'000;

void check(bool holds) {
    if (!holds) std::abort();
}

db::Options options_for(const fs::path& state) {
    return {.directory = state,
            .cabinet = protocol::CabinetId::of("KS-017"),
            .ballast_bytes = 0,
            .own_thread = false};
}

// A store without a thread, asked one thing at a time. No answer: it has failed.
class Asked {
public:
    explicit Asked(const fs::path& state)
        : store{options_for(state), [this](auto posted) { posted_.push_back(std::move(posted)); }} {
        store.on_fault([this](const db::StoreFault& fault) {
            check(!failed);  // told once
            failed = true;
            named(fault);
        });
    }
    static void named(const db::StoreFault& fault) {
        check(std::string_view{fault.what()}.find("cabinet.db") != std::string_view::npos);
        check(!fault.advice().empty());
        // Damaged, or whole and not for us. Neither a fault of ours nor one of the disk.
        check(fault.exit_code() == EX_DATAERR || fault.exit_code() == EX_CONFIG);
    }
    void settle() {
        while (store.step()) continue;
        while (!posted_.empty()) {
            const auto next = std::move(posted_.front());
            posted_.pop_front();
            next();
        }
    }
    bool commit(const core::Decision& decision) {
        db::Batch batch;
        for (const auto& fact : decision.facts) batch.facts.push_back({.fact = fact});
        batch.changes = decision.changes;
        bool done = false;
        store.commit(std::move(batch), [&done](const db::Committed&) { done = true; });
        settle();
        check(done != failed);
        return done;
    }

private:
    std::deque<std::function<void()>> posted_{};

public:
    bool failed = false;
    db::Store store;
};

// As many as the newest 64, which were looked at when it was opened: those are a chain.
void read_journal(Asked& asked) {
    const auto head = asked.store.head();
    const auto newest = protocol::number_of(head.number);
    const auto from = newest > 64 ? newest - 63 : 1;
    std::optional<std::vector<db::StoredEvent>> events;
    asked.store.read_events(protocol::JournalNumber{from}, entries_max,
                            [&events](auto read) { events = std::move(read); });
    asked.settle();
    check(events.has_value() != asked.failed);
    if (!events) return;
    for (const auto& stored : *events) {
        check(protocol::digest_of(stored.event.entry) == stored.event.hash);
        const auto entry = protocol::decode_entry(stored.event.entry);
        check(entry && entry.value().header.number == stored.number);
    }
    check(events->empty() || events->back().event.hash == head.hash);
}

// What the daemon does with the ledger at a start, and an hour later.
void live_on(Asked& asked) {
    core::CabinetSpec spec{.id = protocol::CabinetId::of("KS-017"), .compartments = {}};
    core::Booted booted{.senses = {}, .version = "0.1.0"};
    for (std::uint16_t number = 1; number <= core::compartments_max; ++number) {
        const core::CompartmentNumber compartment{number};
        spec.compartments.push_back({.number = compartment, .has_sensor = number % 2 == 0});
        booted.senses.push_back(
            {.compartment = compartment,
             .door = number % 7 == 0 ? protocol::Door::open : protocol::Door::shut,
             .occupancy = protocol::Occupancy::empty});
    }
    const auto& ledger = asked.store.ledger();
    for (const auto& [id, delivery] : ledger.deliveries) {
        check(core::is_live(delivery.state) == delivery.compartment.has_value());
        // The daemon would not start: see misfit() in daemon/service.cpp.
        if (delivery.compartment &&
            (protocol::number_of(*delivery.compartment) > core::compartments_max ||
             protocol::number_of(*delivery.compartment) == 0)) {
            return;
        }
    }
    core::Cabinet cabinet{spec, ledger};
    core::Now now{
        .uptime = core::Uptime{1h}, .wall = core::WallTime{1'790'000'000s}, .trusted = true};
    if (!asked.commit(cabinet.decide(now, booted))) return;
    for (int i = 0; i < 20; ++i) {
        const auto next = cabinet.next_deadline();
        if (!next) break;
        now.wall += std::max<core::Milliseconds>(*next - now.uptime, 0ms);
        now.uptime = std::max(now.uptime, *next);
        if (!asked.commit(cabinet.decide(now, core::DeadlinePassed{}))) return;
    }
    static_cast<void>(asked.commit(cabinet.decide(now, core::CodeTyped{})));
    static_cast<void>(cabinet.report());
}

void verify(const fs::path& database) {
    try {
        static_cast<void>(db::verify_journal(database));
    } catch (const db::StoreFault& fault) {
        Asked::named(fault);
    }
}

void open_and_use(const fs::path& state) {
    try {
        Asked asked{state};
        read_journal(asked);
        if (!asked.failed) live_on(asked);
    } catch (const db::StoreFault& fault) {
        Asked::named(fault);
    }
    check(fs::exists(state / "cabinet.db"));  // never removed, never taken for a new one
}

// The newest version's file with a log that was not brought home: a power cut.
void make_one_with_a_log(const fs::path& state, const fs::path& kept, const fs::path& fixture) {
    fs::create_directory(state);
    fs::copy_file(fixture, state / "cabinet.db");
    Asked asked{state};
    core::Decision decision;
    decision.facts.resize(3, {.kind = protocol::FactKind::tampered});
    check(asked.commit(decision));
    fs::copy(state, kept);
}

void prepare(const fuzz::Scratch& scratch, const std::uint8_t* data, std::size_t size) {
    const auto state = scratch / "state";
    const auto kept = scratch / "with-log";
    const fs::path fixtures = LUCHENG_SOURCE_DIR "/tests/fixtures/databases";
    const auto newest = fmt::format("v{}.db", db::migrations().back().version);
    if (!fs::exists(kept)) make_one_with_a_log(state, kept, fixtures / newest);
    fs::remove_all(state);
    const auto database = state / "cabinet.db";
    if (size >= magic.size() && std::memcmp(data, magic.data(), magic.size()) == 0) {
        fs::create_directory(state);
        std::ofstream{database, std::ios::binary}.write(reinterpret_cast<const char*>(data),
                                                        static_cast<std::streamsize>(size));
        return;
    }
    fuzz::Choices choices{{data, size}};
    const auto kind = choices.byte() % 3U;
    if (kind == 2) {
        fs::copy(kept, state);
    } else {
        fs::create_directory(state);
        fs::copy_file(fixtures / (kind == 0 ? "v1.db" : "v2.db"), database);
    }
    fuzz::damage(database, choices);
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Scratch scratch;
    prepare(scratch, data, size);
    verify(scratch / "state" / "cabinet.db");
    open_and_use(scratch / "state");
    return 0;
}
