#include "tests/rig/wire_record.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string_view>
#include <unistd.h>

namespace lucheng::rig {

namespace {

// Commands are said to a cabinet, and many of them are wrong on purpose.
bool is_said_by_cabinet(std::string_view topic) {
    constexpr std::array<std::string_view, 5> ends{"/status", "/state", "/reply", "/event",
                                                   "/health"};
    return topic.find("/reply/") != std::string_view::npos ||
           std::any_of(ends.begin(), ends.end(), [&](auto end) { return topic.ends_with(end); });
}

}  // namespace

WireRecord::WireRecord() {
    const char* folder = std::getenv("LUCHENG_WIRE_RECORD");
    if (folder == nullptr) return;
    std::filesystem::create_directories(folder);
    // Several peers of one process share a file, each line being one write at its end.
    const auto name = std::to_string(::getpid()) + ".txt";
    file_.open(std::filesystem::path{folder} / name, std::ios::binary | std::ios::app);
}

void WireRecord::add(const std::string& topic, const std::string& payload) {
    if (!file_.is_open() || payload.empty() || !is_said_by_cabinet(topic)) return;
    const std::string line = topic + " " + payload + "\n";
    if (!seen_.insert(std::hash<std::string>{}(line)).second) return;
    file_ << line << std::flush;
}

}  // namespace lucheng::rig
