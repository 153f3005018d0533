#include "hal/key_layout.hpp"

#include <array>
#include <linux/input-event-codes.h>

namespace lucheng::hal {
namespace {

struct Key {
    unsigned code;
    char plain, shifted;
};

constexpr auto keys = std::to_array<Key>({
    {KEY_1, '1', '!'},          {KEY_2, '2', '@'},           {KEY_3, '3', '#'},
    {KEY_4, '4', '$'},          {KEY_5, '5', '%'},           {KEY_6, '6', '^'},
    {KEY_7, '7', '&'},          {KEY_8, '8', '*'},           {KEY_9, '9', '('},
    {KEY_0, '0', ')'},          {KEY_MINUS, '-', '_'},       {KEY_EQUAL, '=', '+'},
    {KEY_Q, 'q', 'Q'},          {KEY_W, 'w', 'W'},           {KEY_E, 'e', 'E'},
    {KEY_R, 'r', 'R'},          {KEY_T, 't', 'T'},           {KEY_Y, 'y', 'Y'},
    {KEY_U, 'u', 'U'},          {KEY_I, 'i', 'I'},           {KEY_O, 'o', 'O'},
    {KEY_P, 'p', 'P'},          {KEY_LEFTBRACE, '[', '{'},   {KEY_RIGHTBRACE, ']', '}'},
    {KEY_A, 'a', 'A'},          {KEY_S, 's', 'S'},           {KEY_D, 'd', 'D'},
    {KEY_F, 'f', 'F'},          {KEY_G, 'g', 'G'},           {KEY_H, 'h', 'H'},
    {KEY_J, 'j', 'J'},          {KEY_K, 'k', 'K'},           {KEY_L, 'l', 'L'},
    {KEY_SEMICOLON, ';', ':'},  {KEY_APOSTROPHE, '\'', '"'}, {KEY_GRAVE, '`', '~'},
    {KEY_BACKSLASH, '\\', '|'}, {KEY_Z, 'z', 'Z'},           {KEY_X, 'x', 'X'},
    {KEY_C, 'c', 'C'},          {KEY_V, 'v', 'V'},           {KEY_B, 'b', 'B'},
    {KEY_N, 'n', 'N'},          {KEY_M, 'm', 'M'},           {KEY_COMMA, ',', '<'},
    {KEY_DOT, '.', '>'},        {KEY_SLASH, '/', '?'},       {KEY_SPACE, ' ', ' '},
    {KEY_KP0, '0', '0'},        {KEY_KP1, '1', '1'},         {KEY_KP2, '2', '2'},
    {KEY_KP3, '3', '3'},        {KEY_KP4, '4', '4'},         {KEY_KP5, '5', '5'},
    {KEY_KP6, '6', '6'},        {KEY_KP7, '7', '7'},         {KEY_KP8, '8', '8'},
    {KEY_KP9, '9', '9'},        {KEY_KPMINUS, '-', '-'},     {KEY_KPPLUS, '+', '+'},
    {KEY_KPDOT, '.', '.'},      {KEY_KPSLASH, '/', '/'},     {KEY_KPASTERISK, '*', '*'},
});

constexpr std::array<unsigned, 2> shifts{KEY_LEFTSHIFT, KEY_RIGHTSHIFT};
constexpr std::array<unsigned, 6> others{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTALT,
                                         KEY_RIGHTALT, KEY_LEFTMETA,  KEY_RIGHTMETA};

// Whether it is one of them; then its bit says whether it is held.
template <std::size_t N>
bool hold(const std::array<unsigned, N>& which, unsigned code, bool down, unsigned& held) {
    for (std::size_t i = 0; i < N; ++i) {
        if (which.at(i) != code) continue;
        held = down ? held | 1U << i : held & ~(1U << i);
        return true;
    }
    return false;
}

bool is_lock(unsigned code) {
    return code == KEY_CAPSLOCK || code == KEY_NUMLOCK || code == KEY_SCROLLLOCK;
}

}  // namespace

Typed KeyLayout::typed(unsigned code, int value) {
    if (hold(shifts, code, value != 0, shifts_)) return {};
    if (hold(others, code, value != 0, others_)) return {};
    if (value != 1 || is_lock(code)) return {};
    if (others_ != 0) return {.stroke = KeyStroke::garbage};
    if (code == KEY_ENTER || code == KEY_KPENTER || code == KEY_TAB) {
        return {.stroke = KeyStroke::end};
    }
    for (const Key& key : keys) {
        if (key.code != code) continue;
        return {.stroke = KeyStroke::character,
                .character = shifts_ != 0 ? key.shifted : key.plain};
    }
    return {.stroke = KeyStroke::garbage};
}

void KeyLayout::release_all() { shifts_ = others_ = 0; }

}  // namespace lucheng::hal
