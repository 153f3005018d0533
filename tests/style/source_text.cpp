#include "tests/style/source_text.hpp"

#include <cctype>

namespace lucheng::style {

namespace {

enum class Kind : char { code, comment, literal };

// Walks a file once and says of every character whether it is code, comment or literal.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_{text}, kinds_(text.size(), Kind::code) {}

    std::vector<Kind> scan() {
        while (at_ < text_.size()) step();
        return std::move(kinds_);
    }

private:
    void step() {
        if (starts("//")) {
            mark_until("\n", Kind::comment, 0);
        } else if (starts("/*")) {
            mark_until("*/", Kind::comment, 2);
        } else if (text_[at_] == '"' && is_raw_prefix()) {
            const std::size_t open = text_.find('(', at_);
            const std::string end = ")" + std::string{text_.substr(at_ + 1, open - at_ - 1)} + "\"";
            mark_until(end, Kind::literal, end.size());
        } else if (text_[at_] == '"' || (text_[at_] == '\'' && !is_digit_separator())) {
            mark_quoted(text_[at_]);
        } else {
            ++at_;
        }
    }

    [[nodiscard]] bool starts(std::string_view what) const {
        return text_.substr(at_, what.size()) == what;
    }

    // R"( and its prefixed kin, but not a name that ends in R.
    [[nodiscard]] bool is_raw_prefix() const {
        std::size_t first = at_;
        while (first > 0 && is_word(text_[first - 1])) --first;
        const std::string_view prefix = text_.substr(first, at_ - first);
        return prefix == "R" || prefix == "u8R" || prefix == "uR" || prefix == "UR" ||
               prefix == "LR";
    }

    // 60'000 is a number; u'x' is a character.
    [[nodiscard]] bool is_digit_separator() const {
        std::size_t first = at_;
        while (first > 0 && (is_word(text_[first - 1]) || text_[first - 1] == '\'')) --first;
        return first < at_ && std::isdigit(static_cast<unsigned char>(text_[first])) != 0;
    }

    void mark_until(std::string_view end, Kind kind, std::size_t end_size) {
        const std::size_t found = text_.find(end, at_ + 1);
        const std::size_t stop = found == std::string_view::npos ? text_.size() : found + end_size;
        while (at_ < stop) kinds_[at_++] = kind;
    }

    void mark_quoted(char quote) {
        ++at_;  // the quotes themselves stay, as a sign that something was there
        while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
            const std::size_t size = text_[at_] == '\\' ? 2 : 1;
            for (std::size_t i = 0; i < size && at_ < text_.size(); ++i) {
                kinds_[at_++] = Kind::literal;
            }
        }
        if (at_ < text_.size()) ++at_;
    }

    std::string_view text_;
    std::vector<Kind> kinds_;
    std::size_t at_ = 0;
};

std::vector<std::string> view_of(std::string_view text, const std::vector<Kind>& kinds, Kind kind) {
    std::string kept{text};
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kinds[i] != kind && kept[i] != '\n') kept[i] = ' ';
    }
    return split_lines(kept);
}

}  // namespace

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

SourceText read_source(std::string_view text) {
    const std::vector<Kind> kinds = Scanner{text}.scan();
    return {split_lines(text), view_of(text, kinds, Kind::code),
            view_of(text, kinds, Kind::comment)};
}

}  // namespace lucheng::style
