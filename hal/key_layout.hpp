// What a reader that poses as a keyboard types: key by key, on the US layout that such readers use
// unless they were told otherwise.
#pragma once

#include <cstdint>
#include <optional>

namespace lucheng::hal {

enum class KeyStroke : std::uint8_t {
    nothing,    // a modifier, a release, a repeat
    character,  // of `character`
    end,        // Enter or Tab
    garbage,    // a key that no line has: arrows, functions, or one with Ctrl, Alt or Meta held
};
struct Typed {
    KeyStroke stroke{};
    char character = 0;
};

class KeyLayout {
public:
    // Of an EV_KEY event: its code, and 1 for a press, 0 for a release, 2 for a repeat.
    Typed typed(unsigned code, int value);
    void release_all();

private:
    unsigned shifts_ = 0, others_ = 0;  // held, one bit a key
};

}  // namespace lucheng::hal
