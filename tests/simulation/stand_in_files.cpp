// Linked in place of db/files.cpp: the same promises, on the simulated disk.
#include <cerrno>
#include <utility>

#include "db/fault.hpp"
#include "db/files.hpp"
#include "tests/simulation/surroundings.hpp"

namespace lucheng::db {

namespace {

simulation::Disk& disk() { return simulation::surroundings().disk; }

}  // namespace

std::filesystem::path database_in(const std::filesystem::path& directory) {
    return directory / "cabinet.db";
}

std::filesystem::path backups_in(const std::filesystem::path& directory) {
    return directory / "backups";
}

void make_private_directory(const std::filesystem::path& directory) {
    if (disk().dark()) throw system_fault(directory, "make the directory", EIO);
}

bool make_private_file(const std::filesystem::path& file) {
    if (disk().exists(file)) return false;
    if (disk().dark()) throw system_fault(file, "create", EIO);
    disk().create(file);
    return true;
}

void sync_file(const std::filesystem::path& file) {
    auto* const found = disk().find(file);
    if (found == nullptr || !disk().sync(*found)) throw system_fault(file, "sync", EIO);
}

void sync_directory(const std::filesystem::path& directory) {
    disk().sync_names();
    if (disk().dark()) throw system_fault(directory, "sync the directory", EIO);
}

void remove_if_there(const std::filesystem::path& file) noexcept { disk().remove(file, false); }

void rename_file(const std::filesystem::path& file, const std::filesystem::path& name) {
    if (!disk().rename(file, name)) throw system_fault(name, "give a name", EIO);
}

void remove_files_in(const std::filesystem::path& directory,
                     const std::optional<protocol::WallTime>& before) {
    // They have no times here: all or none.
    if (!before) disk().remove_all_in(directory);
}

std::uint64_t free_bytes(const std::filesystem::path&) { return disk().free(); }

Ballast::Ballast(std::filesystem::path directory, std::int64_t bytes)
    : directory_{std::move(directory)},
      file_{directory_ / "ballast"},
      bytes_{static_cast<std::uint64_t>(bytes)},
      stands_{bytes > 0 && disk().reserved() == bytes_} {}

bool Ballast::release() {
    if (!stands_) return false;
    stands_ = false;
    disk().reserve(0);
    return true;
}

void Ballast::restore() {
    if (stands_ || bytes_ == 0 || free_bytes(directory_) < 2 * bytes_) return;
    stands_ = make();
}

bool Ballast::make() const {
    disk().reserve(bytes_);
    return true;
}

}  // namespace lucheng::db
