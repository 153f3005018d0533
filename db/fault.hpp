// What can go wrong with the file, in the words of whoever has to mend it. Internal to db.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "db/store.hpp"

namespace lucheng::db {

// SQLite refused. Becomes a StoreFault where the file and the operation are known.
class SqlError : public std::runtime_error {
public:
    SqlError(int code, int system_error, const std::string& message);
    [[nodiscard]] int code() const { return code_; }  // extended
    [[nodiscard]] int system_error() const { return system_error_; }
    // No room, as opposed to a disk that is broken: nothing was lost, and room can be made.
    [[nodiscard]] bool is_full() const;

private:
    int code_;
    int system_error_;
};

// A row that this program could never have written. Names table and column, never the content.
class BadRow : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

[[nodiscard]] std::string_view name_of_sqlite_code(int code);
[[nodiscard]] StoreFault fault_of(const std::filesystem::path& file, std::string_view operation,
                                  const SqlError& error);
[[nodiscard]] StoreFault system_fault(const std::filesystem::path& file, std::string_view operation,
                                      int system_error);
[[nodiscard]] StoreFault corrupt(const std::filesystem::path& file, std::string_view what);
// Sound, but not for this program or this cabinet.
[[nodiscard]] StoreFault not_ours(const std::filesystem::path& file, std::string_view what,
                                  std::string advice);
[[nodiscard]] StoreFault out_of_memory(const std::filesystem::path& file,
                                       std::string_view operation);

// The exception under way, whatever it is, as a fault. Call it within a catch clause.
[[nodiscard]] StoreFault current_fault(const std::filesystem::path& file,
                                       std::string_view operation);

}  // namespace lucheng::db
