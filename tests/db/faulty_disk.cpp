#include "tests/db/faulty_disk.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <new>
#include <utility>

namespace lucheng::test {

namespace {

using Call = FaultyDisk::Call;

// What SQLite holds: its own part first, the system's file right behind it.
struct File {
    sqlite3_file base;
    FaultyDisk* disk;
    sqlite3_file* real;
    const char* path;  // SQLite keeps it for as long as the file is open
};

File& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return of(file).real; }

// The file system's, and what a torn write may take along.
constexpr std::size_t block_bytes = 4096;

std::string content_of(const std::string& path) {
    std::string content(std::filesystem::file_size(path), '\0');
    std::ifstream{path, std::ios::binary}.read(content.data(),
                                               static_cast<std::streamsize>(content.size()));
    return content;
}

int close(sqlite3_file* file) {
    return real(file)->pMethods == nullptr ? SQLITE_OK : real(file)->pMethods->xClose(real(file));
}
int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    const int code = of(file).disk->outcome(Call::read, SQLITE_IOERR_READ);
    return code != SQLITE_OK ? code : real(file)->pMethods->xRead(real(file), bytes, count, offset);
}
int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    auto& disk = *of(file).disk;
    const int code = disk.outcome(Call::write, SQLITE_IOERR_WRITE);
    if (code != SQLITE_OK) return code;
    if (disk.is_full()) return SQLITE_FULL;
    disk.written(of(file).path, offset, count);
    return real(file)->pMethods->xWrite(real(file), bytes, count, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int code = of(file).disk->outcome(Call::truncate, SQLITE_IOERR_TRUNCATE);
    if (code != SQLITE_OK) return code;
    of(file).disk->truncated(of(file).path, size);
    return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int) {
    const int code = of(file).disk->outcome(Call::sync, SQLITE_IOERR_FSYNC);
    of(file).disk->synced(of(file).path, code == SQLITE_OK);
    return code;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_lock(sqlite3_file* file, int* result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int traits(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

const sqlite3_io_methods methods = [] {
    sqlite3_io_methods all{};
    all.iVersion = 1;  // no shared memory: the product must need none
    all.xClose = close;
    all.xRead = read;
    all.xWrite = write;
    all.xTruncate = truncate;
    all.xSync = sync;
    all.xFileSize = file_size;
    all.xLock = lock;
    all.xUnlock = unlock;
    all.xCheckReservedLock = check_lock;
    all.xFileControl = control;
    all.xSectorSize = sector_size;
    all.xDeviceCharacteristics = traits;
    return all;
}();

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_given) {
    auto& disk = *static_cast<FaultyDisk*>(vfs->pAppData);
    auto* opened = new (file) File{};
    opened->disk = &disk;
    opened->real =
        reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(file) + sizeof(File));
    int code = disk.outcome(Call::open, SQLITE_CANTOPEN);
    if (code != SQLITE_OK) return code;
    code = disk.system()->xOpen(disk.system(), name, opened->real, flags, flags_given);
    if (code != SQLITE_OK) return code;
    opened->base.pMethods = &methods;
    opened->path = name == nullptr ? "" : name;
    disk.opened(opened->path);
    return code;
}

}  // namespace

FaultyDisk::FaultyDisk() : system_{sqlite3_vfs_find(nullptr)}, vfs_{*system_} {
    vfs_.zName = "faulty";
    vfs_.pAppData = this;
    vfs_.pNext = nullptr;
    vfs_.szOsFile = system_->szOsFile + static_cast<int>(sizeof(File));
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 1);
}

FaultyDisk::~FaultyDisk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(system_, 1);
}

void FaultyDisk::break_at(Fault fault) {
    fault_ = fault;
    seen_ = 0;
    failed_ = false;
    armed_ = true;
}

void FaultyDisk::full_while_there_is(std::filesystem::path file) {
    ballast_ = std::move(file);
    full_ = true;
}

void FaultyDisk::full_for_ever() { full_while_there_is({}); }

void FaultyDisk::behave() {
    armed_ = false;
    full_ = false;
}

std::uint32_t FaultyDisk::calls(Call call) const {
    return calls_.at(static_cast<std::size_t>(call));
}

void FaultyDisk::watch(Call call, std::function<void()> watcher) {
    watched_ = call;
    watcher_ = std::move(watcher);
}

int FaultyDisk::outcome(Call call, int failure) {
    ++calls_.at(static_cast<std::size_t>(call));
    if (watcher_ && call == watched_) watcher_();
    if (!armed_ || call != fault_.call) return SQLITE_OK;
    ++seen_;
    const bool due = fault_.for_ever ? seen_ >= fault_.number : seen_ == fault_.number;
    if (due) failed_ = true;
    return due ? failure : SQLITE_OK;
}

void FaultyDisk::opened(const std::string& path) {
    const std::lock_guard lock{mutex_};
    auto& platter = platters_[path];
    auto content = content_of(path);
    // What the disk does not know yet was there before it, or is new and empty.
    if (platter.size == content.size()) return;
    platter = {std::move(content), {}, 0};
    platter.size = platter.durable.size();
}

void FaultyDisk::written(const std::string& path, std::int64_t offset, std::int64_t bytes) {
    const std::lock_guard lock{mutex_};
    auto& platter = platters_[path];
    const auto begin = static_cast<std::size_t>(offset);
    const auto end = begin + static_cast<std::size_t>(bytes);
    for (auto block = begin / block_bytes; block * block_bytes < end; ++block) {
        platter.dirty.insert(block);
    }
    platter.size = std::max(platter.size, end);
}

void FaultyDisk::truncated(const std::string& path, std::int64_t size) {
    const std::lock_guard lock{mutex_};
    platters_[path].size = static_cast<std::size_t>(size);
}

void FaultyDisk::synced(const std::string& path, bool well) {
    const std::lock_guard lock{mutex_};
    auto& platter = platters_[path];
    if (well) {
        // Only what was written: a log of megabytes is synced at every commit.
        std::ifstream file{path, std::ios::binary};
        platter.durable.resize(std::filesystem::file_size(path));
        for (const auto block : platter.dirty) {
            const auto at = block * block_bytes;
            if (at >= platter.durable.size()) continue;
            file.seekg(static_cast<std::streamoff>(at));
            file.read(platter.durable.data() + at, static_cast<std::streamsize>(std::min(
                                                       block_bytes, platter.durable.size() - at)));
        }
    }
    platter.dirty.clear();
}

void FaultyDisk::cut_power(std::mt19937& chance) {
    const std::lock_guard lock{mutex_};
    for (auto& [path, platter] : platters_) {
        if (path.empty() || !std::filesystem::exists(path)) continue;
        const auto content = content_of(path);
        auto left = platter.durable;
        // The length, too, may have reached the disk or not.
        if (!platter.dirty.empty() && chance() % 2 == 0) left.resize(content.size());
        for (const auto block : platter.dirty) {
            const auto at = block * block_bytes;
            if (at >= left.size() || at >= content.size()) continue;
            const auto end = std::min({block_bytes, left.size() - at, content.size() - at});
            const auto fate = chance() % 3;
            if (fate == 0) left.replace(at, end, content, at, end);
            if (fate == 1) left.replace(at, end, end, '\xa5');
        }
        std::ofstream{path, std::ios::binary | std::ios::trunc} << left;
        platter = {left, {}, left.size()};
    }
}

bool FaultyDisk::is_full() const {
    return full_ && (ballast_.empty() || std::filesystem::exists(ballast_));
}

}  // namespace lucheng::test
