// From characters and keys to lines.
#include "hal/reader_line.hpp"

#include <catch2/catch_test_macros.hpp>
#include <linux/input-event-codes.h>
#include <string>
#include <vector>

#include "hal/key_layout.hpp"

namespace lucheng::hal {
namespace {

using namespace std::chrono_literals;

struct Heard {
    std::vector<std::string> lines{};
    core::Uptime now{1h};
    ReaderLine line{[this](std::string_view text) { lines.emplace_back(text); }};

    void send(std::string_view text) {
        for (const char c : text) {
            if (c == '\n')
                line.end(now);
            else
                line.take(c, now);
        }
    }
    void wait(core::Milliseconds time) { now += time; }
};

TEST_CASE("a reader's line is what stands before its end, without the spaces around it") {
    Heard heard;
    heard.send("12345678\n\n  ABC def \n");
    CHECK(heard.lines == std::vector<std::string>{"12345678", "ABC def"});
    CHECK(heard.line.dropped() == 0);
}

TEST_CASE("half a line is dropped after a second, and takes nothing of the next with it") {
    Heard heard;
    heard.send("1234");
    heard.wait(999ms);
    heard.send("5");
    CHECK(heard.line.look(heard.now) == heard.now + 1s);
    heard.wait(1s);
    CHECK_FALSE(heard.line.look(heard.now));
    CHECK(heard.line.dropped() == 1);
    heard.send("777");
    heard.wait(3s);
    heard.send("88889999\n");  // nobody looked meanwhile
    CHECK(heard.lines == std::vector<std::string>{"88889999"});
    CHECK(heard.line.dropped() == 2);
}

TEST_CASE("a line that is too long or holds garbage is dropped up to its end") {
    Heard heard;
    heard.send(std::string(reader_line_max, '7') + "\n");
    heard.send(std::string(reader_line_max + 1, '7') + "12345678\n");
    heard.send(
        "1234\x01"
        "5678\n");
    heard.send(
        "1234\xff"
        "5678\n");
    heard.send("11112222\n");
    CHECK(heard.lines == std::vector<std::string>{std::string(reader_line_max, '7'), "11112222"});
    CHECK(heard.line.dropped() == 3);
}

TEST_CASE("ten lines at once are taken, then five a second, the rest counted") {
    Heard heard;
    for (int i = 0; i < 1'000; ++i) heard.send("12345678\n");
    CHECK(heard.lines.size() == 10);
    CHECK(heard.line.dropped() == 990);
    heard.wait(1s);
    for (int i = 0; i < 1'000; ++i) heard.send("12345678\n");
    CHECK(heard.lines.size() == 15);
    heard.wait(1h);
    for (int i = 0; i < 1'000; ++i) heard.send("12345678\n");
    CHECK(heard.lines.size() == 25);
}

// What a reader types that sends these keys, each pressed and let go.
std::string typed(const std::vector<unsigned>& keys) {
    KeyLayout layout;
    std::string text;
    const auto take = [&](const Typed& one) {
        switch (one.stroke) {
            case KeyStroke::nothing: return;
            case KeyStroke::character: text += one.character; return;
            case KeyStroke::end: text += '\n'; return;
            case KeyStroke::garbage: text += '\x01'; return;
        }
    };
    bool shift = false;
    for (const unsigned key : keys) {
        if (key == KEY_LEFTSHIFT) {  // held over the next key
            take(layout.typed(key, 1));
            shift = true;
            continue;
        }
        take(layout.typed(key, 1));
        take(layout.typed(key, 2));  // held for long: the kernel repeats it
        take(layout.typed(key, 0));
        if (shift) take(layout.typed(KEY_LEFTSHIFT, 0));
        shift = false;
    }
    return text;
}

TEST_CASE("a reader that poses as a keyboard types letters, digits, signs and the keypad") {
    CHECK(typed({KEY_0, KEY_9, KEY_A, KEY_LEFTSHIFT, KEY_A, KEY_KP7, KEY_ENTER}) == "09aA7\n");
    CHECK(typed({KEY_L, KEY_LEFTSHIFT, KEY_SEMICOLON, KEY_MINUS, KEY_TAB}) == "l:-\n");
    CHECK(typed({KEY_NUMLOCK, KEY_KP1, KEY_CAPSLOCK, KEY_B, KEY_KPENTER}) == "1b\n");
    CHECK(typed({KEY_1, KEY_F5, KEY_LEFT, KEY_ENTER}) == "1\x01\x01\n");
}

TEST_CASE("with Ctrl, Alt or Meta held nothing is typed but garbage") {
    for (const unsigned modifier :
         std::vector<unsigned>{KEY_LEFTCTRL, KEY_RIGHTALT, KEY_LEFTMETA}) {
        KeyLayout layout;
        CHECK(layout.typed(modifier, 1).stroke == KeyStroke::nothing);
        CHECK(layout.typed(KEY_1, 1).stroke == KeyStroke::garbage);
        CHECK(layout.typed(KEY_ENTER, 1).stroke == KeyStroke::garbage);
        CHECK(layout.typed(modifier, 0).stroke == KeyStroke::nothing);
        CHECK(layout.typed(KEY_1, 1).stroke == KeyStroke::character);
    }
}

}  // namespace
}  // namespace lucheng::hal
