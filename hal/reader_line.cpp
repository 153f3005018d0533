#include "hal/reader_line.hpp"

#include <string>
#include <utility>

namespace lucheng::hal {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

}  // namespace

ReaderLine::ReaderLine(std::function<void(std::string_view)> scanned)
    : scanned_{std::move(scanned)} {
    line_.text.reserve(reader_line_max);  // it never moves, so that wiping it wipes all
}

void ReaderLine::begin(core::Uptime now) {
    look(now);
    under_way_ = true;
    last_ = now;
}

void ReaderLine::take(char character, core::Uptime now) {
    begin(now);
    const bool readable = character >= ' ' && character <= '~';
    if (!readable || line_.text.size() == reader_line_max) spoilt_ = true;
    if (spoilt_) return protocol::wipe(line_.text);
    line_.text += character;
}

void ReaderLine::garbage(core::Uptime now) {
    begin(now);
    spoilt_ = true;
    protocol::wipe(line_.text);
}

void ReaderLine::end(core::Uptime now) {
    look(now);
    if (!under_way_) return;  // the LF of a CR LF
    const bool whole = !spoilt_ && !trimmed(line_.text).empty();
    if (whole && has_room(now)) {
        scanned_(trimmed(line_.text));
    } else if (spoilt_ || whole) {
        ++dropped_;
    }
    restart();
}

void ReaderLine::restart() {
    protocol::wipe(line_.text);
    under_way_ = spoilt_ = false;
}

std::optional<core::Uptime> ReaderLine::look(core::Uptime now) {
    if (!under_way_) return std::nullopt;
    const core::Uptime over = last_ + reader_half_line_after;
    if (now < over) return over;
    drop();
    return std::nullopt;
}

void ReaderLine::drop() {
    ++dropped_;
    restart();
}

// A bucket that fills again by one line at a time.
bool ReaderLine::has_room(core::Uptime now) {
    while (more_room_at_ && now >= *more_room_at_) {
        ++room_;
        if (room_ == reader_lines_at_once)
            more_room_at_.reset();
        else
            *more_room_at_ += reader_line_every;
    }
    if (room_ == 0) return false;
    --room_;
    if (!more_room_at_) more_room_at_ = now + reader_line_every;
    return true;
}

}  // namespace lucheng::hal
