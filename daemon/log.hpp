// The log: to the journal with fields where systemd listens, else lines to standard error. Never a
// code, a card number or a person.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "protocol/time.hpp"

namespace lucheng::daemon {

enum class Level : int { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };  // as syslog

class Log {
public:
    using WallClock = std::function<protocol::WallTime()>;
    // What is less urgent than `most` is left out. Plain lines begin with the time if `wall` is
    // given; the journal stamps its entries by itself.
    explicit Log(Level most, WallClock wall = {}, int output = STDERR_FILENO);
    void set_level(Level most);
    [[nodiscard]] bool enabled(Level level) const { return level <= most_; }
    using Field = std::pair<std::string_view, std::string>;  // name in capitals, after systemd
    void write(Level level, std::string_view message,
               std::initializer_list<Field> fields = {}) const;

private:
    Level most_;
    WallClock wall_;
    int output_;
    bool to_journal_;
};

[[nodiscard]] bool level_of(std::string_view text, Level& level);
[[nodiscard]] std::string_view name_of(Level level);
// `output` is the stream that systemd connected to its journal, as $JOURNAL_STREAM names it.
[[nodiscard]] bool is_journal(int output);

}  // namespace lucheng::daemon
