// SQLite's C interface with owners and types, and nothing else. Internal to db.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <vector>

#include "db/fault.hpp"
#include "protocol/time.hpp"

namespace lucheng::db {

enum class Access : std::uint8_t {
    serve,    // the daemon's: exclusive, durable, for as long as the process lives
    inspect,  // somebody who looks: exclusive too, but leaves every byte as it is
    frozen,   // a file that nobody can write to, on a medium that nobody can write to
};

// The one connection. Every error is thrown as SqlError; none is ignored, none is tried again.
class Connection {
public:
    // The file must exist. Nothing is read from it yet.
    Connection(const std::filesystem::path& file, Access access);

    void execute(const char* sql) const;                 // any number of statements, no rows
    [[nodiscard]] std::int64_t number(const char* sql);  // the first value of the first row
    [[nodiscard]] std::string text(const char* sql);
    // What a check of SQLite's, such as `PRAGMA integrity_check`, says of the file: "ok", or the
    // damage. A page that the disk did not give is no damage; it is thrown.
    [[nodiscard]] std::string verdict(const char* check);
    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] std::uint64_t changed_rows() const;  // by the statement before
    [[nodiscard]] SqlError error(int code) const;
    // Frames in the write-ahead log after the newest commit: what the next checkpoint has to move.
    [[nodiscard]] int wal_frames() const { return *wal_frames_; }
    // SQLITE_CHECKPOINT_*. SQLite's own checkpoints, after a commit and at closing, are off because
    // they ignore a failed sync and try it again.
    void checkpoint(int mode);
    // Closing leaves the write-ahead log as it is, with all that is in it.
    void keep_log_at_closing() const noexcept;

private:
    void configure(Access access);

    struct Close {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };
    std::unique_ptr<int> wal_frames_ = std::make_unique<int>(0);
    std::unique_ptr<sqlite3, Close> handle_;
};

// The rows of one question. The statement is free again when this goes.
class Rows {
public:
    explicit Rows(sqlite3_stmt* statement) : statement_{statement} {}
    ~Rows() {
        if (statement_ != nullptr) sqlite3_reset(statement_);
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    [[nodiscard]] bool next();
    // Columns from 0. Texts and blobs are good until the next call of next().
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::span<const std::uint8_t> blob(int column) const;

private:
    sqlite3_stmt* statement_;
};

// Prepared once, for the life of the connection.
class Statement {
public:
    Statement(Connection& connection, std::string_view sql);

    // Changes rows. Values stand for ?1, ?2, …
    template <class... Values>
    void run(const Values&... values) {
        lifetime_ = SQLITE_STATIC;  // they live until it is done
        bind_all(values...);
        run_bound();
    }
    template <class... Values>
    [[nodiscard]] Rows query(const Values&... values) {
        lifetime_ = SQLITE_TRANSIENT;
        bind_all(values...);
        return Rows{statement_.get()};
    }

private:
    template <class... Values>
    void bind_all(const Values&... values) {
        int index = 0;
        (bind(++index, values), ...);
    }
    void bind(int index, std::nullopt_t);
    void bind(int index, std::int64_t value);
    void bind(int index, std::string_view value);
    void bind(int index, std::span<const std::uint8_t> value);
    void bind(int index, const std::string& value) { bind(index, std::string_view{value}); }
    void bind(int index, protocol::Milliseconds value) { bind(index, std::int64_t{value.count()}); }
    void bind(int index, protocol::WallTime value) { bind(index, value.time_since_epoch()); }
    template <std::integral Number>
    void bind(int index, Number value) {
        bind(index, static_cast<std::int64_t>(value));
    }
    template <std::size_t N>
    void bind(int index, const std::array<std::uint8_t, N>& value) {
        bind(index, std::span<const std::uint8_t>{value});
    }
    void bind(int index, const std::vector<std::uint8_t>& value) {
        bind(index, std::span<const std::uint8_t>{value});
    }
    template <class Value>
    void bind(int index, const std::optional<Value>& value) {
        if (value)
            bind(index, *value);
        else
            bind(index, std::nullopt);
    }
    void run_bound();

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    sqlite3_destructor_type lifetime_ = SQLITE_TRANSIENT;  // of the values that are being bound
};

// The statements that begin and end a transaction, prepared like the others.
class TransactionStatements {
public:
    explicit TransactionStatements(Connection& connection);

private:
    friend class Transaction;
    Connection& connection_;
    Statement begin_;
    Statement commit_;
    Statement rollback_;
};

// Rolled back unless it was committed.
class Transaction {
public:
    explicit Transaction(TransactionStatements& statements);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    TransactionStatements& statements_;
};

}  // namespace lucheng::db
