// The schema as a list of steps, each frozen once it was released. Internal to db.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "db/connection.hpp"

namespace lucheng::db {

// Leads from version - 1 to version.
struct Migration {
    std::int64_t version = 0;
    std::string_view sql{};
};

// Of this program, from 1, without a gap. To change the schema, append; never edit.
[[nodiscard]] std::span<const Migration> migrations();

// "LUCH": `file cabinet.db` shows it, and no other program's file is taken for ours.
inline constexpr std::int64_t application_id = 0x4C554348;

// Runs what comes after `from`, each step in a transaction with its version number.
void migrate(Connection& connection, std::int64_t from, std::span<const Migration> steps);

}  // namespace lucheng::db
