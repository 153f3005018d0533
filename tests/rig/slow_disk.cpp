#include "tests/rig/slow_disk.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <linux/futex.h>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lucheng::rig {
namespace {

using Clock = std::chrono::steady_clock;
using slow_disk::Control;

void wake(Control::Word& word) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace

SlowDisk::SlowDisk(const std::filesystem::path& library, std::filesystem::path directory)
    : library_(std::filesystem::canonical(library)),
      directory_(std::move(directory)),
      control_file_(directory_.string() + ".slow_disk") {
    const int fd = ::open(control_file_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    void* mapped = MAP_FAILED;
    if (fd >= 0 && ::ftruncate(fd, sizeof(Control)) == 0) {
        mapped = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    const int error = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    if (mapped == MAP_FAILED) {
        throw std::system_error(error, std::generic_category(), control_file_.string());
    }
    control_ = static_cast<Control*>(mapped);
}

SlowDisk::~SlowDisk() {
    behave();
    ::munmap(control_, sizeof(Control));
    std::error_code ignored;
    std::filesystem::remove(control_file_, ignored);
}

std::vector<EnvEntry> SlowDisk::env() const {
    const char* options = std::getenv("ASAN_OPTIONS");
    // The address sanitizer wants to be loaded first; our library needs nothing from it.
    const std::string asan = (options != nullptr ? std::string(options) + ":" : std::string()) +
                             "verify_asan_link_order=0";
    return {{"LD_PRELOAD", library_.string()},
            {slow_disk::directory_variable, directory_.string()},
            {slow_disk::control_variable, control_file_.string()},
            {"ASAN_OPTIONS", asan}};
}

void SlowDisk::delay_syncs(std::chrono::microseconds delay) {
    control_->sync_delay_us = static_cast<std::uint32_t>(delay.count());
}

void SlowDisk::fail_syncs(int error) {
    control_->fail_sync_errno = static_cast<std::uint32_t>(error);
}

void SlowDisk::fail_writes(int error) {
    control_->fail_write_errno = static_cast<std::uint32_t>(error);
}

void SlowDisk::stall_syncs() { control_->stall_syncs = 1; }

void SlowDisk::stall_writes() { control_->stall_writes = 1; }

void SlowDisk::unstall() {
    control_->stall_syncs = 0;
    control_->stall_writes = 0;
    wake(control_->stall_syncs);
    wake(control_->stall_writes);
}

void SlowDisk::die_at_sync(std::uint32_t number) {
    control_->die_at_sync = control_->syncs + number;
}

void SlowDisk::die_at_write(std::uint32_t number) {
    control_->die_at_write = control_->writes + number;
}

void SlowDisk::pretend_free(std::uint32_t kib) {
    control_->pretend_no_space = kib == 0 ? 1 : 0;
    control_->pretend_free_kib = kib;
}

void SlowDisk::behave() {
    delay_syncs(std::chrono::microseconds{0});
    fail_syncs(0);
    fail_writes(0);
    unstall();
    control_->die_at_sync = 0;
    control_->die_at_write = 0;
    control_->pretend_no_space = 0;
    control_->pretend_free_kib = 0;
}

std::uint32_t SlowDisk::syncs() const { return control_->syncs; }

std::uint32_t SlowDisk::writes() const { return control_->writes; }

std::uint32_t SlowDisk::calls_held() const { return control_->waiting; }

bool SlowDisk::wait_until(const std::function<bool()>& done, Milliseconds timeout) const {
    const auto deadline = Clock::now() + timeout;
    while (true) {
        const std::uint32_t seen = control_->changes;
        if (done()) {
            return true;
        }
        const auto left = deadline - Clock::now();
        if (left <= Clock::duration::zero()) {
            return false;
        }
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        const timespec wait{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
        ::syscall(SYS_futex, &control_->changes, FUTEX_WAIT, seen, &wait, nullptr, 0);
    }
}

bool SlowDisk::wait_until_held(Milliseconds timeout) const {
    return wait_until([this] { return calls_held() > 0; }, timeout);
}

}  // namespace lucheng::rig
