#include "protocol/codec_writer.hpp"

#include <fmt/format.h>
#include <iterator>

#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

// Bytes of the UTF-8 character that starts at `at`, 0 if there is none (RFC 3629, section 4).
std::size_t character_bytes(std::string_view text, std::size_t at) {
    const unsigned first = byte_at(text, at);
    if (first < 0x80) return 1;
    const unsigned second = byte_at(text, at + 1);
    const auto continues = [&](std::size_t offset) {
        return (byte_at(text, at + offset) & 0xC0U) == 0x80U;
    };
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (first == 0xE0 && second < 0xA0) return 0;  // overlong
        if (first == 0xED && second > 0x9F) return 0;  // a surrogate
        return continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (first == 0xF0 && second < 0x90) return 0;  // overlong
        if (first == 0xF4 && second > 0x8F) return 0;  // beyond U+10FFFF
        return continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

bool stands_for_itself(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
}

}  // namespace

std::string_view clipped(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t end = bytes_max;
    while (end > 0 && (byte_at(text, end) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = character_bytes(text, at);
        if (bytes == 0) return false;
        at += bytes;
    }
    return true;
}

void JsonWriter::comma() {
    if (out_.empty()) return;
    const char last = out_.back();
    if (last != '{' && last != '[') out_ += ',';
}

void JsonWriter::key(std::string_view name) {
    comma();
    out_ += '"';
    out_ += name;
    out_ += "\":";
}

void JsonWriter::quoted(std::string_view value) {
    out_ += '"';
    for (std::size_t at = 0; at < value.size();) {
        std::size_t run = at;
        while (run < value.size() && stands_for_itself(value[run])) ++run;
        out_ += value.substr(at, run - at);
        at = run;
        if (at == value.size()) break;
        if (static_cast<unsigned char>(value[at]) < 0x80) {
            append_escaped(out_, value[at]);
            ++at;
            continue;
        }
        const std::size_t bytes = character_bytes(value, at);
        out_ += bytes == 0 ? replacement : value.substr(at, bytes);
        at += bytes == 0 ? 1 : bytes;
    }
    out_ += '"';
}

void JsonWriter::element(std::uint64_t value) {
    comma();
    out_ += std::to_string(value);
}

void JsonWriter::begin_object() {
    comma();
    out_ += '{';
}

void JsonWriter::begin_object(std::string_view name) {
    key(name);
    out_ += '{';
}

void JsonWriter::begin_array(std::string_view name) {
    key(name);
    out_ += '[';
}

void JsonWriter::text(std::string_view name, std::string_view value) {
    key(name);
    quoted(value);
}

void JsonWriter::element(std::string_view value) {
    comma();
    quoted(value);
}

void JsonWriter::plain(std::string_view name, std::string_view value) {
    key(name);
    out_ += '"';
    out_ += value;
    out_ += '"';
}

void JsonWriter::flag(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
}

void JsonWriter::number(std::string_view name, std::uint64_t value) {
    key(name);
    out_ += fmt::format_int{value}.c_str();
}

void JsonWriter::real(std::string_view name, double value) {
    key(name);
    fmt::format_to(std::back_inserter(out_), "{}", value);
}

void JsonWriter::time(std::string_view name, WallTime value) { plain(name, format_time(value)); }

void JsonWriter::hash(std::string_view name, const Digest& value) { plain(name, hex(value)); }

}  // namespace lucheng::protocol
