// A TOML file as plain values with their places, so that one file alone knows the TOML library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lucheng::daemon {

struct Place {
    std::uint32_t line = 0, column = 0;  // from 1; 0: nowhere in the file
};

enum class Shape : std::uint8_t { text, number, fraction, flag, time, list, table };

struct Value {
    std::string key{};  // in its table
    Place key_at{};
    Place at{};
    Shape shape = Shape::table;
    std::string text{};
    std::int64_t number = 0;
    double fraction = 0;
    bool flag = false;
    std::vector<Value> items;  // of a list, of a table

    [[nodiscard]] const Value* find(std::string_view wanted) const;
};

struct Document {
    Value root{};
    std::string trouble{};  // why there is none; empty: there is
    Place trouble_at{};
};

[[nodiscard]] Document parse_document(std::string_view bytes);
// The value as a person wrote it, short enough for a line of a message.
[[nodiscard]] std::string shown(const Value& value);
// Control characters written out and long texts cut, for a line of a message.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace lucheng::daemon
