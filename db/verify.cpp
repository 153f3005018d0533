#include <system_error>
#include <unistd.h>

#include "db/columns.hpp"
#include "db/connection.hpp"
#include "db/fault.hpp"
#include "db/journal.hpp"
#include "db/migrations.hpp"
#include "db/opening.hpp"
#include "db/store.hpp"

namespace lucheng::db {

using protocol::JournalNumber;
using protocol::number_of;

namespace {

std::filesystem::path log_of(const std::filesystem::path& database) {
    auto log = database;
    log += "-wal";
    return log;
}

// On a medium that cannot be written only a file without a log can be read: the log has to be
// brought in order first, and that takes a lock.
Connection open_to_inspect(const std::filesystem::path& database) {
    if (::access(database.c_str(), R_OK) != 0) throw system_fault(database, "open", errno);
    std::error_code none;
    const auto log_bytes = std::filesystem::file_size(log_of(database), none);
    const bool has_log = !none && log_bytes > 0;
    if (::access(database.c_str(), W_OK) == 0) {
        Connection connection{database, Access::inspect};
        // A log that was there stays there; one that this makes goes with the closing.
        if (!none) connection.keep_log_at_closing();
        return connection;
    }
    if (has_log) throw system_fault(database, "open together with its log", EACCES);
    return Connection{database, Access::frozen};
}

Verification walk(Connection& connection) {
    Verification found;
    Statement read_meta{connection,
                        "SELECT cabinet, epoch, head, head_hash, acknowledged, pruned, "
                        "pruned_hash FROM meta"};
    auto meta_rows = read_meta.query();
    if (!meta_rows.next()) throw BadRow{"meta, its only row is missing"};
    const Columns meta{meta_rows, "meta"};
    found.head.epoch = meta.id<protocol::EpochId>(1);
    found.head.acknowledged = meta.strong<JournalNumber>(4);
    const auto head = meta.strong<JournalNumber>(2);
    ChainWalk chain{meta.id<protocol::CabinetId>(0), found.head.epoch,
                    meta.strong<JournalNumber>(5), meta.digest(6)};

    // An old file may be looked at before the daemon has migrated it: it has no seals.
    const bool has_seals = std::stoi(connection.text("PRAGMA user_version")) >= 5;
    const std::string sealed = has_seals ? "sealed" : "NULL";
    Statement read{connection, "SELECT journal.number, entry, hash, person, salt, " + sealed +
                                   " FROM journal LEFT JOIN personal ON "
                                   "personal.number = journal.number ORDER BY journal.number"};
    auto rows = read.query();
    while (!found.broken && rows.next()) {
        const Columns row{rows, "journal"};
        found.broken = chain.step(row.strong<JournalNumber>(0), rows.text(1), rows.blob(2));
        if (found.broken) break;
        if (const auto personal = personal_in(rows, row)) {
            found.broken = chain.check_personal(*personal);
        }
        ++found.entries;
    }
    found.head.number = chain.number();
    found.head.hash = chain.hash();
    if (found.broken) return found;
    if (chain.number() < head) {
        found.broken = "journal entry " + std::to_string(number_of(chain.number()) + 1) +
                       ": it is missing, and all after it up to " + std::to_string(number_of(head));
    } else if (chain.number() > head || chain.hash() != meta.digest(3)) {
        found.broken = "journal entry " + std::to_string(number_of(chain.number())) +
                       ": the journal does not end where it was last written";
    }
    return found;
}

}  // namespace

Verification verify_journal(const std::filesystem::path& database) {
    try {
        auto connection = open_to_inspect(database);
        if (check_kind(connection, database, migrations().back().version) == 0) {
            throw corrupt(database, "it is empty");
        }
        return walk(connection);
    } catch (...) {
        throw current_fault(database, "verify the journal");
    }
}

}  // namespace lucheng::db
