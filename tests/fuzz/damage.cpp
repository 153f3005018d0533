#include "tests/fuzz/damage.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <sqlite3.h>
#include <string_view>

namespace lucheng::fuzz {

namespace {

constexpr std::size_t page_bytes = 4'096;
constexpr int changes_max = 32;

struct Table {
    std::string_view name, key;
    std::array<std::string_view, 12> columns;  // the first empty one ends them
};
constexpr std::array tables{
    Table{"meta",
          "one",
          {"cabinet", "epoch", "openings", "head", "head_hash", "sent", "acknowledged", "pruned",
           "pruned_hash", "one"}},
    Table{"cabinet",
          "one",
          {"in_service", "walk_needed", "last_authorisation", "wrong_in_row", "wrong_today",
           "today_left_ms", "lockout_left_ms", "one", "testing"}},
    Table{"compartment", "number", {"number", "out_of_service", "unexplained"}},
    Table{"delivery",
          "id",
          {"id", "revision", "state", "compartment", "patron", "parcel_group", "size", "books",
           "pickup_by", "code", "cards", "issued_at"}},
    Table{"authorisation",
          "id",
          {"id", "compartment", "purpose", "means", "delivery", "person", "outcome"}},
    Table{"credential", "person", {"person", "role", "valid_until", "code", "cards"}},
    Table{"key_mark", "key", {"key", "issued_at"}},
    Table{"command", "id", {"id", "body", "key", "issued_at", "reply"}},
    Table{"journal", "number", {"number", "entry", "hash"}},
    Table{"personal", "number", {"number", "person", "salt", "delivery", "sealed", "book_return"}},
    Table{"book_return", "id", {"id", "state", "compartment", "size", "card", "sealed"}},
    Table{"notice", "one", {"one", "chinese", "english", "until", "issued_at"}},
    Table{"trusted_key", "id", {"id", "role", "key"}},
};

// Words that a column may hold where another stood.
constexpr std::array<std::string_view, 14> words{
    "assigned",  "depositing", "stored",  "collecting", "collected", "recalling",     "disputed",
    "cancelled", "opened",     "granted", "recall",     "KS-018",    "commissioning", "D-1"};

std::string read(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

void write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

std::filesystem::path log_of(std::filesystem::path database) { return database += "-wal"; }

// Past the end is past the end: nothing.
void overwrite(std::string& bytes, std::size_t at, const std::string& by) {
    if (at < bytes.size()) bytes.replace(at, std::min(by.size(), bytes.size() - at), by);
}

void change_bytes(std::string& bytes, std::uint8_t how, Choices& choices) {
    const auto at = static_cast<std::size_t>(choices.number(3));
    const auto within = bytes.empty() ? 0 : at % bytes.size();
    switch (how) {
        case 0: overwrite(bytes, within, choices.text(choices.byte() % 64U + 1U)); break;
        case 1:
            if (!bytes.empty()) bytes[within] = static_cast<char>(bytes[within] ^ choices.byte());
            break;
        case 2: bytes.resize(within); break;
        case 3:
            overwrite(bytes, within / page_bytes * page_bytes, std::string(page_bytes, '\0'));
            break;
        case 4: {  // a page in the place of another
            const auto from = choices.byte() * page_bytes;
            if (from < bytes.size()) {
                overwrite(bytes, within / page_bytes * page_bytes, bytes.substr(from, page_bytes));
            }
            break;
        }
        default: bytes += choices.text(choices.byte()); break;
    }
}

struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

void bind_value(sqlite3_stmt* statement, Choices& choices) {
    const auto kind = choices.byte();
    switch (kind % 6) {
        case 0: sqlite3_bind_null(statement, 1); break;
        case 1: sqlite3_bind_int64(statement, 1, choices.byte()); break;
        case 2:
            sqlite3_bind_int64(statement, 1, static_cast<std::int64_t>(choices.number(8)));
            break;
        case 3: {
            const auto word = words.at(choices.byte() % words.size());
            sqlite3_bind_text(statement, 1, word.data(), static_cast<int>(word.size()),
                              SQLITE_STATIC);
            break;
        }
        case 4: {
            const auto text = choices.text(choices.byte() % 80U);
            sqlite3_bind_text(statement, 1, text.data(), static_cast<int>(text.size()),
                              SQLITE_TRANSIENT);
            break;
        }
        default: {
            const auto bytes = choices.text(choices.byte() % 100U);
            sqlite3_bind_blob(statement, 1, bytes.data(), static_cast<int>(bytes.size()),
                              SQLITE_TRANSIENT);
            break;
        }
    }
}

// Without constraints and triggers, as a tool does that knows nothing of them. It may fail.
void edit_row(const std::filesystem::path& database, Choices& choices) {
    sqlite3* opened = nullptr;
    if (sqlite3_open(database.c_str(), &opened) != SQLITE_OK) return sqlite3_close(opened), void();
    const std::unique_ptr<sqlite3, Close> handle{opened};
    sqlite3_db_config(opened, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_exec(opened,
                 "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; "
                 "PRAGMA synchronous = OFF",
                 nullptr, nullptr, nullptr);
    const auto& table = tables.at(choices.byte() % tables.size());
    const auto count = static_cast<std::size_t>(
        std::find(table.columns.begin(), table.columns.end(), std::string_view{}) -
        table.columns.begin());
    const auto column = choices.byte();
    const auto which = fmt::format("WHERE {0} = (SELECT {0} FROM {1} LIMIT 1 OFFSET {2})",
                                   table.key, table.name, choices.byte() % 24);
    const auto sql = column == 0xff ? fmt::format("DELETE FROM {} {}", table.name, which)
                                    : fmt::format("UPDATE {} SET {} = ?1 {}", table.name,
                                                  table.columns.at(column % count), which);
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(opened, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) return;
    const std::unique_ptr<sqlite3_stmt, Close> statement{prepared};
    if (column != 0xff) bind_value(prepared, choices);
    sqlite3_step(prepared);
}

}  // namespace

std::uint8_t Choices::byte() {
    if (bytes_.empty()) return 0;
    const auto first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
}

std::uint64_t Choices::number(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8U | byte();
    return value;
}

std::string Choices::text(std::size_t count) {
    std::string taken;
    for (std::size_t i = 0; i < count && !none_left(); ++i) {
        taken += static_cast<char>(byte());
    }
    return taken;
}

void damage(const std::filesystem::path& database, Choices choices) {
    for (int i = 0; i < changes_max && !choices.none_left(); ++i) {
        const auto kind = choices.byte() % 16U;
        if (kind >= 12) {
            edit_row(database, choices);
            continue;
        }
        const auto file = kind >= 6 ? log_of(database) : database;
        if (!std::filesystem::exists(file)) continue;
        auto bytes = read(file);
        change_bytes(bytes, static_cast<std::uint8_t>(kind % 6), choices);
        write(file, bytes);
    }
}

}  // namespace lucheng::fuzz
