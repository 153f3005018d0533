#include "daemon/config_document.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <toml++/toml.h>

namespace lucheng::daemon {
namespace {

constexpr std::size_t shown_bytes_max = 60;
// Each dot of a key is a table in a table, and the library takes a stack frame for each.
constexpr std::size_t line_bytes_max = 2'000;

Place place_of(const toml::source_region& region) {
    return {.line = region.begin.line, .column = region.begin.column};
}

Value value_of(const toml::node& node) {
    Value value;
    value.at = place_of(node.source());
    if (const auto* text = node.as_string()) {
        value.shape = Shape::text;
        value.text = text->get();
    } else if (const auto* number = node.as_integer()) {
        value.shape = Shape::number;
        value.number = number->get();
    } else if (const auto* fraction = node.as_floating_point()) {
        value.shape = Shape::fraction;
        value.fraction = fraction->get();
    } else if (const auto* flag = node.as_boolean()) {
        value.shape = Shape::flag;
        value.flag = flag->get();
    } else if (const auto* list = node.as_array()) {
        value.shape = Shape::list;
        for (const auto& item : *list) value.items.push_back(value_of(item));
    } else if (const auto* table = node.as_table()) {
        for (const auto& [key, item] : *table) {
            auto& added = value.items.emplace_back(value_of(item));
            added.key = key.str();
            added.key_at = place_of(key.source());
        }
    } else {
        value.shape = Shape::time;
    }
    return value;
}

std::optional<std::uint32_t> first_long_line(std::string_view bytes) {
    for (std::uint32_t line = 1; !bytes.empty(); ++line) {
        const auto end = std::min(bytes.find('\n'), bytes.size());
        if (end > line_bytes_max) return line;
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
    return std::nullopt;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

// The library quotes what it met, a line's end for one.
std::string on_one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool breaks = static_cast<unsigned char>(c) < ' ' || c == '\x7f';
        if (breaks) line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        if (!breaks) line += c;
    }
    return line;
}

}  // namespace

const Value* Value::find(std::string_view wanted) const {
    const auto found = std::find_if(items.begin(), items.end(),
                                    [&](const Value& item) { return item.key == wanted; });
    return found == items.end() ? nullptr : &*found;
}

Document parse_document(std::string_view bytes) {
    Document document;
    if (const auto line = first_long_line(bytes)) {
        document.trouble = fmt::format("this line is longer than {} bytes", line_bytes_max);
        document.trouble_at = {.line = *line, .column = 1};
        return document;
    }
    try {
        document.root = value_of(toml::parse(bytes));
    } catch (const toml::parse_error& error) {
        document.trouble = fmt::format("this is not TOML: {}", on_one_line(error.description()));
        document.trouble_at = place_of(error.source());
    }
    return document;
}

std::string printable(std::string_view text) {
    std::size_t end = std::min(text.size(), shown_bytes_max);
    while (end < text.size() && end > 0 && continues_character(text[end])) --end;
    auto result = on_one_line(text.substr(0, end));
    return end < text.size() ? result + "…" : result;
}

std::string shown(const Value& value) {
    switch (value.shape) {
        case Shape::text: return '"' + printable(value.text) + '"';
        case Shape::number: return fmt::format("{}", value.number);
        case Shape::fraction: return fmt::format("{}", value.fraction);
        case Shape::flag: return value.flag ? "true" : "false";
        case Shape::time: return "a time";
        case Shape::list: return "a list";
        case Shape::table: return "a table";
    }
    return {};
}

}  // namespace lucheng::daemon
