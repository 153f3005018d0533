// A short run at every change, and proofs that the machinery itself can be believed.
#include <catch2/catch_test_macros.hpp>

#include "tests/simulation/shrink.hpp"

using namespace lucheng::simulation;

namespace {

// Under a sanitizer a seed takes several times as long, and the plain build has run them all.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t share = 15;
#else
constexpr std::uint64_t share = 125;
#endif

void keep_every_promise(std::uint64_t from, std::uint64_t seeds) {
    for (auto seed = from; seed < from + seeds; ++seed) {
        Settings settings;
        settings.seed = seed;
        const auto out = run(plan_of(settings));
        INFO("seed " << seed << ": " << out.how << "; ./run simulate --story --from " << seed);
        REQUIRE(out.kept());
    }
}

}  // namespace

TEST_CASE("one seed is one run, to the byte") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Settings settings;
        settings.seed = seed;
        const auto once = run(plan_of(settings));
        const auto twice = run(plan_of(settings), {.transcript = true});
        CHECK(once.fingerprint == twice.fingerprint);
        CHECK(once.moments == twice.moments);
        CHECK_FALSE(twice.transcript.empty());
    }
}

TEST_CASE("the dice are the same everywhere") {
    Random dice{42};
    CHECK(dice.next() == 1546998764402558742U);
    CHECK(dice.next() == 6990951692964543102U);
    CHECK(dice.below(1'000) == 9);
}

TEST_CASE("simulated cabinets keep every promise, a few") { keep_every_promise(1, share / 10); }

// Eight shares of five days a seed, so that two cores have work: 1,000 seeds, 13 years.
TEST_CASE("simulated cabinets keep every promise, share 1", "[slow]") {
    keep_every_promise(1, share);
}
TEST_CASE("simulated cabinets keep every promise, share 2", "[slow]") {
    keep_every_promise(126, share);
}
TEST_CASE("simulated cabinets keep every promise, share 3", "[slow]") {
    keep_every_promise(251, share);
}
TEST_CASE("simulated cabinets keep every promise, share 4", "[slow]") {
    keep_every_promise(376, share);
}
TEST_CASE("simulated cabinets keep every promise, share 5", "[slow]") {
    keep_every_promise(501, share);
}
TEST_CASE("simulated cabinets keep every promise, share 6", "[slow]") {
    keep_every_promise(626, share);
}
TEST_CASE("simulated cabinets keep every promise, share 7", "[slow]") {
    keep_every_promise(751, share);
}
TEST_CASE("simulated cabinets keep every promise, share 8", "[slow]") {
    keep_every_promise(876, share);
}
