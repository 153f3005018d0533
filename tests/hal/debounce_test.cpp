#include "hal/debounce.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>

namespace lucheng::hal {
namespace {

using core::Uptime;
using namespace std::chrono_literals;

Uptime at(core::Milliseconds time) { return Uptime{time}; }

TEST_CASE("a level settles when it has lasted for the period") {
    Debounce line{30ms, false};
    CHECK_FALSE(line.due());
    CHECK_FALSE(line.read(true, at(100ms)));
    CHECK(line.due() == at(130ms));
    CHECK_FALSE(line.read(true, at(129ms)));
    CHECK_FALSE(line.level());
    CHECK(line.read(true, at(130ms)) == true);
    CHECK(line.level());
    CHECK_FALSE(line.due());
    CHECK_FALSE(line.read(true, at(500ms)));
}

TEST_CASE("a level that falls back within the period starts again") {
    Debounce line{30ms, false};
    CHECK_FALSE(line.read(true, at(0ms)));
    CHECK_FALSE(line.read(false, at(29ms)));
    CHECK_FALSE(line.due());
    CHECK_FALSE(line.read(true, at(31ms)));
    CHECK(line.due() == at(61ms));
    CHECK(line.read(true, at(70ms)) == true);
}

TEST_CASE("without a period every change counts at once") {
    Debounce line{0ms, true};
    CHECK(line.read(false, at(5ms)) == false);
    CHECK(line.read(true, at(5ms)) == true);
}

// Every sequence of sixteen readings 10 ms apart, against the definition.
TEST_CASE("of all sequences exactly those levels are reported that have lasted") {
    constexpr int readings = 16;
    constexpr int lasts = 3;  // 30 ms: the reading that differs, and three more
    for (std::uint32_t sequence = 0; sequence < (1U << readings); ++sequence) {
        Debounce line{30ms, false};
        bool settled = false;
        int differing = 0;
        for (int i = 0; i < readings; ++i) {
            const bool level = (sequence >> i & 1U) != 0;
            differing = level == settled ? 0 : differing + 1;
            const bool reported = line.read(level, at(10ms * i)).has_value();
            const bool expected = differing == lasts + 1;
            if (expected) {
                settled = level;
                differing = 0;
            }
            if (reported != expected || line.level() != settled) {
                FAIL("sequence " << sequence << ", reading " << i);
            }
        }
    }
}

}  // namespace
}  // namespace lucheng::hal
