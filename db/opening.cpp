#include "db/opening.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string>
#include <utility>

#include "db/backup.hpp"
#include "protocol/codec.hpp"
#include "protocol/digest.hpp"
#include "protocol/mutants.hpp"
#include "protocol/sodium_ready.hpp"

namespace lucheng::db {

namespace {

// Small tables, checked in full at every start. The journal is as large as the years make it:
// its end is checked here, the whole of it by verify_journal.
constexpr std::array checked_tables{"meta",          "cabinet",    "compartment", "delivery",
                                    "authorisation", "credential", "key_mark",    "command",
                                    "trusted_key",   "notice",     "book_return"};

class Opener {
public:
    Opener(const Options& options, std::span<const Migration> schema)
        : options_{options}, schema_{schema}, file_{database_in(options.directory)} {}

    // What it was doing when it threw.
    [[nodiscard]] std::string_view operation() const { return operation_; }
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

    [[nodiscard]] Opened open();

private:
    void make_current(Connection& connection, std::int64_t version);
    void give_birth(Connection& connection);
    void check_tables(Connection& connection);
    void check_identity(Journal& journal);
    void move_log(Connection& connection);
    void prove_disk(Connection& connection);

    const Options& options_;
    std::span<const Migration> schema_;
    std::filesystem::path file_;
    std::string_view operation_ = "open";
};

Opened Opener::open() {
    Opened opened;
    operation_ = "prepare the directory";
    make_private_directory(options_.directory);
    if (make_private_file(file_)) sync_directory(options_.directory);
    operation_ = "open";
    opened.connection = std::make_unique<Connection>(file_, Access::serve);
    auto& connection = *opened.connection;
    const auto version = check_kind(connection, file_, schema_.back().version);
    operation_ = "turn to write-ahead logging";
    if (connection.text("PRAGMA journal_mode = WAL") != "wal") {
        throw SqlError{SQLITE_IOERR, 0, "write-ahead logging was refused"};
    }
    move_log(connection);
    make_current(connection, version);
    operation_ = "check the tables";
    check_tables(connection);
    opened.born = connection.number("SELECT count(*) FROM meta") == 0;
    if (opened.born) give_birth(connection);
    operation_ = "read the journal";
    opened.journal = std::make_unique<Journal>(connection);
    check_identity(*opened.journal);
    prove_disk(connection);
    return opened;
}

void Opener::make_current(Connection& connection, std::int64_t version) {
    if (version == schema_.back().version) return;
    if (version > 0) {
        operation_ = "check before a migration";
        const auto verdict = connection.verdict("PRAGMA integrity_check");
        if (verdict != "ok") throw corrupt(file_, verdict);
        // Which that check leaves out.
        const auto orphan = connection.text("PRAGMA foreign_key_check");
        if (!orphan.empty()) {
            throw corrupt(file_, fmt::format("table {} tells of a row that is gone", orphan));
        }
        operation_ = "back up before a migration";
        // No clock here: the newest entry tells copies of one version apart.
        const auto newest = connection.number("SELECT max(number) FROM journal");
        back_up(connection, options_.directory, fmt::format("cabinet-v{}-{}", version, newest));
    }
    operation_ = "migrate";
    migrate(connection, version, schema_);
}

void Opener::give_birth(Connection& connection) {
    operation_ = "begin a new epoch";
    if (connection.number("SELECT count(*) FROM (SELECT 1 FROM journal LIMIT 1)") != 0) {
        throw corrupt(file_, "there is a journal, but not the row that says whose it is");
    }
    protocol::sodium_ready();
    std::array<std::uint8_t, 8> random{};
    randombytes_buf(random.data(), random.size());
    Statement insert{connection,
                     "INSERT INTO meta VALUES (1, ?1, ?2, 0, 0, zeroblob(32), 0, 0, 0, "
                     "zeroblob(32))"};
    insert.run(options_.cabinet.str(), "e-" + protocol::hex(random));
}

void Opener::check_tables(Connection& connection) {
    for (const auto* table : checked_tables) {
        const auto verdict =
            connection.verdict(fmt::format("PRAGMA quick_check({})", table).c_str());
        if (verdict != "ok") throw corrupt(file_, fmt::format("table {}: {}", table, verdict));
    }
}

void Opener::check_identity(Journal& journal) {
    if (journal.cabinet() != options_.cabinet) {
        throw not_ours(file_,
                       fmt::format("it belongs to cabinet {}, the configuration says {}",
                                   journal.cabinet().str(), options_.cabinet.str()),
                       "Correct the cabinet's id or the state directory in the configuration. A "
                       "cabinet never takes over another's file: have dispatch adopt instead.");
    }
    if (const auto broken = journal.broken_at_end()) throw corrupt(file_, *broken);
}

// The last commit's end may share a block with the remains of one that a power cut tore. What is
// written next goes over those remains, and torn in its turn would take that commit along.
void Opener::move_log(Connection& connection) {
    if (MUTANT(58)) return;
    operation_ = "move the log before anything is added to it";
    connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

// After a failed sync the page cache may show what the disk does not have. So something is
// written, and it and all before it must reach the disk, before anybody is let in.
void Opener::prove_disk(Connection& connection) {
    if (MUTANT(5)) return;
    operation_ = "bring a checkpoint to the disk";
    connection.execute("UPDATE meta SET openings = openings + 1");
    connection.checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
    sync_directory(options_.directory);
}

}  // namespace

std::int64_t check_kind(Connection& connection, const std::filesystem::path& file,
                        std::int64_t newest) {
    const auto application = connection.number("PRAGMA application_id");
    const auto version = connection.number("PRAGMA user_version");
    if (application == 0 && version == 0 &&
        connection.number("SELECT count(*) FROM sqlite_schema") == 0) {
        return 0;
    }
    if (application != application_id || version < 1) {
        throw not_ours(file, "it is the database of another program",
                       "Point the state directory of the configuration somewhere else, or move "
                       "that file away.");
    }
    if (version > newest) {
        throw not_ours(file,
                       fmt::format("a newer cabinetd made it: its schema is {}, this one knows up "
                                   "to {}",
                                   version, newest),
                       "Install the newer version again: an older one would lose what it does "
                       "not know. See docs/store.md for the way back.");
    }
    return version;
}

Opened open_database(const Options& options, Ballast& ballast, std::span<const Migration> schema) {
    for (;;) {
        Opener opener{options, schema};
        try {
            return opener.open();
        } catch (const SqlError& error) {
            if (!error.is_full() || !ballast.release()) {
                throw fault_of(opener.file(), opener.operation(), error);
            }
        } catch (...) {
            throw current_fault(opener.file(), opener.operation());
        }
    }
}

}  // namespace lucheng::db
