#include "daemon/clock.hpp"

#include <catch2/catch_test_macros.hpp>

namespace lucheng::daemon {
namespace {

using namespace std::chrono_literals;
using core::Uptime;
using core::WallTime;

constexpr Uptime up{10min};
constexpr WallTime noon{std::chrono::sys_days{std::chrono::year{2027} / 5 / 1} + 12h};

TEST_CASE("uptime never goes back, and goes on with the wall") {
    const Clock clock{ClockSource::assume, WallTime{}};
    const auto first = clock.now();
    const auto second = clock.now();
    CHECK(second.uptime >= first.uptime);
    CHECK(first.uptime > Uptime{});
    CHECK(clock.uptime() >= second.uptime);
}

TEST_CASE("assumed time is trusted, but never behind the newest journal entry") {
    CHECK(Clock{ClockSource::assume, WallTime{}}.now().trusted);
    CHECK_FALSE(Clock{ClockSource::assume, wall_time() + 1h}.now().trusted);
    CHECK_FALSE(Clock{ClockSource::kernel, wall_time() + 1h}.now().trusted);
}

TEST_CASE("a clock that was never synchronised is not trusted") {
    TimeTrust trust;
    CHECK_FALSE(trust.judge(up, noon, {}));
    CHECK_FALSE(trust.judge(up, noon, {.kernel = false}));
    CHECK_FALSE(trust.judge(up + 1min, noon + 1min, {.kernel = false}));
    CHECK_FALSE(trust.stepped(up, noon));
}

TEST_CASE("a clock that was synchronised is trusted through days without network") {
    TimeTrust trust;
    CHECK(trust.judge(up, noon, {.kernel = true}));
    CHECK(trust.judge(up + 12h, noon + 12h, {.kernel = false}));
    CHECK(trust.judge(up + 14 * 24h, noon + 14 * 24h + 1s, {.kernel = false}));
}

TEST_CASE("a clock that was set by hand is not trusted until it is synchronised again") {
    TimeTrust trust;
    CHECK(trust.judge(up, noon, {.kernel = true}));
    CHECK(trust.stepped(up + 1s, noon + 30 * 24h));
    CHECK_FALSE(trust.judge(up + 1s, noon + 30 * 24h, {.kernel = false}));
    CHECK(trust.stepped(up + 2s, noon - 1h));
    CHECK_FALSE(trust.judge(up + 2s, noon - 1h, {.kernel = false}));
    CHECK(trust.judge(up + 3s, noon - 1h + 1s, {.kernel = true}));
    CHECK_FALSE(trust.stepped(up + 4s, noon - 1h + 2s));
}

TEST_CASE("where the kernel may not be asked, a new success of timesyncd is believed once") {
    TimeTrust trust;
    CHECK_FALSE(trust.judge(up, noon, {}));
    CHECK(trust.judge(up + 1s, noon + 1s, {.timesyncd = 100}));
    CHECK(trust.judge(up + 2s, noon + 2s, {.timesyncd = 100}));
    CHECK_FALSE(trust.judge(up + 3s, noon + 1h, {.timesyncd = 100}));
    CHECK(trust.judge(up + 4s, noon + 1h + 1s, {.timesyncd = 200}));
}

}  // namespace
}  // namespace lucheng::daemon
