#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <string>

#include "daemon/config_sections.hpp"

namespace lucheng::daemon {
namespace {

constexpr std::size_t readers_max = 8;
constexpr std::size_t formats_max = 64;

// "0c2e:0b61"
bool read_usb_id(std::string_view text, hal::KeyboardPlace& place) {
    constexpr std::size_t digits = 4;
    if (text.size() != 2 * digits + 1 || text[digits] != ':') return false;
    const auto hex = [&](std::size_t at, std::uint16_t& number) {
        const char* const end = text.data() + at + digits;
        const auto read = std::from_chars(text.data() + at, end, number, 16);
        return read.ec == std::errc{} && read.ptr == end;
    };
    return hex(0, place.vendor) && hex(digits + 1, place.product);
}

void wants(const Table& table, std::string_view key, std::string_view why, Problems& problems) {
    if (table.has(key)) return;
    problems.add(table.at(), fmt::format("{}{} is missing ({})", table.prefix(), key, why));
}

void has_no_use_for(const Table& table, std::string_view key, Problems& problems) {
    if (!table.has(key)) return;
    problems.add(table.at(key), fmt::format("{}{} has no use with connection = \"{}\"",
                                            table.prefix(), key, table.text("connection")));
}

hal::KeyboardPlace keyboard_of(const Table& table, Problems& problems) {
    hal::KeyboardPlace place{.name = table.text("name"), .port = table.text("port")};
    wants(table, "usb_id", "see `cabinetd --list-readers`", problems);
    wants(table, "name", "a keyboard is known by all three of usb_id, name and port", problems);
    wants(table, "port", "the same model in another socket is a stranger's", problems);
    if (table.has("usb_id") && !read_usb_id(table.text("usb_id"), place)) {
        table.refuse("usb_id", "two times four hexadecimal digits are expected, as 0c2e:0b61");
    }
    for (const std::string_view key : {"path", "baud"}) has_no_use_for(table, key, problems);
    return place;
}

hal::SerialPlace serial_of(const Table& table, Problems& problems) {
    const auto baud = table.number("baud");
    wants(table, "path", "below /dev/serial/by-path or /dev/serial/by-id", problems);
    if (!hal::is_serial_speed(baud)) {
        table.refuse("baud", "allowed are 1200, 2400, 4800, 9600, 19200, 38400, 57600 and 115200");
    }
    for (const std::string_view key : {"usb_id", "name", "port"}) {
        has_no_use_for(table, key, problems);
    }
    return {.path = table.text("path"), .baud = static_cast<unsigned>(baud)};
}

core::ScanMeaning meaning_of(std::string_view word) {
    if (word == "token") return core::ScanMeaning::token;
    if (word == "card") return core::ScanMeaning::card;
    if (word == "reader_card") return core::ScanMeaning::reader_card;
    if (word == "courier_card") return core::ScanMeaning::courier_card;
    if (word == "parcel") return core::ScanMeaning::parcel;
    return core::ScanMeaning::code;
}

core::ScanCharacters characters_of(std::string_view word) {
    if (word == "digits") return core::ScanCharacters::digits;
    if (word == "hex") return core::ScanCharacters::hex;
    if (word == "alphanumeric") return core::ScanCharacters::alphanumeric;
    return core::ScanCharacters::any;
}

core::CardWriting writing_of(std::string_view word) {
    if (word == "hex") return core::CardWriting::hex;
    if (word == "decimal") return core::CardWriting::decimal;
    return core::CardWriting::text;
}

bool is_card(core::ScanMeaning meaning) {
    return meaning == core::ScanMeaning::card || meaning == core::ScanMeaning::reader_card ||
           meaning == core::ScanMeaning::courier_card;
}

void check_format(const Table& table, const core::ScanFormat& format, Problems& problems) {
    if (format.shortest > format.longest) {
        table.refuse("shortest", fmt::format("longest is {}", format.longest));
    }
    for (const std::string_view key : {"number", "byte_order", "bytes"}) {
        if (!table.has(key) || is_card(format.meaning)) continue;
        problems.add(table.at(key), fmt::format("{}{} has no use with meaning = \"{}\": it is for "
                                                "cards",
                                                table.prefix(), key, table.text("meaning")));
    }
    if (!is_card(format.meaning)) return;
    if (format.writing == core::CardWriting::decimal && format.bytes == 0) {
        table.refuse("bytes",
                     "a decimal number does not tell how many bytes the card has: say 4 "
                     "for most, 7 for others");
    }
    if (format.writing != core::CardWriting::text) return;
    for (const std::string_view key : {"byte_order", "bytes"}) {
        if (!table.has(key)) continue;
        problems.add(table.at(key),
                     fmt::format("{}{} has no use with number = \"text\"", table.prefix(), key));
    }
}

core::ScanFormat format_of(const Table& table, Problems& problems) {
    core::ScanFormat format{.meaning = meaning_of(table.text("meaning")),
                            .prefix = table.text("prefix"),
                            .characters = characters_of(table.text("characters")),
                            .shortest = static_cast<std::size_t>(table.number("shortest")),
                            .longest = static_cast<std::size_t>(table.number("longest")),
                            .writing = writing_of(table.text("number")),
                            .order = table.text("byte_order") == "reversed"
                                         ? core::ByteOrder::reversed
                                         : core::ByteOrder::as_read,
                            .bytes = static_cast<std::size_t>(table.number("bytes"))};
    check_format(table, format, problems);
    return format;
}

std::string name_of(const Value& value, std::string_view section, std::string_view key,
                    std::size_t position) {
    const auto* id = value.find(key);
    const bool named = id != nullptr && id->shape == Shape::text && section == "reader";
    return named ? fmt::format("reader {}: ", printable(id->text))
                 : fmt::format("[[{}]] no. {}: ", section, position);
}

struct Known {
    std::size_t position = 0;
    Place at{};
    bool has_format = false;
};

std::map<std::string, Known> read_places(const Value& root, Config& config, Problems& problems) {
    std::map<std::string, Known> known;
    std::size_t position = 0;
    for (const auto* value : tables_of(root, "reader", problems)) {
        const Table table{value, "reader", name_of(*value, "reader", "id", position + 1), problems};
        hal::ReaderPlace place{.id = table.text("id")};
        if (table.text("connection") == "serial")
            place.at = serial_of(table, problems);
        else if (table.has("connection"))
            place.at = keyboard_of(table, problems);
        const bool fresh =
            !table.has("id") || known.try_emplace(place.id, Known{position, value->at}).second;
        if (!fresh) {
            table.refuse("id", fmt::format("the reader at line {} has this id too",
                                           known.at(place.id).at.line));
        }
        config.cabinet.readers.push_back({.id = place.id});
        config.reader_places.push_back(std::move(place));
        if (++position == readers_max + 1) {
            problems.add(value->at, fmt::format("allowed are {} readers", readers_max));
        }
    }
    return known;
}

}  // namespace

void read_readers(const Value& root, Config& config, Problems& problems) {
    auto known = read_places(root, config, problems);
    std::size_t position = 0;
    for (const auto* value : tables_of(root, "format", problems)) {
        const Table table{value, "format", name_of(*value, "format", "reader", ++position),
                          problems};
        auto format = format_of(table, problems);
        if (position == formats_max + 1) {
            problems.add(value->at, fmt::format("allowed are {} formats", formats_max));
        }
        if (!table.has("reader")) continue;
        const auto found = known.find(table.text("reader"));
        if (found == known.end()) {
            table.refuse("reader", "no [[reader]] has this id");
            continue;
        }
        found->second.has_format = true;
        config.cabinet.readers[found->second.position].formats.push_back(std::move(format));
    }
    for (const auto& [id, reader] : known) {
        if (reader.has_format) continue;
        problems.add(reader.at, fmt::format("reader {}: no [[format]] says what it reads, so that "
                                            "nothing it reads means anything",
                                            printable(id)));
    }
}

}  // namespace lucheng::daemon
