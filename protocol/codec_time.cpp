#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

// What lies outside is no time but a broken clock; four digits hold what lies inside.
constexpr WallTime earliest{};
constexpr WallTime latest = sys_days{year{2100} / 1 / 1} - Milliseconds{1};

constexpr std::string_view shape = "0000-00-00T00:00:00";

void put(char* at, std::size_t width, unsigned value) {
    for (std::size_t i = width; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

unsigned number_at(std::string_view text, std::size_t at, std::size_t width) {
    unsigned value = 0;
    for (const char c : text.substr(at, width)) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
}

bool has_shape(std::string_view text) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
    }
    return true;
}

// ".1" to ".123456789": RFC 3339 allows any number of digits; senders write up to nanoseconds.
std::optional<Milliseconds> fraction_of(std::string_view text) {
    if (text.empty()) return Milliseconds{0};
    if (text.front() != '.' || text.size() < 2 || text.size() > 10) return std::nullopt;
    text.remove_prefix(1);
    if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    std::array<char, 3> digits{'0', '0', '0'};
    std::copy_n(text.begin(), std::min(text.size(), digits.size()), digits.begin());
    return Milliseconds{number_at({digits.data(), digits.size()}, 0, 3)};
}

}  // namespace

std::string format_time(WallTime time) {
    time = std::clamp(time, earliest, latest);
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const auto in_day = (time - day).count();
    std::string text{"0000-00-00T00:00:00.000Z"};
    char* const at = text.data();
    put(at, 4, static_cast<unsigned>(static_cast<int>(date.year())));
    put(at + 5, 2, static_cast<unsigned>(date.month()));
    put(at + 8, 2, static_cast<unsigned>(date.day()));
    put(at + 11, 2, static_cast<unsigned>(in_day / 3'600'000));
    put(at + 14, 2, static_cast<unsigned>(in_day / 60'000 % 60));
    put(at + 17, 2, static_cast<unsigned>(in_day / 1'000 % 60));
    put(at + 20, 3, static_cast<unsigned>(in_day % 1'000));
    return text;
}

Result<WallTime> parse_time(std::string_view text) {
    const Refusal refusal{Reason::malformed, "time"};
    if (text.size() <= shape.size() || text.back() != 'Z' || !has_shape(text)) return refusal;
    const auto fraction = fraction_of(text.substr(shape.size(), text.size() - shape.size() - 1));
    if (!fraction) return refusal;
    const year_month_day date{year{static_cast<int>(number_at(text, 0, 4))},
                              std::chrono::month{number_at(text, 5, 2)},
                              std::chrono::day{number_at(text, 8, 2)}};
    const hours hour{number_at(text, 11, 2)};
    const minutes minute{number_at(text, 14, 2)};
    const seconds second{number_at(text, 17, 2)};
    // A leap second has no place in a count of milliseconds.
    if (!date.ok() || hour >= hours{24} || minute >= minutes{60} || second >= seconds{60}) {
        return refusal;
    }
    const WallTime time = sys_days{date} + hour + minute + second + *fraction;
    if (time < earliest || time > latest) return refusal;
    return time;
}

}  // namespace lucheng::protocol
