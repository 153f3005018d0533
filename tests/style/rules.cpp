#include "tests/style/rules.hpp"

#include <algorithm>
#include <array>

namespace lucheng::style {

namespace {

// Spelt in two halves, so that this file keeps its own rule.
constexpr std::array<std::string_view, 3> unfinished_marks{
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X"};

bool has_word(std::string_view line, std::string_view word) {
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || !is_word(line[at - 1]);
        const bool ends = end == line.size() || !is_word(line[end]);
        if (begins && ends) return true;
    }
    return false;
}

// Characters, not bytes: a Chinese sentence is as long as it looks.
std::size_t columns_of(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) >> 6) != 2;
    }));
}

void check_line_lengths(std::string_view path, const std::vector<std::string>& lines,
                        Violations& found) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (columns_of(lines[i]) > columns_most) {
            found.push_back({std::string{path}, i + 1, "line too long",
                             "at most " + std::to_string(columns_most) + " columns"});
        }
    }
}

void check_tabs(std::string_view path, const std::vector<std::string>& lines, Violations& found) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].find('\t') != std::string::npos) {
            found.push_back({std::string{path}, i + 1, "tab", "indent with spaces"});
        }
    }
}

void check_unfinished(std::string_view path, const std::vector<std::string>& lines,
                      Violations& found) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (const std::string_view mark : unfinished_marks) {
            if (has_word(lines[i], mark)) {
                found.push_back({std::string{path}, i + 1, "unfinished: " + std::string{mark},
                                 "finish it, or write an issue"});
            }
        }
    }
}

bool is_table(const SourceText& source) {
    return std::any_of(source.comments.begin(), source.comments.end(), [](const auto& line) {
        return line.find(table_marker) != std::string::npos;
    });
}

void check_cpp(std::string_view path, std::string_view text, Violations& found) {
    const SourceText source = read_source(text);
    check_line_lengths(path, source.raw, found);
    check_unfinished(path, source.comments, found);
    check_includes(path, source, found);
    check_calls(path, source, found);
    if (is_table(source)) return;
    check_function_lengths(path, source, found);
    if (source.raw.size() > file_lines_most) {
        found.push_back({std::string{path}, source.raw.size(), "file too long",
                         "at most " + std::to_string(file_lines_most) + " lines: split it, or " +
                             "mark a table with " + std::string{table_marker}});
    }
}

void check_shell(std::string_view path, const std::vector<std::string>& lines, Violations& found) {
    check_line_lengths(path, lines, found);
    check_unfinished(path, lines, found);
    if (std::find(lines.begin(), lines.end(), "set -euo pipefail") == lines.end()) {
        found.push_back({std::string{path}, 1, "no set -euo pipefail",
                         "a script that goes on after an error does harm"});
    }
}

}  // namespace

std::string Violation::text() const {
    return file + ":" + std::to_string(line) + ": " + what + ": " + why;
}

bool is_cpp(std::string_view path) { return path.ends_with(".cpp") || path.ends_with(".hpp"); }

bool is_shell(std::string_view path) {
    return path.ends_with(".sh") || path == "run" || path == ".ci/run";
}

Violations check_file(std::string_view path, std::string_view text) {
    Violations found;
    const std::vector<std::string> lines = split_lines(text);
    check_tabs(path, lines, found);
    if (is_cpp(path)) {
        check_cpp(path, text, found);
    } else if (is_shell(path)) {
        check_shell(path, lines, found);
    } else {
        check_unfinished(path, lines, found);
    }
    return found;
}

}  // namespace lucheng::style
