// What code must not say: read a clock, sleep, leave a switch open.
#include <algorithm>
#include <array>

#include "tests/style/rules.hpp"

namespace lucheng::style {

namespace {

constexpr std::array<std::string_view, 5> sleeping{"sleep_for", "sleep_until", "usleep",
                                                   "nanosleep", "sleep"};
constexpr std::array<std::string_view, 7> clock_calls{
    "clock_gettime", "gettimeofday", "timespec_get", "ftime", "localtime", "localtime_r", "mktime"};
constexpr std::array<std::string_view, 4> wall_clock{"CLOCK_REALTIME", "system_clock",
                                                     "gettimeofday", "timespec_get"};

std::size_t skip_spaces(std::string_view line, std::size_t at) {
    while (at < line.size() && line[at] == ' ') ++at;
    return at;
}

// Every place where `word` stands alone.
template <class Visit>
bool any_word(std::string_view line, std::string_view word, Visit visit) {
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if (at > 0 && is_word(line[at - 1])) continue;
        if (end < line.size() && is_word(line[end])) continue;
        if (visit(at, end)) return true;
    }
    return false;
}

bool names(std::string_view line, std::string_view word) {
    return any_word(line, word, [](std::size_t, std::size_t) { return true; });
}

// A call of the function, not of a member that happens to have its name.
bool calls(std::string_view line, std::string_view function) {
    return any_word(line, function, [&](std::size_t at, std::size_t end) {
        const std::string_view before = line.substr(0, at);
        if (before.ends_with('.') || before.ends_with("->")) return false;
        const std::size_t open = skip_spaces(line, end);
        return open < line.size() && line[open] == '(';
    });
}

// time(nullptr), std::time(&t); not a declaration `WallTime time() const`.
bool calls_time(std::string_view line) {
    return any_word(line, "time", [&](std::size_t at, std::size_t end) {
        const std::string_view before = line.substr(0, at);
        if (before.ends_with('.') || before.ends_with("->")) return false;
        if (end >= line.size() || line[end] != '(') return false;
        const std::string_view argument = line.substr(skip_spaces(line, end + 1));
        return before.ends_with("std::") || argument.starts_with("nullptr") ||
               argument.starts_with("NULL") || argument.starts_with("0)") ||
               argument.starts_with("&");
    });
}

// steady_clock::now, Clock::now, my_clock::now
bool calls_now(std::string_view line) {
    return any_word(line, "now", [&](std::size_t at, std::size_t end) {
        const std::string_view before = line.substr(0, at);
        const std::size_t open = skip_spaces(line, end);
        return (before.ends_with("clock::") || before.ends_with("Clock::")) && open < line.size() &&
               line[open] == '(';
    });
}

bool reads_clock(std::string_view line) {
    return calls_now(line) || calls_time(line) ||
           std::any_of(clock_calls.begin(), clock_calls.end(),
                       [&](auto call) { return calls(line, call); });
}

bool reads_wall_clock(std::string_view line) {
    return calls_time(line) || std::any_of(wall_clock.begin(), wall_clock.end(),
                                           [&](auto word) { return names(line, word); });
}

bool sleeps(std::string_view line) {
    return std::any_of(sleeping.begin(), sleeping.end(),
                       [&](auto call) { return calls(line, call); });
}

bool has_default_label(std::string_view line) {
    return any_word(line, "default", [&](std::size_t, std::size_t end) {
        const std::size_t colon = skip_spaces(line, end);
        return colon < line.size() && line[colon] == ':';
    });
}

std::string clock_trouble(std::string_view path, std::string_view line) {
    if (path.starts_with("tests/") || path.starts_with("tools/")) return {};
    if (path.starts_with("daemon/clock")) return {};
    if (path.starts_with("hal/keeper/")) {
        return reads_wall_clock(line) ? "the keeper's pulses run on the monotonic clock alone" : "";
    }
    return reads_clock(line) ? "time is an argument; daemon/clock alone reads it" : "";
}

std::string sleep_trouble(std::string_view path, std::string_view line) {
    // The slow disk is slow by sleeping, and a bench keeps the pace of its load.
    if (path.starts_with("tests/slow_disk/") || path.starts_with("tools/bench/")) return {};
    // Takes the place of the C library's.
    if (path.find("daemon/paho_naps.") != std::string_view::npos) return {};
    if (!sleeps(line)) return {};
    return "wait for what you wait for, with a deadline";
}

std::string default_trouble(std::string_view path, std::string_view line) {
    if (!path.starts_with("core/") || !has_default_label(line)) return {};
    return "name every case, so that a new one is a compile error";
}

}  // namespace

void check_calls(std::string_view path, const SourceText& source, Violations& found) {
    for (std::size_t i = 0; i < source.code.size(); ++i) {
        const std::string_view line = source.code[i];
        const auto add = [&](std::string what, std::string why) {
            if (!why.empty()) found.push_back({std::string{path}, i + 1, what, why});
        };
        add("clock read", clock_trouble(path, line));
        add("sleep", sleep_trouble(path, line));
        add("default in a switch", default_trouble(path, line));
    }
    const bool guarded = std::any_of(source.code.begin(), source.code.end(), [](const auto& line) {
        return line.starts_with("#pragma once");
    });
    if (path.ends_with(".hpp") && !guarded) {
        found.push_back({std::string{path}, 1, "no #pragma once", "a header may come twice"});
    }
}

}  // namespace lucheng::style
