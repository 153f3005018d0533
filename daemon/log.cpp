#include "daemon/log.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <span>
#include <sys/stat.h>
#include <sys/uio.h>
#include <vector>

#define SD_JOURNAL_SUPPRESS_LOCATION  // the message says where; a source line helps nobody
#include <systemd/sd-journal.h>

#include "protocol/codec.hpp"

namespace lucheng::daemon {
namespace {

using Fields = std::initializer_list<Log::Field>;

constexpr std::array<std::pair<std::string_view, Level>, 5> names{{
    {"error", Level::error},
    {"warning", Level::warning},
    {"notice", Level::notice},
    {"info", Level::info},
    {"debug", Level::debug},
}};

// What came from outside cannot forge a second line or move the cursor of a terminal.
void append_safely(std::string& line, std::string_view text, char quote = '\0') {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            if (c == quote) line += '\\';
            line += c;
        }
    }
}

std::string plain_line(Level level, std::string_view message, Fields fields,
                       const Log::WallClock& wall) {
    std::string line;
    if (wall) line += protocol::format_time(wall()) + ' ';
    line += fmt::format("{:<8}", name_of(level));
    append_safely(line, message);
    for (const auto& [name, value] : fields) {
        const bool quoted = value.empty() || value.find_first_of(" \"") != std::string::npos;
        line += fmt::format(" {}={}", name, quoted ? "\"" : "");
        append_safely(line, value, quoted ? '"' : '\0');
        if (quoted) line += '"';
    }
    return line + '\n';
}

// One call a line, so that lines of two processes do not mix.
void write_line(int output, std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(output, line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return;  // nobody reads: a log line is no reason to stop a cabinet
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

bool send_to_journal(Level level, std::string_view message, Fields fields) {
    std::vector<std::string> texts;
    texts.reserve(fields.size() + 2);
    texts.push_back(fmt::format("MESSAGE={}", message));
    texts.push_back(fmt::format("PRIORITY={}", static_cast<int>(level)));
    for (const auto& [name, value] : fields) texts.push_back(fmt::format("{}={}", name, value));
    std::vector<iovec> parts;
    parts.reserve(texts.size());
    for (auto& text : texts) parts.push_back({.iov_base = text.data(), .iov_len = text.size()});
    return ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace

Log::Log(Level most, WallClock wall, int output)
    : most_{most}, wall_{std::move(wall)}, output_{output}, to_journal_{is_journal(output)} {}

void Log::set_level(Level most) { most_ = most; }

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) const {
    if (level > most_) return;
    if (to_journal_ && send_to_journal(level, message, fields)) return;
    write_line(output_, plain_line(level, message, fields, wall_));
}

bool level_of(std::string_view text, Level& level) {
    for (const auto& [name, value] : names) {
        if (name != text) continue;
        level = value;
        return true;
    }
    return false;
}

std::string_view name_of(Level level) {
    for (const auto& [name, value] : names) {
        if (value == level) return name;
    }
    std::abort();
}

bool is_journal(int output) {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat facts {};
    if (stream == nullptr || ::fstat(output, &facts) != 0) return false;
    return fmt::format("{}:{}", facts.st_dev, facts.st_ino) == stream;
}

}  // namespace lucheng::daemon
