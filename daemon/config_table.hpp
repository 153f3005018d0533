// One table of the configuration, checked against the schema as a whole: what is unknown, missing,
// of another type or out of range is reported here, once, for every section alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.hpp"
#include "daemon/config_document.hpp"
#include "daemon/config_schema.hpp"

namespace lucheng::daemon {

void sort_by_place(std::vector<Problem>& problems);

class Problems {
public:
    explicit Problems(std::string file) : file_{std::move(file)} {}
    void add(Place at, std::string message);
    [[nodiscard]] std::vector<Problem> in_order() &&;

private:
    std::string file_;
    std::vector<Problem> list_{};
};

// The one that begins with the word, or the nearest by edits when it is near enough to be meant.
[[nodiscard]] std::optional<std::string_view> nearest(
    std::string_view word, const std::vector<std::string_view>& candidates);
// The end of a message about a word that is none of these.
[[nodiscard]] std::string instead_of(std::string_view word,
                                     const std::vector<std::string_view>& candidates);

class Table {
public:
    // No table: every key is at its default. `prefix` goes before a key in messages: "limits.".
    Table(const Value* table, std::string_view section, std::string prefix, Problems& problems);

    // Given, and as the schema wants it.
    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
    [[nodiscard]] const Value* find(std::string_view key) const;
    // The default where the key is missing or wrong.
    [[nodiscard]] std::string text(std::string_view key) const;
    [[nodiscard]] std::int64_t number(std::string_view key) const;
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] Place at(std::string_view key) const;  // of the table where the key is missing
    [[nodiscard]] Place at() const;
    [[nodiscard]] const std::string& prefix() const { return prefix_; }

    // "broker.uri is "x"; <rest>", at the key's value.
    void refuse(std::string_view key, std::string_view rest) const;

private:
    void check_unknown();
    void check_key(const KeyRow& row);
    void check_text(const KeyRow& row, const Value& value);
    void check_number(const KeyRow& row, const Value& value);
    [[nodiscard]] const KeyRow& row_of(std::string_view key) const;
    void refuse_value(const KeyRow& row, std::string_view rest);

    const Value* table_;
    std::string prefix_;
    Problems* problems_;
    std::vector<KeyRow> rows_;
    std::vector<std::string_view> wrong_{};
};

}  // namespace lucheng::daemon
