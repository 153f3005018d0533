// Readers on a serial line, played by a pseudo-terminal.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "hal/readers.hpp"
#include "tests/hal/contract.hpp"
#include "tests/hal/simulated_rig.hpp"
#include "tests/rig/pseudo_terminal.hpp"

namespace lucheng::hal {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

// Two serial readers, `scanner` and `cards`, and what was heard of them. The time is the test's.
struct Desk {
    Folder folder;
    rig::PseudoTerminal scanner{folder / "scanner"}, cards{folder / "cards"};
    boost::asio::io_context loop{};
    core::Uptime now{1h};
    Lines heard{}, changes{}, troubles{};
    std::uint64_t dropped = 0;
    std::unique_ptr<Readers> readers{};

    void listen() {
        const std::vector<std::string> names{"scanner", "cards"};
        readers = std::make_unique<Readers>(
            loop,
            Readers::Parts{.places = {{"scanner", SerialPlace{folder / "scanner"}},
                                      {"cards", SerialPlace{folder / "cards"}}},
                           .uptime = [this] { return now; },
                           .inputs = {folder / "none", folder / "none"}},
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
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) FAIL("it did not come");
            loop.restart();
            loop.run_one_for(10ms);
        }
    }
    // So many wakes, each for what came from one reader.
    void let_happen(int wakes) {
        for (; wakes > 0; --wakes) {
            loop.restart();
            REQUIRE(loop.run_one_for(20s) == 1);
        }
    }
    void send(const rig::PseudoTerminal& terminal, std::string_view bytes) {
        REQUIRE(terminal.send(bytes));
    }
};

TEST_CASE("a serial reader's lines come whole, ended by CR, LF, both, or ETX") {
    Desk desk;
    desk.listen();
    CHECK(desk.changes == Lines{"scanner there", "cards there"});
    desk.send(desk.scanner, "12345678\r\nLC:D-7\n");
    desk.send(desk.scanner,
              "\x02"
              "04D1CEB0\x03");
    desk.until([&] { return desk.heard.size() == 3; });
    CHECK(desk.heard == Lines{"scanner 12345678", "scanner LC:D-7", "scanner 04D1CEB0"});
    CHECK(desk.dropped == 0);
    CHECK(desk.troubles.empty());
}

TEST_CASE("two readers at once do not mix, in the middle of their lines") {
    Desk desk;
    desk.listen();
    desk.send(desk.scanner, "1234");
    desk.send(desk.cards, "04D1");
    desk.let_happen(2);
    desk.send(desk.cards, "CEB0\r");
    desk.send(desk.scanner, "5678\r");
    desk.until([&] { return desk.heard.size() == 2; });
    CHECK(std::set<std::string>(desk.heard.begin(), desk.heard.end()) ==
          std::set<std::string>{"scanner 12345678", "cards 04D1CEB0"});
}

TEST_CASE("half a line from a serial reader goes after a second, and the next one is whole") {
    Desk desk;
    desk.listen();
    desk.send(desk.scanner, "1111");
    desk.let_happen(1);
    desk.now += 1s;
    desk.send(desk.scanner, "22223333\r");
    desk.until([&] { return desk.heard.size() == 1; });
    CHECK(desk.heard == Lines{"scanner 22223333"});
    CHECK(desk.dropped == 1);
}

TEST_CASE("unplugged in the middle of a line and plugged in again, a reader goes on") {
    Desk desk;
    desk.listen();
    desk.send(desk.scanner, "1111");
    desk.scanner.pull_out();
    desk.until([&] { return desk.changes.back() == "scanner gone"; });
    CHECK(desk.readers->present() == 1);
    desk.send(desk.cards, "04D1CEB0\r");  // the other one serves on
    desk.until([&] { return desk.heard.size() == 1; });
    desk.until([&] { return !desk.troubles.empty(); });
    desk.scanner.plug_in();
    desk.until([&] { return desk.changes.back() == "scanner there"; });
    desk.send(desk.scanner, "22223333\r");
    desk.until([&] { return desk.heard.size() == 2; });
    CHECK(desk.heard == Lines{"cards 04D1CEB0", "scanner 22223333"});
    REQUIRE(desk.troubles.size() == 1);  // told once, however often it was looked for
    CHECK(desk.troubles.front().starts_with("reader scanner: "));
}

TEST_CASE("what was scanned before anybody listened opens nothing later") {
    Desk desk;
    desk.send(desk.scanner, "12345678\r");
    const int other = ::open((desk.folder / "scanner").c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK);
    REQUIRE(other >= 0);
    desk.until([&] {
        int waiting = 0;
        return ::ioctl(other, FIONREAD, &waiting) == 0 && waiting > 0;
    });
    desk.listen();
    ::close(other);
    desk.send(desk.scanner, "22223333\r");
    desk.until([&] { return !desk.heard.empty(); });
    CHECK(desk.heard == Lines{"scanner 22223333"});
}

TEST_CASE("a reader that was never plugged in is missed once, and taken when it comes") {
    Desk desk;
    desk.cards.pull_out();
    desk.listen();
    CHECK(desk.changes == Lines{"scanner there", "cards gone"});
    CHECK(desk.troubles.size() == 1);
    desk.cards.plug_in();
    desk.until([&] { return desk.changes.back() == "cards there"; });
}

TEST_CASE("ten thousand random scans: whole lines come as they are, all else is counted") {
    Desk desk;
    desk.listen();
    std::mt19937 dice{7};
    std::uint64_t garbage = 0;
    Lines sent;
    for (int i = 0; i < 10'000; ++i) {
        std::string line = std::to_string(dice());
        const auto kind = dice() % 10;
        if (kind == 0) line.insert(line.size() / 2, 1, static_cast<char>(1 + dice() % 8));
        if (kind == 1) line += std::string(reader_line_max, 'x');
        if (kind == 2) line += "\xc3\xa9";
        // STX and ETX are no garbage, but begin and end a line.
        const bool whole = kind > 2 && line.find_first_of("\x02\x03") == std::string::npos;
        if (kind <= 2 && line.find_first_of("\x02\x03") != std::string::npos) continue;
        desk.send(desk.scanner, line + '\r');
        if (whole)
            sent.push_back("scanner " + line);
        else
            ++garbage;
        desk.now += 200ms;  // as fast as anybody may
        desk.until([&] { return desk.heard.size() == sent.size() && desk.dropped == garbage; });
    }
    CHECK(desk.heard == sent);
    CHECK(garbage > 1'000);
}

TEST_CASE("a serial reader that never stops is heard at a person's pace, and the loop goes on") {
    Desk desk;
    desk.listen();
    bool served = false;
    for (int i = 0; i < 200; ++i) {
        desk.send(desk.scanner, "00000000\r00000001\r00000002\r00000003\r");
        boost::asio::post(desk.loop, [&] { served = true; });
        const auto sent = 4U * static_cast<std::uint64_t>(i + 1);
        desk.until([&] { return served && desk.heard.size() + desk.dropped == sent; });
        served = false;
    }
    CHECK(desk.heard.size() == 10);
}

TEST_CASE("what is no serial line is not read") {
    Desk desk;
    desk.cards.pull_out();
    std::ofstream{desk.folder / "cards"} << "12345678\n";
    desk.listen();
    CHECK(desk.changes == Lines{"scanner there", "cards gone"});
    CHECK(desk.troubles.front().find("is no serial line") != std::string::npos);
}

}  // namespace
}  // namespace lucheng::hal
