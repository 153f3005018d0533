#include "tools/dispatcher/ledger.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>
#include <stdexcept>
#include <sys/stat.h>

#include "protocol/codes.hpp"

namespace lucheng::dispatcher {

using protocol::Code;
using protocol::number_of;

namespace {

constexpr std::array stages{
    Code{Stage::waiting, "waiting"},     Code{Stage::asked, "asked"},
    Code{Stage::assigned, "assigned"},   Code{Stage::deposited, "deposited"},
    Code{Stage::expired, "expired"},     Code{Stage::recalling, "recalling"},
    Code{Stage::disputed, "disputed"},   Code{Stage::refused, "refused"},
    Code{Stage::collected, "collected"}, Code{Stage::collected_late, "collected_late"},
    Code{Stage::recalled, "recalled"},   Code{Stage::not_deposited, "not_deposited"},
    Code{Stage::cancelled, "cancelled"}, Code{Stage::resolved, "resolved"},
};

// A rollback journal, because two programs read this file: the dispatcher and its --check.
constexpr const char* schema = R"(
PRAGMA journal_mode = TRUNCATE;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS deliveries(
  id TEXT PRIMARY KEY, request TEXT NOT NULL, stage TEXT NOT NULL, ended INTEGER NOT NULL,
  cabinet TEXT NOT NULL, epoch TEXT NOT NULL, compartment INTEGER NOT NULL,
  revision INTEGER NOT NULL, problem TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS live_deliveries ON deliveries(id) WHERE ended = 0;
CREATE TABLE IF NOT EXISTS commands(
  id TEXT PRIMARY KEY, cabinet TEXT NOT NULL, delivery TEXT NOT NULL, verb TEXT NOT NULL,
  expires_at INTEGER NOT NULL, bytes TEXT NOT NULL, reply TEXT) STRICT;
CREATE INDEX IF NOT EXISTS unanswered_commands ON commands(id) WHERE reply IS NULL;
CREATE TABLE IF NOT EXISTS unwanted(
  delivery TEXT NOT NULL, cabinet TEXT NOT NULL, revision INTEGER NOT NULL,
  PRIMARY KEY(delivery, cabinet)) STRICT;
CREATE TABLE IF NOT EXISTS journals(
  cabinet TEXT NOT NULL, epoch TEXT NOT NULL, taken INTEGER NOT NULL, hash BLOB NOT NULL,
  acknowledged INTEGER NOT NULL, PRIMARY KEY(cabinet, epoch)) STRICT;
CREATE TABLE IF NOT EXISTS entries(
  cabinet TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
  entry TEXT NOT NULL, person TEXT, salt BLOB, PRIMARY KEY(cabinet, epoch, number)) STRICT;
)";

// A ledger of before has no times: what is in it is as old as today.
constexpr const char* with_times = R"(
ALTER TABLE deliveries ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN taken_at INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET changed_at = unixepoch();
UPDATE entries SET taken_at = unixepoch();
PRAGMA user_version = 1;
)";

constexpr int wait_for_the_other_ms = 5'000;

}  // namespace

std::string_view code_of(Stage stage) { return protocol::text_in(stages, stage); }
bool has_ended(Stage stage) { return stage > Stage::refused; }
bool is_inside(Stage stage) { return stage >= Stage::deposited && stage <= Stage::disputed; }

// One statement, its values bound from left to right, its rows read one by one.
class Ledger::Question {
public:
    Question(Ledger& ledger, sqlite3_stmt* statement) : ledger_{ledger}, statement_{statement} {}
    ~Question() { sqlite3_reset(statement_); }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

    // Texts and bytes must live until the last row.
    Question& with(std::string_view text) {
        return bound(sqlite3_bind_text(statement_, ++values_, text.data(),
                                       static_cast<int>(text.size()), SQLITE_STATIC));
    }
    Question& with(std::uint64_t number) {
        return bound(sqlite3_bind_int64(statement_, ++values_, static_cast<sqlite3_int64>(number)));
    }
    Question& with(const protocol::Digest& bytes) {
        return bound(sqlite3_bind_blob(statement_, ++values_, bytes.data(),
                                       static_cast<int>(bytes.size()), SQLITE_STATIC));
    }
    Question& with_nothing() { return bound(sqlite3_bind_null(statement_, ++values_)); }

    bool next() {
        const int result = sqlite3_step(statement_);
        if (result != SQLITE_ROW && result != SQLITE_DONE) ledger_.fail();
        return result == SQLITE_ROW;
    }
    [[nodiscard]] std::string text(int column) const {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
        return bytes == nullptr ? std::string{} : std::string{bytes, size};
    }
    [[nodiscard]] std::uint64_t number(int column) const {
        return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
    }
    [[nodiscard]] protocol::Digest digest(int column) const {
        protocol::Digest digest{};
        const auto bytes = text(column);
        std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
        return digest;
    }
    template <class Id>
    [[nodiscard]] Id id(int column) const {
        const auto bytes = text(column);
        return bytes.empty() ? Id{} : Id::of(bytes);
    }

private:
    Question& bound(int result) {
        if (result != SQLITE_OK) ledger_.fail();
        return *this;
    }
    Ledger& ledger_;
    sqlite3_stmt* statement_;
    int values_ = 0;
};

Ledger::Ledger(const std::filesystem::path& file) : file_{file.string()} {
    ::umask(S_IRWXG | S_IRWXO);  // live codes stand in it
    sqlite3* handle = nullptr;
    const int result = sqlite3_open(file_.c_str(), &handle);
    handle_.reset(handle);
    if (result != SQLITE_OK) fail();
    sqlite3_busy_timeout(handle, wait_for_the_other_ms);
    execute(schema);
    note_times();
}

void Ledger::note_times() {
    execute("BEGIN IMMEDIATE");
    bool noted = false;
    {
        auto version = ask("PRAGMA user_version");
        noted = version.next() && version.number(0) > 0;
    }
    if (!noted) execute(with_times);
    execute("COMMIT");
}

void Ledger::fail() const {
    throw std::runtime_error{fmt::format("{}: {}", file_, sqlite3_errmsg(handle_.get()))};
}

void Ledger::execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

Ledger::Question Ledger::ask(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement) {
        sqlite3_stmt* prepared = nullptr;
        if (sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared,
                               nullptr) != SQLITE_OK) {
            fail();
        }
        statement.reset(prepared);
    }
    return Question{*this, statement.get()};
}

void Ledger::begin() { execute("BEGIN"); }
void Ledger::commit() { execute("COMMIT"); }

std::vector<Delivery> Ledger::live() {
    std::vector<Delivery> found;
    auto rows =
        ask("SELECT id, request, stage, cabinet, epoch, compartment, revision, problem "
            "FROM deliveries WHERE ended = 0");
    while (rows.next()) {
        Delivery delivery{.request = read_request(rows.text(1), file_ + ": " + rows.text(0)),
                          .stage = protocol::value_in(stages, rows.text(2)).value(),
                          .cabinet = rows.id<protocol::CabinetId>(3),
                          .epoch = rows.id<protocol::EpochId>(4),
                          .revision = static_cast<std::uint32_t>(rows.number(6)),
                          .problem = rows.text(7)};
        if (const auto number = static_cast<std::uint16_t>(rows.number(5)); number != 0) {
            delivery.compartment = protocol::CompartmentNumber{number};
        }
        found.push_back(std::move(delivery));
    }
    return found;
}

std::optional<Stage> Ledger::stage_of(const protocol::DeliveryId& id) {
    auto rows = ask("SELECT stage FROM deliveries WHERE id = ?");
    rows.with(id.str());
    if (!rows.next()) return {};
    return protocol::value_in(stages, rows.text(0));
}

std::uint32_t Ledger::next_revision(const protocol::DeliveryId& id) {
    ask("UPDATE deliveries SET revision = revision + 1 WHERE id = ?").with(id.str()).next();
    auto rows = ask("SELECT revision FROM deliveries WHERE id = ?");
    rows.with(id.str());
    return rows.next() ? static_cast<std::uint32_t>(rows.number(0)) : 1;
}

void Ledger::keep(const Delivery& delivery) {
    const bool ended = has_ended(delivery.stage);
    const auto request = text_of(delivery.request, !ended);
    const auto compartment = delivery.compartment ? number_of(*delivery.compartment) : 0U;
    ask("INSERT OR REPLACE INTO deliveries VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, unixepoch())")
        .with(delivery.request.delivery.str())
        .with(request)
        .with(code_of(delivery.stage))
        .with(ended ? 1U : 0U)
        .with(delivery.cabinet.str())
        .with(delivery.epoch.str())
        .with(compartment)
        .with(delivery.revision)
        .with(delivery.problem)
        .next();
}

std::vector<Order> Ledger::unanswered() {
    std::vector<Order> found;
    auto rows = ask(
        "SELECT id, cabinet, delivery, verb, expires_at, bytes FROM commands WHERE reply IS NULL");
    while (rows.next()) {
        const auto until = std::chrono::milliseconds{rows.number(4)};
        found.push_back({.id = rows.id<protocol::CommandId>(0),
                         .cabinet = rows.id<protocol::CabinetId>(1),
                         .delivery = rows.id<protocol::DeliveryId>(2),
                         .verb = rows.text(3),
                         .expires_at = protocol::WallTime{until},
                         .bytes = rows.text(5)});
    }
    return found;
}

void Ledger::keep(const Order& order) {
    ask("INSERT INTO commands VALUES(?, ?, ?, ?, ?, ?, NULL)")
        .with(order.id.str())
        .with(order.cabinet.str())
        .with(order.delivery.str())
        .with(order.verb)
        .with(static_cast<std::uint64_t>(order.expires_at.time_since_epoch().count()))
        .with(order.bytes)
        .next();
}

void Ledger::answered(const protocol::CommandId& id, std::string_view reply) {
    ask("UPDATE commands SET reply = ? WHERE id = ?").with(reply).with(id.str()).next();
}

void Ledger::forget(std::chrono::hours persons, std::chrono::hours entries) {
    const auto seconds = [](std::chrono::hours age) {
        return static_cast<std::uint64_t>(std::chrono::seconds{age}.count());
    };
    ask("UPDATE entries SET person = NULL, salt = NULL "
        "WHERE person IS NOT NULL AND taken_at < unixepoch() - ?1 AND NOT EXISTS("
        "SELECT 1 FROM deliveries WHERE id = json_extract(entry, '$.delivery') "
        "AND (ended = 0 OR changed_at >= unixepoch() - ?1))")
        .with(seconds(persons))
        .next();
    ask("UPDATE deliveries SET request = json_remove(request, '$.patron', '$.group') "
        "WHERE ended = 1 AND changed_at < unixepoch() - ? "
        "AND json_extract(request, '$.patron') IS NOT NULL")
        .with(seconds(persons))
        .next();
    // The patron stands in the bytes of an assign.
    ask("DELETE FROM commands WHERE reply IS NOT NULL AND expires_at < (unixepoch() - ?) * 1000")
        .with(seconds(persons))
        .next();
    ask("DELETE FROM entries WHERE taken_at < unixepoch() - ? AND number <= "
        "(SELECT acknowledged FROM journals WHERE journals.cabinet = entries.cabinet "
        "AND journals.epoch = entries.epoch)")
        .with(seconds(entries))
        .next();
    ask("DELETE FROM deliveries WHERE ended = 1 AND changed_at < unixepoch() - ?")
        .with(seconds(entries))
        .next();
}

bool Ledger::has(const protocol::CommandId& id) {
    return ask("SELECT 1 FROM commands WHERE id = ?").with(id.str()).next();
}

std::vector<Unwanted> Ledger::unwanted() {
    std::vector<Unwanted> found;
    auto rows = ask("SELECT delivery, cabinet, revision FROM unwanted");
    while (rows.next()) {
        found.push_back({.delivery = rows.id<protocol::DeliveryId>(0),
                         .cabinet = rows.id<protocol::CabinetId>(1),
                         .revision = static_cast<std::uint32_t>(rows.number(2))});
    }
    return found;
}

void Ledger::keep(const Unwanted& one) {
    ask("INSERT OR REPLACE INTO unwanted VALUES(?, ?, ?)")
        .with(one.delivery.str())
        .with(one.cabinet.str())
        .with(one.revision)
        .next();
}

void Ledger::drop(const Unwanted& one) {
    ask("DELETE FROM unwanted WHERE delivery = ? AND cabinet = ?")
        .with(one.delivery.str())
        .with(one.cabinet.str())
        .next();
}

std::vector<Journal> Ledger::journals() {
    std::vector<Journal> found;
    auto rows =
        ask("SELECT cabinet, epoch, taken, hash, acknowledged FROM journals ORDER BY rowid");
    while (rows.next()) {
        found.push_back({.cabinet = rows.id<protocol::CabinetId>(0),
                         .epoch = rows.id<protocol::EpochId>(1),
                         .taken = rows.number(2),
                         .hash = rows.digest(3),
                         .acknowledged = rows.number(4)});
    }
    return found;
}

void Ledger::keep(const Journal& journal) {
    ask("INSERT INTO journals VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "taken = excluded.taken, hash = excluded.hash, acknowledged = excluded.acknowledged")
        .with(journal.cabinet.str())
        .with(journal.epoch.str())
        .with(journal.taken)
        .with(journal.hash)
        .with(journal.acknowledged)
        .next();
}

void Ledger::keep(const protocol::EntryHeader& header, const protocol::Event& event) {
    auto question = ask("INSERT INTO entries VALUES(?, ?, ?, ?, ?, ?, ?, unixepoch())");
    question.with(header.cabinet.str())
        .with(header.epoch.str())
        .with(number_of(header.number))
        .with(event.hash)
        .with(event.entry);
    if (event.personal) {
        question.with(event.personal->person.str()).with(event.personal->salt);
    } else {
        question.with_nothing().with_nothing();
    }
    question.next();
}

std::optional<protocol::Digest> Ledger::hash_of(const protocol::EntryHeader& header) {
    auto rows = ask("SELECT hash FROM entries WHERE cabinet = ? AND epoch = ? AND number = ?");
    rows.with(header.cabinet.str()).with(header.epoch.str()).with(number_of(header.number));
    if (!rows.next()) return {};
    return rows.digest(0);
}

}  // namespace lucheng::dispatcher
