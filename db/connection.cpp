#include "db/connection.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/mutants.hpp"

namespace lucheng::db {

namespace {

// SQLite's defaults trust the disk more than a memory card deserves, and take more memory than
// this daemon has. The cache is 1 MiB; without a memory map a bad sector is an error, not a signal.
constexpr const char* serving_pragmas =
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA journal_size_limit = 4194304;";
constexpr const char* common_pragmas =
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA cache_size = -1024;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;";

std::string uri_of(const std::filesystem::path& file, Access access) {
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(file).string()) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '_';
        if (plain)
            uri += c;
        else
            uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    // A torn sector may take its neighbours in the same block along: with psow=0 a commit never
    // shares a block with the one before.
    uri += access == Access::frozen ? "?immutable=1" : "?psow=0";
    return uri;
}

int remember_wal_frames(void* frames, sqlite3*, const char*, int count) {
    *static_cast<int*>(frames) = count;
    return SQLITE_OK;
}

// The system's error is a leftover of some earlier call unless the code speaks of the system.
SqlError error_of(sqlite3* handle, int code) {
    const int kind = code & 0xff;
    const bool of_system = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN ||
                           kind == SQLITE_READONLY || kind == SQLITE_FULL;
    return {code, of_system ? sqlite3_system_errno(handle) : 0, sqlite3_errmsg(handle)};
}

void check(sqlite3_stmt* statement, int code) {
    if (code != SQLITE_OK) throw error_of(sqlite3_db_handle(statement), code);
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, Access access) {
    sqlite3* handle = nullptr;
    // No mutex of SQLite's own: one thread uses this at a time.
    const int direction = access == Access::frozen ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int code = sqlite3_open_v2(uri_of(file, access).c_str(), &handle,
                                     direction | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(handle);
    if (handle == nullptr) throw SqlError{SQLITE_NOMEM, 0, "no memory for a connection"};
    sqlite3_extended_result_codes(handle, 1);
    if (code != SQLITE_OK) throw error(sqlite3_extended_errcode(handle));
    configure(access);
}

void Connection::configure(Access access) {
    for (const auto& [option, value] :
         {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_DQS_DML, 0},
          std::pair{SQLITE_DBCONFIG_DQS_DDL, 0}}) {
        const int code = sqlite3_db_config(handle(), option, value, nullptr);
        if (code != SQLITE_OK) throw error(code);
    }
    // Before the first read, so that the index of the log lies in memory and no -shm file is made.
    if (access != Access::frozen) execute("PRAGMA locking_mode = EXCLUSIVE;");
    execute(common_pragmas);
    if (access == Access::serve) {
        execute(serving_pragmas);
        if (MUTANT(1)) execute("PRAGMA synchronous = NORMAL");
        keep_log_at_closing();
    }
    if (access == Access::inspect) execute("PRAGMA query_only = ON;");
    // Takes the place of SQLite's own hook, which checkpoints, ignores a failed sync and tries it
    // again at the next commit.
    static_cast<void>(sqlite3_wal_hook(handle(), remember_wal_frames, wal_frames_.get()));
}

void Connection::execute(const char* sql) const {
    const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw error(code);
}

// Both go on to the end: what a statement has to write may come after its last row.
std::int64_t Connection::number(const char* sql) {
    Statement statement{*this, sql};
    auto rows = statement.query();
    const auto first = rows.next() ? rows.number(0) : 0;
    while (rows.next()) continue;
    return first;
}

std::string Connection::text(const char* sql) {
    Statement statement{*this, sql};
    auto rows = statement.query();
    std::string first;
    if (rows.next()) first = rows.text(0);
    while (rows.next()) continue;
    return first;
}

std::string Connection::verdict(const char* check) {
    auto said = text(check);
    // SQLite puts what the disk refused among the damage, where a query would have failed.
    constexpr std::string_view with_code = "unable to get the page. error code=";
    int code = 0;
    if (const auto at = said.find(with_code); at != std::string::npos) {
        std::from_chars(said.data() + at + with_code.size(), said.data() + said.size(), code);
    } else if (said.find("failed to get page") != std::string::npos) {
        code = SQLITE_IOERR;
    }
    if ((code & 0xff) == SQLITE_IOERR) throw SqlError{code, 0, said};
    return said;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

SqlError Connection::error(int code) const { return error_of(handle(), code); }

std::uint64_t Connection::changed_rows() const {
    return static_cast<std::uint64_t>(sqlite3_changes64(handle()));
}

void Connection::checkpoint(int mode) {
    int left = 0;
    int moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(handle(), nullptr, mode, &left, &moved);
    if (code != SQLITE_OK) throw error(code);
    // Alone on the file, nothing can hold frames back.
    if (left != moved) throw SqlError{SQLITE_BUSY, 0, "the log was not moved in full"};
    *wal_frames_ = 0;
}

void Connection::keep_log_at_closing() const noexcept {
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

bool Rows::next() {
    if (statement_ == nullptr) return false;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw error_of(sqlite3_db_handle(statement_), code);
    // Another step would begin anew.
    sqlite3_reset(std::exchange(statement_, nullptr));
    return false;
}

bool Rows::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Rows::number(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Rows::text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) return {};
    // The bytes of a text are characters to everybody but this interface.
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::uint8_t> Rows::blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Statement::Statement(Connection& connection, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(connection.handle(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) throw connection.error(code);
    statement_.reset(statement);
}

void Statement::bind(int index, std::nullopt_t) {
    check(statement_.get(), sqlite3_bind_null(statement_.get(), index));
}

void Statement::bind(int index, std::int64_t value) {
    check(statement_.get(), sqlite3_bind_int64(statement_.get(), index, value));
}

// To SQLite a null pointer is null, but an empty text is a text and an empty blob a blob.
void Statement::bind(int index, std::string_view value) {
    const char* bytes = value.empty() ? "" : value.data();
    check(statement_.get(), sqlite3_bind_text64(statement_.get(), index, bytes, value.size(),
                                                lifetime_, SQLITE_UTF8));
}

void Statement::bind(int index, std::span<const std::uint8_t> value) {
    const void* bytes = value.empty() ? "" : static_cast<const void*>(value.data());
    check(statement_.get(),
          sqlite3_bind_blob64(statement_.get(), index, bytes, value.size(), lifetime_));
}

void Statement::run_bound() {
    Rows rows{statement_.get()};
    while (rows.next()) continue;
}

TransactionStatements::TransactionStatements(Connection& connection)
    : connection_{connection},
      begin_{connection, "BEGIN IMMEDIATE"},
      commit_{connection, "COMMIT"},
      rollback_{connection, "ROLLBACK"} {}

Transaction::Transaction(TransactionStatements& statements) : statements_{statements} {
    statements_.begin_.run();
}

Transaction::~Transaction() {
    if (!statements_.connection_.in_transaction()) return;
    try {
        statements_.rollback_.run();
    } catch (const SqlError&) {
        // What was not committed is not in the file, whether or not SQLite could say so.
    }
}

void Transaction::commit() { statements_.commit_.run(); }

}  // namespace lucheng::db
