// Preloaded into a process, makes the files below SLOW_DISK_DIR behave as the control file says.
// Only descriptors from open() and its siblings are known, not those behind a FILE*.

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/slow_disk/control.hpp"

namespace {

using lucheng::slow_disk::Control;

constexpr int descriptors_max = 4096;

Control* control = nullptr;
char directory[PATH_MAX];
std::size_t directory_length = 0;
std::atomic<bool> slow[descriptors_max];

// The calls are made with syscall() and not through the next library's functions: a sanitizer's
// runtime may not be ready yet when the first file is opened.
[[gnu::constructor]] void read_environment() {
    const char* wanted = std::getenv(lucheng::slow_disk::directory_variable);
    const char* file = std::getenv(lucheng::slow_disk::control_variable);
    if (wanted == nullptr || file == nullptr || ::realpath(wanted, directory) == nullptr) {
        return;
    }
    directory_length = std::strlen(directory);
    const long fd = ::syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    void* mapped = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED,
                          static_cast<int>(fd), 0);
    ::syscall(SYS_close, fd);
    if (mapped != MAP_FAILED) {
        control = static_cast<Control*>(mapped);
    }
}

bool below_directory(const char* path, std::size_t length) {
    return control != nullptr && length >= directory_length &&
           std::memcmp(path, directory, directory_length) == 0 &&
           (length == directory_length || path[directory_length] == '/');
}

bool is_slow(int fd) {
    return control != nullptr && fd >= 0 && fd < descriptors_max &&
           slow[fd].load(std::memory_order_relaxed);
}

int remember(int fd) {
    if (control == nullptr || fd < 0 || fd >= descriptors_max) {
        return fd;
    }
    const int saved_errno = errno;
    char link[32] = "/proc/self/fd/";
    char digits[12];
    std::size_t count = 0;
    for (int rest = fd; count == 0 || rest > 0; rest /= 10) {
        digits[count++] = static_cast<char>('0' + rest % 10);
    }
    for (std::size_t i = std::strlen(link); count > 0; ++i) {
        link[i] = digits[--count];
    }
    char path[PATH_MAX];
    const long length = ::syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path);
    slow[fd].store(length > 0 && below_directory(path, static_cast<std::size_t>(length)),
                   std::memory_order_relaxed);
    errno = saved_errno;
    return fd;
}

void announce() {
    control->changes.fetch_add(1);
    ::syscall(SYS_futex, &control->changes, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void hold_while(const Control::Word& stalled) {
    if (stalled.load() == 0) {
        return;
    }
    control->waiting.fetch_add(1);
    announce();
    for (std::uint32_t value = stalled.load(); value != 0; value = stalled.load()) {
        ::syscall(SYS_futex, &stalled, FUTEX_WAIT, value, nullptr, nullptr, 0);
    }
    control->waiting.fetch_sub(1);
    announce();
}

void count(Control::Word& counter, const Control::Word& die_at) {
    const std::uint32_t number = counter.fetch_add(1) + 1;
    announce();
    if (number == die_at.load()) {
        ::syscall(SYS_kill, ::syscall(SYS_getpid), SIGKILL);
    }
}

// Zero, or the errno the sync has to fail with.
int before_sync() {
    count(control->syncs, control->die_at_sync);
    const std::uint32_t delay_us = control->sync_delay_us.load();
    timespec left{.tv_sec = static_cast<time_t>(delay_us / 1'000'000),
                  .tv_nsec = static_cast<long>(delay_us % 1'000'000) * 1'000};
    while (delay_us != 0 && ::syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &left, &left) != 0 &&
           errno == EINTR) {}
    hold_while(control->stall_syncs);
    return static_cast<int>(control->fail_sync_errno.load());
}

int before_write() {
    count(control->writes, control->die_at_write);
    hold_while(control->stall_writes);
    return static_cast<int>(control->fail_write_errno.load());
}

template <class Before, class... Arguments>
long pass(int fd, Before before, long number, Arguments... arguments) {
    if (is_slow(fd)) {
        const int error = before();
        if (error != 0) {
            errno = error;
            return -1;
        }
    }
    return ::syscall(number, fd, arguments...);
}

int open_file(int at, const char* path, int flags, mode_t mode) {
    return remember(static_cast<int>(::syscall(SYS_openat, at, path, flags, mode)));
}

bool takes_mode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

int report_free_space(struct statvfs* result) {
    const std::uint64_t kib = control->pretend_free_kib.load();
    if (result->f_frsize != 0 && (kib != 0 || control->pretend_no_space.load() != 0)) {
        result->f_bavail =
            control->pretend_no_space.load() != 0 ? 0 : kib * 1024 / result->f_frsize;
        result->f_bfree = result->f_bavail;
    }
    return 0;
}

using StatPath = int (*)(const char*, struct statvfs*);
using StatFile = int (*)(int, struct statvfs*);

}  // namespace

extern "C" {

#define TAKE_MODE(flags)                                             \
    mode_t mode = 0;                                                 \
    if (takes_mode(flags)) {                                         \
        va_list arguments;                                           \
        va_start(arguments, flags);                                  \
        mode = static_cast<mode_t>(va_arg(arguments, unsigned int)); \
        va_end(arguments);                                           \
    }

int open(const char* path, int flags, ...) {
    TAKE_MODE(flags)
    return open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    TAKE_MODE(flags)
    return open_file(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char* path, int flags, ...) {
    TAKE_MODE(flags)
    return open_file(at, path, flags, mode);
}

int openat64(int at, const char* path, int flags, ...) {
    TAKE_MODE(flags)
    return open_file(at, path, flags, mode);
}

int close(int fd) {
    if (fd >= 0 && fd < descriptors_max) {
        slow[fd].store(false, std::memory_order_relaxed);
    }
    return static_cast<int>(::syscall(SYS_close, fd));
}

int fsync(int fd) { return static_cast<int>(pass(fd, before_sync, SYS_fsync)); }

int fdatasync(int fd) { return static_cast<int>(pass(fd, before_sync, SYS_fdatasync)); }

int sync_file_range(int fd, off64_t offset, off64_t length, unsigned int flags) {
    return static_cast<int>(pass(fd, before_sync, SYS_sync_file_range, offset, length, flags));
}

ssize_t write(int fd, const void* bytes, size_t count) {
    return pass(fd, before_write, SYS_write, bytes, count);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
    return pass(fd, before_write, SYS_pwrite64, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
    return pass(fd, before_write, SYS_pwrite64, bytes, count, offset);
}

int ftruncate(int fd, off_t length) noexcept {
    return static_cast<int>(pass(fd, before_write, SYS_ftruncate, length));
}

int ftruncate64(int fd, off64_t length) noexcept {
    return static_cast<int>(pass(fd, before_write, SYS_ftruncate, length));
}

int statvfs(const char* path, struct statvfs* result) noexcept {
    static const auto next = reinterpret_cast<StatPath>(::dlsym(RTLD_NEXT, "statvfs"));
    char real[PATH_MAX];
    const int status = next(path, result);
    const bool ours = status == 0 && control != nullptr && ::realpath(path, real) != nullptr &&
                      below_directory(real, std::strlen(real));
    return ours ? report_free_space(result) : status;
}

int fstatvfs(int fd, struct statvfs* result) noexcept {
    static const auto next = reinterpret_cast<StatFile>(::dlsym(RTLD_NEXT, "fstatvfs"));
    const int status = next(fd, result);
    return status == 0 && is_slow(fd) ? report_free_space(result) : status;
}

}  // extern "C"
