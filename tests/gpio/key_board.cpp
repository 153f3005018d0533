#include "tests/gpio/key_board.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/uinput.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <system_error>
#include <unistd.h>

namespace lucheng::hal {
namespace {

void check(int result, const char* what) {
    if (result < 0) throw std::system_error{errno, std::generic_category(), what};
}

struct Key {
    std::uint16_t code = 0;
    bool shift = false;
};

Key key_of(char c) {
    constexpr std::array<std::uint16_t, 10> digits{KEY_0, KEY_1, KEY_2, KEY_3, KEY_4,
                                                   KEY_5, KEY_6, KEY_7, KEY_8, KEY_9};
    constexpr std::array<std::uint16_t, 26> letters{
        KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H, KEY_I, KEY_J, KEY_K, KEY_L, KEY_M,
        KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R, KEY_S, KEY_T, KEY_U, KEY_V, KEY_W, KEY_X, KEY_Y, KEY_Z};
    if (c >= '0' && c <= '9') return {digits.at(static_cast<std::size_t>(c - '0'))};
    if (c >= 'A' && c <= 'Z') return {letters.at(static_cast<std::size_t>(c - 'A')), true};
    if (c == '-') return {KEY_MINUS};
    if (c == ':') return {KEY_SEMICOLON, true};
    if (c == '\n') return {KEY_ENTER};
    throw std::logic_error{"no key for this character"};
}

}  // namespace

KeyBoard::KeyBoard(const KeyboardPlace& place)
    : fd_{::open("/dev/uinput", O_WRONLY | O_NONBLOCK | O_CLOEXEC)} {
    check(fd_, "/dev/uinput");
    check(::ioctl(fd_, UI_SET_EVBIT, EV_KEY), "UI_SET_EVBIT");
    for (int code = KEY_ESC; code <= KEY_MICMUTE; ++code) {
        check(::ioctl(fd_, UI_SET_KEYBIT, code), "UI_SET_KEYBIT");
    }
    check(::ioctl(fd_, UI_SET_PHYS, place.port.c_str()), "UI_SET_PHYS");
    uinput_setup setup{};
    setup.id = {.bustype = BUS_USB, .vendor = place.vendor, .product = place.product, .version = 1};
    std::strncpy(setup.name, place.name.c_str(), sizeof setup.name - 1);
    check(::ioctl(fd_, UI_DEV_SETUP, &setup), "UI_DEV_SETUP");
    check(::ioctl(fd_, UI_DEV_CREATE), "UI_DEV_CREATE");
}

KeyBoard::~KeyBoard() { ::close(fd_); }

void KeyBoard::key(std::uint16_t code, bool down) const {
    const std::array<input_event, 2> events{
        {{.time = {}, .type = EV_KEY, .code = code, .value = down ? 1 : 0},
         {.time = {}, .type = EV_SYN, .code = SYN_REPORT, .value = 0}}};
    check(static_cast<int>(::write(fd_, events.data(), sizeof events)), "write to uinput");
}

void KeyBoard::types(std::string_view text) const {
    for (const char c : text) {
        const Key one = key_of(c);
        if (one.shift) key(KEY_LEFTSHIFT, true);
        key(one.code, true);
        key(one.code, false);
        if (one.shift) key(KEY_LEFTSHIFT, false);
    }
}

std::string KeyBoard::device() const {
    std::array<char, 64> name{};
    check(::ioctl(fd_, UI_GET_SYSNAME(name.size()), name.data()), "UI_GET_SYSNAME");
    const auto folder = std::filesystem::path{"/sys/devices/virtual/input"} / name.data();
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const std::string node = entry.path().filename().string();
        if (node.starts_with("event")) return "/dev/input/" + node;
    }
    throw std::runtime_error{"the keyboard has no device file"};
}

}  // namespace lucheng::hal
