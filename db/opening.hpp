// From a directory to a database that may be trusted: found or made, ours, of this schema, sound,
// and on a disk that takes what it is given. Internal to db.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "db/connection.hpp"
#include "db/files.hpp"
#include "db/journal.hpp"
#include "db/migrations.hpp"
#include "db/store.hpp"

namespace lucheng::db {

struct Opened {
    std::unique_ptr<Connection> connection;
    std::unique_ptr<Journal> journal;
    bool born = false;
};

// Throws StoreFault. On a full disk the ballast is let go, once.
[[nodiscard]] Opened open_database(const Options& options, Ballast& ballast,
                                   std::span<const Migration> schema = migrations());

// Throws StoreFault unless the file is one of ours and of a version up to `newest`. Returns the
// version; 0: an empty file, to be made.
[[nodiscard]] std::int64_t check_kind(Connection& connection, const std::filesystem::path& file,
                                      std::int64_t newest);

}  // namespace lucheng::db
