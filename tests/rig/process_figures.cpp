#include "tests/rig/process_figures.hpp"

#include <ctime>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>

namespace lucheng::rig {
namespace {

// Calls `take(key, number)` for every "Key:   number" line.
template <class Take>
bool read_figures(const std::string& file, Take take) {
    std::ifstream in(file);
    std::string key;
    while (in >> key) {
        std::int64_t number = 0;
        if (!key.empty() && key.back() == ':' && in >> number) {
            take(key, number);
        }
        in.clear();
        in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return !key.empty();
}

std::vector<std::filesystem::path> tasks_of(pid_t pid) {
    std::vector<std::filesystem::path> tasks;
    std::error_code gone;
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator it(fmt::format("/proc/{}/task", pid), gone);
         !gone && it != end; it.increment(gone)) {
        tasks.push_back(it->path());
    }
    return tasks;
}

}  // namespace

std::optional<Memory> memory_of(pid_t pid) {
    Memory memory;
    const bool read = read_figures(
        fmt::format("/proc/{}/smaps_rollup", pid), [&](const std::string& key, std::int64_t kib) {
            if (key == "Rss:") {
                memory.resident_kib = kib;
            } else if (key == "Pss:") {
                memory.proportional_kib = kib;
            } else if (key == "Private_Clean:" || key == "Private_Dirty:") {
                memory.own_kib += kib;
            }
        });
    static_cast<void>(read_figures(fmt::format("/proc/{}/status", pid),
                                   [&](const std::string& key, std::int64_t kib) {
                                       if (key == "VmHWM:") memory.peak_kib = kib;
                                   }));
    return read ? std::optional(memory) : std::nullopt;
}

std::optional<Activity> activity_of(pid_t pid) {
    Activity activity;
    for (const auto& task : tasks_of(pid)) {
        const bool read =
            read_figures(task / "status", [&](const std::string& key, std::int64_t count) {
                if (key == "voluntary_ctxt_switches:") {
                    activity.voluntary_switches += count;
                } else if (key == "nonvoluntary_ctxt_switches:") {
                    activity.involuntary_switches += count;
                }
            });
        activity.threads += read ? 1 : 0;
    }
    clockid_t clock{};
    timespec used{};
    // /proc counts processor time in ticks of 10 ms, too coarse for an idle process.
    if (activity.threads == 0 || ::clock_getcpuclockid(pid, &clock) != 0 ||
        ::clock_gettime(clock, &used) != 0) {
        return std::nullopt;
    }
    activity.cpu = std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    return activity;
}

std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> children;
    for (const auto& task : tasks_of(pid)) {
        std::ifstream in(task / "children");
        for (pid_t child = 0; in >> child;) {
            children.push_back(child);
        }
    }
    return children;
}

}  // namespace lucheng::rig
