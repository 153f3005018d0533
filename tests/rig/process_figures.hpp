#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace lucheng::rig {

struct Memory {
    std::int64_t resident_kib = 0;      // every page mapped, shared ones too
    std::int64_t proportional_kib = 0;  // shared pages divided by those who share them
    std::int64_t own_kib = 0;           // pages nobody else has
    std::int64_t peak_kib = 0;          // resident, at most so far
};

struct Activity {
    // Summed over the threads that live now: the share of a thread that ended is lost.
    std::int64_t voluntary_switches = 0;
    std::int64_t involuntary_switches = 0;
    std::int64_t threads = 0;
    std::chrono::nanoseconds cpu{0};  // of all threads, ended ones included
};

// Empty when the process is gone (or not ours to look at).
[[nodiscard]] std::optional<Memory> memory_of(pid_t pid);
[[nodiscard]] std::optional<Activity> activity_of(pid_t pid);
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);

}  // namespace lucheng::rig
