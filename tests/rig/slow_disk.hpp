#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "tests/rig/process.hpp"
#include "tests/slow_disk/control.hpp"

namespace lucheng::rig {

// Makes the disk below one directory slow, stuck, full or broken for the processes that are
// started with `env()`, and counts what they ask of it. Every setting holds from the next call on.
class SlowDisk {
public:
    // `library` is the built slow_disk; the control file lies beside `directory`, not in it.
    SlowDisk(const std::filesystem::path& library, std::filesystem::path directory);
    ~SlowDisk();
    SlowDisk(const SlowDisk&) = delete;
    SlowDisk& operator=(const SlowDisk&) = delete;

    [[nodiscard]] std::vector<EnvEntry> env() const;

    void delay_syncs(std::chrono::microseconds delay);
    void fail_syncs(int error);   // errno; 0: no longer
    void fail_writes(int error);  // ENOSPC is a full disk
    void stall_syncs();
    void stall_writes();
    void unstall();
    // The process dies with SIGKILL as it begins the `number`th call from now, counted from 1.
    void die_at_sync(std::uint32_t number);
    void die_at_write(std::uint32_t number);
    void pretend_free(std::uint32_t kib);  // what statvfs tells
    void behave();                         // none of the above any more

    [[nodiscard]] std::uint32_t syncs() const;
    [[nodiscard]] std::uint32_t writes() const;
    [[nodiscard]] std::uint32_t calls_held() const;  // by a stall, now
    // False when it did not come true in time. `done` is asked again whenever a count has moved.
    [[nodiscard]] bool wait_until(const std::function<bool()>& done, Milliseconds timeout) const;
    [[nodiscard]] bool wait_until_held(Milliseconds timeout) const;

private:
    std::filesystem::path library_;
    std::filesystem::path directory_;
    std::filesystem::path control_file_;
    slow_disk::Control* control_ = nullptr;
};

}  // namespace lucheng::rig
