// A message that may have ended the process: set aside, named, and tried again in time.
#include "daemon/in_hand.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <unistd.h>

using namespace lucheng;
using namespace std::chrono_literals;
using core::Uptime;
using daemon::InHand;

namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("in-hand-" + std::to_string(::getpid()));
    Folder() {
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

const protocol::Digest one = protocol::digest_of("one");
const protocol::Digest other = protocol::digest_of("other");
constexpr Uptime start{5min};
constexpr Uptime soon = start + 1min;
constexpr Uptime well = start + InHand::tried_again_after;

// A run that ends without a word: before anything, or with a message in hand.
void die(const std::filesystem::path& folder) { InHand{folder, start}; }
void die_with(const std::filesystem::path& folder, const protocol::Digest& message) {
    InHand run{folder, start};
    run.note(message);
}

// `one` was in hand at the second of two unclean ends.
struct After {
    Folder folder{};
    After() {
        die(folder.path);
        die_with(folder.path, one);
    }
};

}  // namespace

TEST_CASE("what was in hand at a second unclean end is set aside, and nothing else") {
    After after;
    InHand run{after.folder.path, start};
    CHECK(run.is_set_aside(one, soon));
    CHECK_FALSE(run.is_set_aside(other, soon));
}

TEST_CASE("nothing is set aside after an end in order") {
    After after;
    InHand{after.folder.path, start}.ended_in_order();
    InHand run{after.folder.path, start};
    CHECK(run.clean());
    CHECK_FALSE(run.careful());
    CHECK_FALSE(run.is_set_aside(one, soon));
}

TEST_CASE("what was set aside is tried again once the process has been well for ten minutes") {
    After after;
    InHand run{after.folder.path, start};
    CHECK(run.is_set_aside(one, well - 1ms));
    CHECK_FALSE(run.is_set_aside(one, well));

    SECTION("and is forgiven when it goes well") {
        run.note(one);
        run.done();
        CHECK_FALSE(run.is_set_aside(one, soon));
    }
    SECTION("and set aside anew when the process dies of it") {
        run.note(one);
        InHand next{after.folder.path, start};
        CHECK(next.is_set_aside(one, soon));
    }
    SECTION("and noted even when the careful time is over") {
        for (int i = 0; i < 200; ++i) run.done();
        CHECK(run.careful());
        run.note(one);
        InHand next{after.folder.path, start};
        CHECK(next.is_set_aside(one, soon));
    }
}

TEST_CASE("however much went well, what was set aside waits for its time") {
    After after;
    InHand run{after.folder.path, start};
    for (int i = 0; i < 200; ++i) {
        run.note(other);
        run.done();
    }
    CHECK(run.is_set_aside(one, soon));
}

TEST_CASE("two messages that kill in turn are both set aside") {
    After after;
    die_with(after.folder.path, other);
    InHand run{after.folder.path, start};
    CHECK(run.is_set_aside(one, soon));
    CHECK(run.is_set_aside(other, soon));
}

TEST_CASE("what was set aside stays so when the power goes with nothing in hand") {
    After after;
    die(after.folder.path);
    InHand run{after.folder.path, start};
    CHECK(run.is_set_aside(one, soon));
}

TEST_CASE("the newest are set aside when there are too many") {
    After after;
    for (std::size_t i = 0; i < InHand::set_aside_most; ++i) {
        die_with(after.folder.path, protocol::digest_of(std::to_string(i)));
    }
    InHand run{after.folder.path, start};
    CHECK_FALSE(run.is_set_aside(one, soon));
    for (std::size_t i = 0; i < InHand::set_aside_most; ++i) {
        CHECK(run.is_set_aside(protocol::digest_of(std::to_string(i)), soon));
    }
}

TEST_CASE("after a day what was set aside is forgotten") {
    After after;
    InHand run{after.folder.path, start};
    for (int i = 0; i < 200; ++i) run.done();
    CHECK_FALSE(run.is_set_aside(one, start + InHand::forgotten_after));
    CHECK_FALSE(run.careful());
}
