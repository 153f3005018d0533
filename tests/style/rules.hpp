// The rules of CONTRIBUTING.md that a program can check. A file comes in as path and text, so that
// the rules themselves are tested without touching the tree.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/style/source_text.hpp"

namespace lucheng::style {

inline constexpr std::size_t columns_most = 100;
inline constexpr std::size_t file_lines_most = 500;
inline constexpr std::size_t function_lines_most = 70;

// On a line of its own: this file is a table, and may be as long as what it lists.
inline constexpr std::string_view table_marker = "// style: table";

struct Violation {
    std::string file;
    std::size_t line = 0;
    std::string what;
    std::string why;

    [[nodiscard]] std::string text() const;
};
using Violations = std::vector<Violation>;

// `path` is relative to the top of the tree and decides which rules hold.
[[nodiscard]] Violations check_file(std::string_view path, std::string_view text);

[[nodiscard]] bool is_cpp(std::string_view path);
[[nodiscard]] bool is_shell(std::string_view path);

// The parts of check_file.
void check_includes(std::string_view path, const SourceText& source, Violations& found);
void check_calls(std::string_view path, const SourceText& source, Violations& found);
void check_function_lengths(std::string_view path, const SourceText& source, Violations& found);

}  // namespace lucheng::style
