// A C++ file seen three ways, each as long as the file: columns and lines stay where they were.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lucheng::style {

struct SourceText {
    std::vector<std::string> raw;       // as written
    std::vector<std::string> code;      // comments and the inside of literals are spaces
    std::vector<std::string> comments;  // everything but comments is spaces
};

[[nodiscard]] SourceText read_source(std::string_view text);

[[nodiscard]] std::vector<std::string> split_lines(std::string_view text);

[[nodiscard]] bool is_word(char c);

}  // namespace lucheng::style
