// Readers that pose as keyboards, made by uinput: whose keys are heard, and whose are not.
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <linux/input-event-codes.h>
#include <linux/input.h>
#include <memory>
#include <random>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

#include "hal/readers.hpp"
#include "tests/gpio/key_board.hpp"
#include "tests/hal/contract.hpp"

namespace lucheng::hal {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const KeyboardPlace scanner{0x0c2e, 0x0b61, "Test Scanner", "usb-0000:00:14.0-2/input0"};
const KeyboardPlace cards{0x08ff, 0x0009, "Test Card Reader", "usb-0000:00:14.0-3/input0"};

struct Desk {
    boost::asio::io_context loop{};
    Lines heard{}, changes{}, troubles{};
    std::uint64_t dropped = 0;
    std::unique_ptr<Readers> readers{};

    void listen() {
        const Lines names{"scanner", "cards"};
        readers = std::make_unique<Readers>(
            loop,
            Readers::Parts{.places = {{"scanner", scanner}, {"cards", cards}},
                           .uptime = contract::uptime},
            Readers::Listener{
                .scanned =
                    [this, names](std::size_t reader, std::string_view line) {
                        heard.push_back(names.at(reader) + ' ' + std::string{line});
                    },
                .changed =
                    [this, names](std::size_t reader, bool there) {
                        changes.push_back(names.at(reader) + (there ? " there" : " gone"));
                    },
                .dropped = [this](std::size_t, std::uint64_t lines) { dropped += lines; },
                .trouble = [this](std::string what) { troubles.push_back(std::move(what)); }});
    }
    void until(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) FAIL("it did not come");
            loop.restart();
            loop.run_one_for(20ms);
        }
    }
};

// Whether this process has the device file open.
bool has_open(const std::string& device) {
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        std::error_code gone;
        if (std::filesystem::read_symlink(entry.path(), gone) == device) return true;
    }
    return false;
}

TEST_CASE("a reader that poses as a keyboard is heard, and by nobody else") {
    const KeyBoard board{scanner};
    Desk desk;
    desk.listen();
    CHECK(desk.changes == Lines{"scanner there", "cards gone"});
    const int other = ::open(board.device().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(other >= 0);
    board.types("LC:D-17\n");
    desk.until([&] { return desk.heard.size() == 1; });
    CHECK(desk.heard == Lines{"scanner LC:D-17"});
    input_event event{};
    CHECK(::read(other, &event, sizeof event) < 0);
    CHECK(::ioctl(other, EVIOCGRAB, 1) < 0);
    ::close(other);
}

TEST_CASE("a stranger's keyboard types in vain, even of the scanner's make") {
    const KeyBoard board{scanner};
    KeyboardPlace elsewhere = scanner;
    elsewhere.port = "usb-0000:00:14.0-4/input0";
    KeyboardPlace other_make = scanner;
    other_make.vendor = 0x046d;
    const KeyBoard same_make{elsewhere}, same_place{other_make};
    Desk desk;
    desk.listen();
    const KeyBoard late{elsewhere};
    same_make.types("11111111\n");
    same_place.types("22222222\n");
    late.types("33333333\n");
    board.types("44444444\n");
    desk.until([&] { return !desk.heard.empty(); });
    CHECK(desk.heard == Lines{"scanner 44444444"});
    CHECK(has_open(board.device()));
    for (const auto* stranger : {&same_make, &same_place, &late}) {
        CHECK_FALSE(has_open(stranger->device()));
    }
}

TEST_CASE("unplugged in the middle of a line and plugged in again, a keyboard reader goes on") {
    auto board = std::make_unique<KeyBoard>(scanner);
    Desk desk;
    desk.listen();
    board->types("1111");
    board->key(KEY_LEFTSHIFT, true);
    board.reset();
    desk.until([&] { return desk.changes.back() == "scanner gone"; });
    board = std::make_unique<KeyBoard>(scanner);
    desk.until([&] { return desk.changes.back() == "scanner there"; });
    board->types("22223333\n");  // with the old one's Shift it would be @@@@####
    desk.until([&] { return !desk.heard.empty(); });
    CHECK(desk.heard == Lines{"scanner 22223333"});
}

TEST_CASE("two keyboard readers at once do not mix, not even their Shift") {
    const KeyBoard one{scanner}, two{cards};
    Desk desk;
    desk.listen();
    REQUIRE(desk.readers->present() == 2);
    one.types("1234");
    two.key(KEY_LEFTSHIFT, true);
    one.types("5678");
    two.key(KEY_A, true);
    two.key(KEY_A, false);
    one.types("\n");
    two.key(KEY_LEFTSHIFT, false);
    two.types("7\n");
    desk.until([&] { return desk.heard.size() == 2; });
    std::sort(desk.heard.begin(), desk.heard.end());
    CHECK(desk.heard == Lines{"cards A7", "scanner 12345678"});
}

TEST_CASE("half a line from a keyboard reader goes by itself after a second") {
    const KeyBoard board{scanner};
    Desk desk;
    desk.listen();
    board.types("1111");
    desk.until([&] { return desk.dropped == 1; });
    board.types("22223333\n");
    desk.until([&] { return !desk.heard.empty(); });
    CHECK(desk.heard == Lines{"scanner 22223333"});
}

TEST_CASE("a keyboard reader that types without end is counted, and the loop goes on") {
    const KeyBoard board{scanner};
    Desk desk;
    desk.listen();
    std::mt19937 dice{7};
    for (int i = 0; i < 300; ++i) {
        board.types(std::to_string(dice()) + '\n');
        desk.loop.restart();
        desk.loop.poll();
    }
    desk.until([&] { return desk.dropped > 100; });
    CHECK(desk.heard.size() < 200);
    CHECK(std::all_of(desk.heard.begin(), desk.heard.end(), [](const std::string& line) {
        return line.find_first_not_of("scaner 0123456789") == std::string::npos;
    }));
    CHECK(desk.readers->present() == 1);
}

}  // namespace
}  // namespace lucheng::hal
