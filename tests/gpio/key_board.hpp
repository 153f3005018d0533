// A keyboard made by uinput: what poses as a reader, or a stranger's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hal/reader_device.hpp"

namespace lucheng::hal {

class KeyBoard {
public:
    explicit KeyBoard(const KeyboardPlace& place);  // plugged in
    ~KeyBoard();                                    // and out
    KeyBoard(const KeyBoard&) = delete;
    KeyBoard& operator=(const KeyBoard&) = delete;

    // Digits, capitals, - and :, each pressed and let go; '\n' is Enter.
    void types(std::string_view text) const;
    void key(std::uint16_t code, bool down) const;
    // /dev/input/eventN
    [[nodiscard]] std::string device() const;

private:
    int fd_ = -1;
};

}  // namespace lucheng::hal
