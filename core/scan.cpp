#include "core/scan.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "protocol/command.hpp"

namespace lucheng::core {
namespace {

constexpr std::string_view digits_of_hex = "0123456789ABCDEF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_visible(char c) { return c > ' ' && c <= '~'; }

// 0 to 15; nothing: no hexadecimal digit.
std::optional<unsigned> value_of(char c) {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

bool is_separator(char c) { return c == ':' || c == '-' || c == ' '; }

bool belongs(char c, ScanCharacters characters) {
    switch (characters) {
        case ScanCharacters::any: return is_visible(c) || c == ' ';
        case ScanCharacters::digits: return is_digit(c);
        case ScanCharacters::hex: return value_of(c).has_value() || is_separator(c);
        case ScanCharacters::alphanumeric: return is_digit(c) || is_letter(c);
    }
    std::abort();
}

template <class Belongs>
bool all(std::string_view text, Belongs belongs) {
    return std::all_of(text.begin(), text.end(), belongs);
}

// The bytes of a number on a card, overwritten when it is over.
struct CardBytes {
    std::array<std::uint8_t, card_bytes_max> bytes{};
    std::size_t count = 0;
    ~CardBytes() {
        for (volatile std::uint8_t& byte : bytes) byte = 0;
    }
};

bool read_hex(std::string_view text, std::size_t wanted, CardBytes& card) {
    unsigned high = 0;
    bool is_half = false;  // of a byte
    for (const char c : text) {
        if (is_separator(c)) continue;
        const auto value = value_of(c);
        if (!value) return false;
        is_half = !is_half;
        if (is_half) {
            high = *value;
            continue;
        }
        if (card.count == card.bytes.size()) return false;
        card.bytes.at(card.count++) = static_cast<std::uint8_t>(high << 4U | *value);
    }
    return !is_half && card.count > 0 && (wanted == 0 || card.count == wanted);
}

// Leading zeros may be there or not: readers differ.
bool read_decimal(std::string_view text, std::size_t wanted, CardBytes& card) {
    if (text.empty() || wanted == 0 || wanted > card.bytes.size()) return false;
    card.count = wanted;
    for (const char c : text) {
        if (!is_digit(c)) return false;
        unsigned carry = static_cast<unsigned>(c - '0');
        for (std::size_t i = wanted; i > 0; --i) {
            carry += card.bytes.at(i - 1) * 10U;
            card.bytes.at(i - 1) = static_cast<std::uint8_t>(carry & 0xffU);
            carry >>= 8U;
        }
        if (carry != 0) return false;  // more than that many bytes
    }
    return true;
}

bool may_follow(std::string_view rest, const ScanFormat& format) {
    return rest.size() >= format.shortest && rest.size() <= format.longest &&
           all(rest, [&](char c) { return belongs(c, format.characters); });
}

// Whatever the configuration says: nothing is taken for what it cannot be.
bool read_as(std::string_view rest, const ScanFormat& format, std::string& text) {
    switch (format.meaning) {
        case ScanMeaning::code:
            text = rest;
            return rest.size() >= protocol::code_digits_min &&
                   rest.size() <= protocol::code_digits_max && all(rest, is_digit);
        case ScanMeaning::token:
            text = rest;
            return rest.size() == protocol::token_digits && all(rest, is_digit);
        case ScanMeaning::card:
        case ScanMeaning::reader_card:
        case ScanMeaning::courier_card: return to_canonical_card(rest, format, text);
        case ScanMeaning::parcel: text = rest; return protocol::is_id(rest);
    }
    std::abort();
}

}  // namespace

void to_capitals(std::string& card_number) {
    for (char& c : card_number) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
}

bool to_canonical_card(std::string_view number, const ScanFormat& format, std::string& canonical) {
    canonical.clear();
    if (format.writing == CardWriting::text) {
        if (number.empty() || !all(number, is_visible)) return false;
        canonical = number;
        to_capitals(canonical);
        return true;
    }
    CardBytes card;
    const bool read = format.writing == CardWriting::hex ? read_hex(number, format.bytes, card)
                                                         : read_decimal(number, format.bytes, card);
    if (!read) return false;
    const auto end = card.bytes.begin() + static_cast<std::ptrdiff_t>(card.count);
    if (format.order == ByteOrder::reversed) std::reverse(card.bytes.begin(), end);
    for (auto byte = card.bytes.begin(); byte != end; ++byte) {
        canonical += digits_of_hex[*byte >> 4U];
        canonical += digits_of_hex[*byte & 0xfU];
    }
    return true;
}

std::optional<Scan> tell_apart(std::span<const ScanFormat> formats, std::string_view read) {
    if (read.size() > scan_length_max) return std::nullopt;
    std::optional<Scan> scan{std::in_place};
    scan->text.text.reserve(scan_length_max);  // one place, that is overwritten in the end
    for (const auto& format : formats) {
        if (!read.starts_with(format.prefix)) continue;
        const auto rest = read.substr(format.prefix.size());
        if (!may_follow(rest, format) || !read_as(rest, format, scan->text.text)) continue;
        scan->meaning = format.meaning;
        return scan;
    }
    return std::nullopt;
}

std::string_view code_of(ScanMeaning meaning) {
    switch (meaning) {
        case ScanMeaning::code: return "code";
        case ScanMeaning::token: return "token";
        case ScanMeaning::card: return "card";
        case ScanMeaning::reader_card: return "reader_card";
        case ScanMeaning::courier_card: return "courier_card";
        case ScanMeaning::parcel: return "parcel";
    }
    std::abort();
}

}  // namespace lucheng::core
