#include "daemon/config_table.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <tuple>

#include "protocol/ids.hpp"

namespace lucheng::daemon {
namespace {

// More than this is better looked up than read in a message.
constexpr std::size_t listed_keys_max = 12;
constexpr std::size_t beginning_least = 3;

// Edits: one character put in, left out, changed, or swapped with its neighbour.
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

Shape shape_of(KeyKind kind) {
    switch (kind) {
        case KeyKind::text:
        case KeyKind::id:
        case KeyKind::path:
        case KeyKind::line:
        case KeyKind::choice: return Shape::text;
        case KeyKind::number: return Shape::number;
        case KeyKind::flag: return Shape::flag;
        case KeyKind::output:
        case KeyKind::input: return Shape::table;
    }
    std::abort();
}

std::string expected(const KeyRow& row) {
    switch (row.kind) {
        case KeyKind::text:
        case KeyKind::id:
        case KeyKind::path: return "a text in quotes is expected";
        case KeyKind::choice: return fmt::format("a text in quotes is expected: {}", row.allowed);
        case KeyKind::number: {
            const auto unit = unit_of(row.key);
            return fmt::format("a whole number{}{} is expected", unit.empty() ? "" : " of ", unit);
        }
        case KeyKind::flag: return "true or false is expected";
        case KeyKind::line: return "a line's name in quotes or its offset is expected";
        case KeyKind::output:
        case KeyKind::input:
            return "a table is expected: { chip = \"a label\", line = \"a name\" or an offset }";
    }
    std::abort();
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

void sort_by_place(std::vector<Problem>& problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
}

void Problems::add(Place at, std::string message) {
    list_.push_back(
        {.file = file_, .line = at.line, .column = at.column, .message = std::move(message)});
}

std::vector<Problem> Problems::in_order() && {
    sort_by_place(list_);
    return std::move(list_);
}

std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates) {
    std::optional<std::string_view> best;
    for (const auto candidate : candidates) {
        if (word.size() >= beginning_least && candidate.starts_with(word)) return candidate;
    }
    std::size_t best_edits =
        std::max<std::size_t>(1, std::min<std::size_t>(3, word.size() / 3)) + 1;
    for (const auto candidate : candidates) {
        const auto edits = edits_between(word, candidate);
        if (edits >= best_edits) continue;
        best = candidate;
        best_edits = edits;
    }
    return best;
}

std::string instead_of(std::string_view word, const std::vector<std::string_view>& candidates) {
    if (const auto meant = nearest(word, candidates))
        return fmt::format("did you mean {}?", *meant);
    if (candidates.size() > listed_keys_max) return "cabinetd.toml(5) lists those that are";
    return fmt::format("known here: {}", fmt::join(candidates, ", "));
}

Table::Table(const Value* table, std::string_view section, std::string prefix, Problems& problems)
    : table_{table}, prefix_{std::move(prefix)}, problems_{&problems}, rows_{keys_of(section)} {
    if (table_ == nullptr) return;
    check_unknown();
    for (const auto& row : rows_) check_key(row);
}

const Value* Table::find(std::string_view key) const {
    static_cast<void>(row_of(key));
    const bool wrong = std::find(wrong_.begin(), wrong_.end(), key) != wrong_.end();
    return table_ == nullptr || wrong ? nullptr : table_->find(key);
}

std::string Table::text(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? std::string{row_of(key).standard} : value->text;
}

std::int64_t Table::number(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? row_of(key).number : value->number;
}

bool Table::flag(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? row_of(key).standard == "true" : value->flag;
}

Place Table::at(std::string_view key) const {
    const auto* value = table_ == nullptr ? nullptr : table_->find(key);
    return value == nullptr ? at() : value->at;
}

Place Table::at() const { return table_ == nullptr ? Place{} : table_->at; }

void Table::refuse(std::string_view key, std::string_view rest) const {
    const auto* value = table_ == nullptr ? nullptr : table_->find(key);
    problems_->add(at(key), fmt::format("{}{} is {}; {}", prefix_, key,
                                        value == nullptr ? "missing" : shown(*value), rest));
}

void Table::check_unknown() {
    std::vector<std::string_view> known;
    for (const auto& row : rows_) known.push_back(row.key);
    for (const auto& item : table_->items) {
        if (std::find(known.begin(), known.end(), item.key) != known.end()) continue;
        problems_->add(item.key_at, fmt::format("{}{} is not a known key; {}", prefix_,
                                                printable(item.key), instead_of(item.key, known)));
    }
}

void Table::check_key(const KeyRow& row) {
    const auto* value = table_->find(row.key);
    if (value == nullptr) {
        if (!row.required) return;
        problems_->add(table_->at, fmt::format("{}{} is missing ({})", prefix_, row.key, row.why));
        return;
    }
    const bool offset = row.kind == KeyKind::line && value->shape == Shape::number;
    if (value->shape != shape_of(row.kind) && !offset) return refuse_value(row, expected(row));
    if (value->shape == Shape::text) check_text(row, *value);
    if (row.kind == KeyKind::number) check_number(row, *value);
}

void Table::check_text(const KeyRow& row, const Value& value) {
    const auto bytes = static_cast<std::int64_t>(value.text.size());
    if (has_control_characters(value.text)) {
        return refuse_value(row, "control characters are not allowed");
    }
    if (row.kind == KeyKind::id && !protocol::is_id(value.text)) {
        return refuse_value(row, "allowed are 1 to 64 of a-z, A-Z, 0-9 and -");
    }
    if (row.kind == KeyKind::choice) {
        const auto words = words_of(row.allowed);
        if (std::find(words.begin(), words.end(), value.text) != words.end()) return;
        const auto meant = nearest(value.text, words);
        return refuse_value(row,
                            fmt::format("allowed are {}{}", row.allowed,
                                        meant ? fmt::format("; did you mean {}?", *meant) : ""));
    }
    if (row.kind == KeyKind::path && !value.text.starts_with('/')) {
        return refuse_value(row, "an absolute path is expected, one that begins with /");
    }
    if (row.most > 0 && (bytes < row.least || bytes > row.most)) {
        refuse_value(row, bytes == 0 ? "it must not be empty"
                                     : fmt::format("at most {} bytes are allowed", row.most));
    }
}

void Table::check_number(const KeyRow& row, const Value& value) {
    if (value.number >= row.least && value.number <= row.most) return;
    const auto unit = unit_of(row.key);
    wrong_.push_back(row.key);
    problems_->add(value.at, fmt::format("{}{} is {}; allowed are {} to {}{}{} ({})", prefix_,
                                         row.key, with_unit(value.number, row.key), row.least,
                                         row.most, unit.empty() ? "" : " ", unit, row.why));
}

const KeyRow& Table::row_of(std::string_view key) const {
    const auto found =
        std::find_if(rows_.begin(), rows_.end(), [&](const KeyRow& row) { return row.key == key; });
    if (found == rows_.end()) std::abort();  // the schema does not know what the daemon asks for
    return *found;
}

void Table::refuse_value(const KeyRow& row, std::string_view rest) {
    refuse(row.key, rest);
    wrong_.push_back(row.key);
}

}  // namespace lucheng::daemon
