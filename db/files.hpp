// Files and directories around the database: made private, and made sure of. Internal to db.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "protocol/time.hpp"

namespace lucheng::db {

[[nodiscard]] std::filesystem::path database_in(const std::filesystem::path& directory);
[[nodiscard]] std::filesystem::path backups_in(const std::filesystem::path& directory);

// Mode 0700; made with all above it where missing.
void make_private_directory(const std::filesystem::path& directory);
// Mode 0600; an existing file keeps its content. True: it was made now.
bool make_private_file(const std::filesystem::path& file);
// Reaches the disk, names and all, or throws StoreFault.
void sync_file(const std::filesystem::path& file);
void sync_directory(const std::filesystem::path& directory);
void remove_if_there(const std::filesystem::path& file) noexcept;
// Takes the place of what had that name. Durable once the directory is synced.
void rename_file(const std::filesystem::path& file, const std::filesystem::path& name);
// Those last written before that time, or all; nothing happens where there is no directory.
void remove_files_in(const std::filesystem::path& directory,
                     const std::optional<protocol::WallTime>& before);
[[nodiscard]] std::uint64_t free_bytes(const std::filesystem::path& directory);

// Room that is kept so that it can be let go: a file of a fixed size, with all its blocks.
class Ballast {
public:
    Ballast(std::filesystem::path directory, std::int64_t bytes);
    [[nodiscard]] bool stands() const { return stands_; }
    // False: there was none.
    bool release();
    // Made when the disk has its size twice over. Nothing happens when that fails: it is a luxury.
    void restore();
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    [[nodiscard]] bool make() const;

    std::filesystem::path directory_;
    std::filesystem::path file_;
    std::uint64_t bytes_;
    bool stands_ = false;
};

}  // namespace lucheng::db
