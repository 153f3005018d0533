// Finds functions by their braces. A heuristic: it reads shapes, not C++, and that is enough to
// measure code the formatter has laid out.
#include <algorithm>
#include <array>

#include "tests/style/rules.hpp"

namespace lucheng::style {

namespace {

enum class Block : char { scope, function, other };

constexpr std::array<std::string_view, 5> scope_words{"namespace", "class", "struct", "union",
                                                      "extern"};

std::string_view without_spaces(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

// template <class T> struct A -> struct A
std::string_view without_template(std::string_view header) {
    header = without_spaces(header);
    if (!header.starts_with("template")) return header;
    int depth = 0;
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (header[i] == '<') ++depth;
        if (header[i] == '>' && --depth == 0) return without_spaces(header.substr(i + 1));
    }
    return header;
}

bool begins_with_word(std::string_view text, std::string_view word) {
    return text.starts_with(word) && (text.size() == word.size() || !is_word(text[word.size()]));
}

// What stands between the last statement and the brace decides.
Block kind_of(std::string_view header, int open_parentheses) {
    if (open_parentheses > 0) return Block::other;
    header = without_template(header);
    if (begins_with_word(header, "inline")) header = without_spaces(header.substr(6));
    const bool has_parentheses = header.find('(') != std::string_view::npos;
    if (begins_with_word(header, "extern") && has_parentheses) return Block::function;
    const bool is_scope = std::any_of(scope_words.begin(), scope_words.end(),
                                      [&](auto word) { return begins_with_word(header, word); });
    if (is_scope) return Block::scope;
    const bool is_enum = begins_with_word(header, "enum");
    return has_parentheses && !is_enum ? Block::function : Block::other;
}

class Measure {
public:
    Measure(std::string_view path, Violations& found) : path_{path}, found_{found} {}

    void line(std::size_t number, std::string_view code) {
        const std::size_t first = code.find_first_not_of(' ');
        const bool directive = first != std::string_view::npos && code[first] == '#';
        if (directive || in_directive_) {
            in_directive_ = code.ends_with('\\');
            return;
        }
        for (const char c : code) character(number, c);
        header_ += ' ';
    }

private:
    struct Open {
        Block kind;
        std::size_t first_line;
        int parentheses;
    };

    void character(std::size_t number, char c) {
        if (c == '{') {
            open(number);
        } else if (c == '}') {
            close(number);
        } else if (c == ';' && parentheses_ == 0) {
            header_.clear();
        } else {
            if (c == '(') ++parentheses_;
            if (c == ')') --parentheses_;
            if (header_.find_first_not_of(' ') == std::string::npos) header_line_ = number;
            header_ += c;
        }
    }

    void open(std::size_t number) {
        const bool in_scope = open_.empty() || open_.back().kind == Block::scope;
        const Block kind = in_scope ? kind_of(header_, parentheses_) : Block::other;
        const bool named = header_.find_first_not_of(' ') != std::string::npos;
        open_.push_back({kind, named ? header_line_ : number, parentheses_});
        parentheses_ = 0;
        header_.clear();
    }

    void close(std::size_t number) {
        header_.clear();
        if (open_.empty()) return;
        const Open block = open_.back();
        open_.pop_back();
        parentheses_ = block.parentheses;
        const std::size_t lines = number - block.first_line + 1;
        if (block.kind == Block::function && lines > function_lines_most) {
            found_.push_back(
                {std::string{path_}, block.first_line, "function too long",
                 std::to_string(lines) + " lines, at most " + std::to_string(function_lines_most)});
        }
    }

    std::string_view path_;
    Violations& found_;
    std::vector<Open> open_;
    std::string header_;
    std::size_t header_line_ = 0;
    int parentheses_ = 0;
    bool in_directive_ = false;
};

}  // namespace

void check_function_lengths(std::string_view path, const SourceText& source, Violations& found) {
    Measure measure{path, found};
    for (std::size_t i = 0; i < source.code.size(); ++i) measure.line(i + 1, source.code[i]);
}

}  // namespace lucheng::style
