#include <optional>
#include <string_view>

#include "daemon/kiosk_request.hpp"

namespace lucheng::daemon {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t";
    const auto begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

// What stands before `separator`; `text` keeps what stands behind it.
std::string_view take_until(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    const auto taken = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return trimmed(taken);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_word(std::string_view text, std::string_view word) {
    if (text.size() != word.size()) return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (lower(text[at]) != word[at]) return false;
    }
    return true;
}

// A weight as RFC 9110 writes it: 0, 0.0, 0.00, 0.000 refuse.
bool refuses(std::string_view parameters) {
    while (!parameters.empty()) {
        auto value = take_until(parameters, ';');
        if (!is_word(take_until(value, '='), "q")) continue;
        return !value.empty() && trimmed(value).find_first_not_of("0.") == std::string_view::npos;
    }
    return false;
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
    std::optional<bool> any;
    while (!accept_encoding.empty()) {
        auto parameters = take_until(accept_encoding, ',');
        const auto coding = take_until(parameters, ';');
        if (is_word(coding, "gzip") || is_word(coding, "x-gzip")) return !refuses(parameters);
        if (coding == "*") any = !refuses(parameters);
    }
    return any.value_or(false);
}

}  // namespace lucheng::daemon
