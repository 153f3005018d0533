#include "db/backup.hpp"

#include <fmt/format.h>

#include "db/fault.hpp"
#include "db/files.hpp"

namespace lucheng::db {

namespace {

void check_copy(const std::filesystem::path& copy) {
    Connection connection{copy, Access::frozen};
    const auto verdict = connection.verdict("PRAGMA integrity_check");
    if (verdict != "ok") throw corrupt(copy, fmt::format("the backup is not sound: {}", verdict));
}

}  // namespace

std::filesystem::path back_up(Connection& connection, const std::filesystem::path& directory,
                              const std::string& name) {
    const auto backups = backups_in(directory);
    const auto unfinished = backups / "unfinished.db";
    auto finished = backups / (name + ".db");
    try {
        make_private_directory(backups);
        remove_if_there(unfinished);
        make_private_file(unfinished);
        Statement vacuum{connection, "VACUUM INTO ?1"};
        vacuum.run(unfinished.string());
        check_copy(unfinished);
        sync_file(unfinished);
        rename_file(unfinished, finished);
        sync_directory(backups);
        return finished;
    } catch (...) {
        remove_if_there(unfinished);
        throw;
    }
}

}  // namespace lucheng::db
