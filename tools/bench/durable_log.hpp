// Rows of text in SQLite, each commit on the disk: the least that a durable answer needs.
#pragma once

#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace lucheng::bench {

class DurableLog {
public:
    explicit DurableLog(const std::string& file) {
        check(sqlite3_open(file.c_str(), &database_));
        for (const char* sql :
             {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL",
              "PRAGMA synchronous = FULL",
              "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, body TEXT) STRICT"}) {
            run(sql);
        }
        check(sqlite3_prepare_v2(database_, "INSERT INTO entry (body) VALUES (?)", -1, &insert_,
                                 nullptr));
    }
    ~DurableLog() {
        sqlite3_finalize(insert_);
        sqlite3_close(database_);
    }
    DurableLog(const DurableLog&) = delete;
    DurableLog& operator=(const DurableLog&) = delete;

    void commit(const std::vector<std::string>& bodies) {
        run("BEGIN IMMEDIATE");
        for (const auto& body : bodies) {
            check(
                sqlite3_bind_text(insert_, 1, body.data(), static_cast<int>(body.size()), nullptr));
            check(sqlite3_step(insert_));
            check(sqlite3_reset(insert_));
        }
        run("COMMIT");
    }

private:
    void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }

    void check(int result) {
        if (result != SQLITE_OK && result != SQLITE_DONE) {
            throw std::runtime_error(sqlite3_errmsg(database_));
        }
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

}  // namespace lucheng::bench
