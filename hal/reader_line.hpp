// From single characters of a reader to whole lines. What is half, too long, garbage or too much is
// dropped and counted; nothing of it is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "core/time.hpp"
#include "protocol/secret.hpp"

namespace lucheng::hal {

// A reader sends a line within milliseconds; who types by hand is none.
inline constexpr core::Milliseconds reader_half_line_after{1'000};
inline constexpr std::size_t reader_line_max = 96;  // characters
// Nobody shows more than this; a broken or hostile reader does.
inline constexpr std::uint32_t reader_lines_at_once = 10;
inline constexpr core::Milliseconds reader_line_every{200};

class ReaderLine {
public:
    // Of what `scanned` is given nothing is left after it returns.
    explicit ReaderLine(std::function<void(std::string_view)> scanned);

    void take(char character, core::Uptime now);  // visible ASCII and spaces; all else is garbage
    void end(core::Uptime now);                   // the line's terminator
    void garbage(core::Uptime now);               // the line under way cannot be trusted
    void restart();                               // what was under way is gone, uncounted
    // A half line that has waited for too long goes. When to look again; none: nothing waits.
    std::optional<core::Uptime> look(core::Uptime now);

    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    void begin(core::Uptime now);
    void drop();
    [[nodiscard]] bool has_room(core::Uptime now);

    std::function<void(std::string_view)> scanned_;
    protocol::SecretText line_{};
    bool under_way_ = false;
    bool spoilt_ = false;  // too long, or garbage in it: nothing counts up to its end
    core::Uptime last_{};
    std::uint32_t room_ = reader_lines_at_once;
    std::optional<core::Uptime> more_room_at_{};
    std::uint64_t dropped_ = 0;
};

}  // namespace lucheng::hal
