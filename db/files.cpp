#include "db/files.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "db/fault.hpp"

namespace lucheng::db {

namespace {

// A descriptor with an owner.
class File {
public:
    File(const std::filesystem::path& file, int flags, mode_t mode = 0)
        : descriptor_{::open(file.c_str(), flags | O_CLOEXEC, mode)} {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

constexpr mode_t of_owner_alone = S_IRUSR | S_IWUSR;
constexpr std::uint64_t block_bytes = 512;  // of st_blocks, whatever the file system's are

}  // namespace

std::filesystem::path database_in(const std::filesystem::path& directory) {
    return directory / "cabinet.db";
}

std::filesystem::path backups_in(const std::filesystem::path& directory) {
    return directory / "backups";
}

void make_private_directory(const std::filesystem::path& directory) {
    std::error_code error;
    const auto above = std::filesystem::absolute(directory).parent_path();
    std::filesystem::create_directories(above, error);
    if (error) throw system_fault(above, "make the directory", error.value());
    if (::mkdir(directory.c_str(), S_IRWXU) == 0) {
        sync_directory(above);
        return;
    }
    if (errno != EEXIST) throw system_fault(directory, "make the directory", errno);
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) {
        throw system_fault(directory, "look at the directory", errno);
    }
    if (!S_ISDIR(status.st_mode)) throw system_fault(directory, "open the directory", ENOTDIR);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
    if (::chmod(directory.c_str(), S_IRWXU) != 0) {
        throw system_fault(directory, "make the directory private", errno);
    }
}

bool make_private_file(const std::filesystem::path& file) {
    const File made{file, O_RDWR | O_CREAT | O_EXCL, of_owner_alone};
    if (made.is_open()) return true;
    if (errno != EEXIST) throw system_fault(file, "create", errno);
    const File existing{file, O_RDWR};
    if (!existing.is_open()) throw system_fault(file, "open", errno);
    struct stat status {};
    if (::fstat(existing.get(), &status) != 0) throw system_fault(file, "look at", errno);
    const bool shared = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    if (shared && ::fchmod(existing.get(), of_owner_alone) != 0) {
        throw system_fault(file, "make private", errno);
    }
    return false;
}

void sync_file(const std::filesystem::path& file) {
    const File opened{file, O_RDONLY};
    if (!opened.is_open()) throw system_fault(file, "open", errno);
    if (::fsync(opened.get()) != 0) throw system_fault(file, "sync", errno);
}

void sync_directory(const std::filesystem::path& directory) {
    const File opened{directory, O_RDONLY | O_DIRECTORY};
    if (!opened.is_open()) throw system_fault(directory, "open the directory", errno);
    if (::fsync(opened.get()) != 0) throw system_fault(directory, "sync the directory", errno);
}

void remove_if_there(const std::filesystem::path& file) noexcept { ::unlink(file.c_str()); }

void rename_file(const std::filesystem::path& file, const std::filesystem::path& name) {
    if (std::rename(file.c_str(), name.c_str()) != 0)
        throw system_fault(name, "give a name", errno);
}

void remove_files_in(const std::filesystem::path& directory,
                     const std::optional<protocol::WallTime>& before) {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator{directory, error}) {
        struct stat status {};
        if (::stat(file.path().c_str(), &status) != 0) continue;
        const protocol::WallTime written{std::chrono::seconds{status.st_mtim.tv_sec}};
        if (before && written >= *before) continue;
        if (::unlink(file.path().c_str()) != 0) throw system_fault(file.path(), "remove", errno);
    }
}

std::uint64_t free_bytes(const std::filesystem::path& directory) {
    struct statvfs status {};
    if (::statvfs(directory.c_str(), &status) != 0) {
        throw system_fault(directory, "ask for free space", errno);
    }
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Ballast::Ballast(std::filesystem::path directory, std::int64_t bytes)
    : directory_{std::move(directory)},
      file_{directory_ / "ballast"},
      bytes_{bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0} {
    struct stat status {};
    if (::stat(file_.c_str(), &status) != 0) return;
    stands_ = bytes_ > 0 && static_cast<std::uint64_t>(status.st_size) == bytes_ &&
              static_cast<std::uint64_t>(status.st_blocks) * block_bytes >= bytes_;
    if (!stands_) ::unlink(file_.c_str());  // of another size, or cut off while it was made
}

bool Ballast::release() {
    if (!stands_) return false;
    stands_ = false;
    return ::unlink(file_.c_str()) == 0;
}

void Ballast::restore() {
    if (stands_ || bytes_ == 0 || free_bytes(directory_) < 2 * bytes_) return;
    stands_ = make();
    if (!stands_) ::unlink(file_.c_str());
}

bool Ballast::make() const {
    const File file{file_, O_WRONLY | O_CREAT | O_TRUNC, of_owner_alone};
    if (!file.is_open()) return false;
    if (::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)) != 0) return false;
    return ::fsync(file.get()) == 0;
}

}  // namespace lucheng::db
