// Every section and key of the configuration with its default, range and reason. What the file may
// say is checked against this table, and docs/configuration.md and cabinetd.toml(5) follow it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lucheng::daemon {

enum class SectionShape : std::uint8_t { once, repeated, output, input };

struct SectionRow {
    std::string_view name;
    SectionShape shape{};
    bool required = false;
    std::string_view what;
};

enum class KeyKind : std::uint8_t {
    text,    // least to most bytes, no control characters
    id,      // 1 to 64 characters of a-z, A-Z, 0-9 and -
    path,    // absolute, at most so many bytes
    number,  // least to most, in the unit that the key ends in
    flag,
    choice,  // one of the words in `allowed`
    line,    // the name of a GPIO line, or its offset
    output,  // a table: a GPIO line that the cabinet drives
    input,   // a table: a GPIO line that the cabinet watches
};

struct KeyRow {
    std::string_view section;  // or output, input: the tables that describe a GPIO line
    std::string_view key;
    KeyKind kind{};
    bool required = false;
    std::int64_t least = 0, most = 0;
    std::int64_t number = 0;      // the default of a number
    std::string_view standard{};  // the default of anything else; empty: none
    std::string_view allowed{};   // of a choice: its words; of a text: its form, for people
    std::string_view why{};
};

[[nodiscard]] std::span<const SectionRow> sections();
[[nodiscard]] std::span<const KeyRow>
keys();  // with the limits; by section, in the order of the docs
[[nodiscard]] std::vector<KeyRow> keys_of(std::string_view section);
// The last word of a number's key: ms, s, h, mm or MB; empty: a plain count.
[[nodiscard]] std::string_view unit_of(std::string_view key);
[[nodiscard]] std::string with_unit(std::int64_t number, std::string_view key);  // 400 ms
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view allowed);

}  // namespace lucheng::daemon
