// A copy of the whole database before it is changed in kind. Internal to db.
#pragma once

#include <filesystem>
#include <string>

#include "db/connection.hpp"

namespace lucheng::db {

// Writes backups/<name>.db below the directory of the open database: checked, and on the disk
// with its name, when this returns. One of the same name is replaced.
std::filesystem::path back_up(Connection& connection, const std::filesystem::path& directory,
                              const std::string& name);

}  // namespace lucheng::db
