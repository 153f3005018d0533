// The disk as SQLite sees it.
#include <algorithm>
#include <cstring>
#include <new>

#include "tests/simulation/disk.hpp"

namespace lucheng::simulation {

namespace {

using Call = Disk::Call;

struct Handle {
    sqlite3_file base;
    Disk* disk;
    const char* path;  // SQLite keeps it for as long as the file is open
    bool fresh;        // its name reaches the disk with its first sync
    bool removed_at_close;
};

Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
Disk::File* content(sqlite3_file* file) { return of(file).disk->find(of(file).path); }

int close(sqlite3_file* file) {
    if (of(file).removed_at_close) of(file).disk->remove(of(file).path, false);
    return SQLITE_OK;
}
int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    auto& disk = *of(file).disk;
    if (!disk.well(Call::read)) return SQLITE_IOERR_READ;
    const auto* const found = content(file);
    const auto wanted = static_cast<std::size_t>(count);
    const auto at = static_cast<std::size_t>(offset);
    const std::size_t size = found == nullptr ? 0 : found->bytes.size();
    const std::size_t got = at >= size ? 0 : std::min(wanted, size - at);
    if (got > 0) std::memcpy(bytes, found->bytes.data() + at, got);
    if (got == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(bytes) + got, 0, wanted - got);
    return SQLITE_IOERR_SHORT_READ;
}
int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    auto& disk = *of(file).disk;
    if (!disk.well(Call::write)) return SQLITE_IOERR_WRITE;
    auto* const found = content(file);
    if (found == nullptr) return SQLITE_IOERR_WRITE;
    const auto at = static_cast<std::size_t>(offset);
    const auto size = static_cast<std::size_t>(count);
    if (!disk.has_room(*found, at + size)) return SQLITE_FULL;
    const bool done = disk.write(*found, at, static_cast<const char*>(bytes), size);
    return done ? SQLITE_OK : SQLITE_IOERR_WRITE;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    auto* const found = content(file);
    if (found == nullptr || !of(file).disk->well(Call::write)) return SQLITE_IOERR_TRUNCATE;
    const bool done = of(file).disk->resize(*found, static_cast<std::size_t>(size));
    return done ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}
int sync(sqlite3_file* file, int) {
    auto* const found = content(file);
    if (found == nullptr || !of(file).disk->sync(*found)) return SQLITE_IOERR_FSYNC;
    if (of(file).fresh) {
        of(file).fresh = false;
        found->named = true;
    }
    return SQLITE_OK;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    const auto* const found = content(file);
    *size = found == nullptr ? 0 : static_cast<sqlite3_int64>(found->bytes.size());
    return SQLITE_OK;
}
int lock(sqlite3_file*, int) { return SQLITE_OK; }
int check_lock(sqlite3_file*, int* result) {
    *result = 0;
    return SQLITE_OK;
}
int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return static_cast<int>(Disk::block_bytes); }
int traits(sqlite3_file*) { return 0; }

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
    all.xUnlock = lock;
    all.xCheckReservedLock = check_lock;
    all.xFileControl = control;
    all.xSectorSize = sector_size;
    all.xDeviceCharacteristics = traits;
    return all;
}();

Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_given) {
    auto& disk = disk_of(vfs);
    auto* opened = new (file) Handle{};
    if (name == nullptr || !disk.well(Call::open)) return SQLITE_CANTOPEN;
    const bool there = disk.exists(name);
    if (!there && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (!there) disk.create(name);
    opened->disk = &disk;
    opened->path = name;
    opened->fresh = !there;
    opened->removed_at_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    opened->base.pMethods = &methods;
    if (flags_given != nullptr) *flags_given = flags;
    return SQLITE_OK;
}
int remove_file(sqlite3_vfs* vfs, const char* name, int durable) {
    if (!disk_of(vfs).exists(name)) return SQLITE_IOERR_DELETE_NOENT;
    return disk_of(vfs).remove(name, durable != 0) ? SQLITE_OK : SQLITE_IOERR_DELETE;
}
int access(sqlite3_vfs* vfs, const char* name, int, int* result) {
    *result = disk_of(vfs).exists(name) ? 1 : 0;
    return SQLITE_OK;
}
int full_path(sqlite3_vfs*, const char* name, int room, char* out) {
    sqlite3_snprintf(room, out, "%s", name);
    return SQLITE_OK;
}
// Always the same: what SQLite throws dice for must not differ between two runs.
int randomness(sqlite3_vfs*, int count, char* out) {
    for (int i = 0; i < count; ++i) out[i] = static_cast<char>(i * 37 + 11);
    return count;
}
int no_sleep(sqlite3_vfs*, int) { return 0; }
int no_time(sqlite3_vfs*, double* days) {
    *days = 2'461'000.5;
    return SQLITE_OK;
}
int no_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

Disk::Disk() : before_{sqlite3_vfs_find(nullptr)} {
    vfs_.iVersion = 1;
    vfs_.szOsFile = static_cast<int>(sizeof(Handle));
    vfs_.mxPathname = 512;
    vfs_.zName = "simulated";
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = remove_file;
    vfs_.xAccess = access;
    vfs_.xFullPathname = full_path;
    vfs_.xRandomness = randomness;
    vfs_.xSleep = no_sleep;
    vfs_.xCurrentTime = no_time;
    vfs_.xGetLastError = no_error;
    sqlite3_vfs_register(&vfs_, 1);
    sqlite3_randomness(0, nullptr);  // thrown anew, by our dice
}

Disk::~Disk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(before_, 1);
}

}  // namespace lucheng::simulation
