// Wrong codes.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
namespace protocol = lucheng::protocol;
using lucheng::protocol::FactKind;

TEST_CASE("four wrong codes lock out for five minutes, and each further one for two") {
    Rig cabinet;
    for (int i = 0; i < 3; ++i) CHECK(cabinet.code("0000") == Reason::code_unknown);
    CHECK(cabinet.code("0000") == Reason::locked_out);
    cabinet.wait(299s);
    CHECK(cabinet.code("0000") == Reason::locked_out);
    cabinet.wait(1s);
    CHECK(cabinet.code("0000") == Reason::locked_out);  // judged, and locked out anew
    CHECK(cabinet.facts(FactKind::locked_out).size() == 2);
    cabinet.wait(119s);
    CHECK(cabinet.code("0000") == Reason::locked_out);
    CHECK(cabinet.facts(FactKind::locked_out).size() == 2);
}

TEST_CASE("a lock-out is served in time, not by a date: restarts and clock steps forgive nothing") {
    Rig cabinet;
    for (int i = 0; i < 4; ++i) cabinet.code("0000");
    cabinet.wait(150s);
    cabinet.reboot();
    cabinet.now.wall += 24h * 30;
    CHECK(cabinet.code("0000") == Reason::locked_out);
    CHECK(cabinet.facts(FactKind::locked_out).size() == 1);
    cabinet.wait(149s);
    CHECK(cabinet.code("0000") == Reason::locked_out);
    CHECK(cabinet.facts(FactKind::locked_out).size() == 1);
}

TEST_CASE("a lock-out shuts out neither cards nor the right code after it") {
    Rig cabinet;
    cabinet.grant_courier();
    for (int i = 0; i < 4; ++i) cabinet.code("0000");
    CHECK(cabinet.code("900001") == Reason::locked_out);
    CHECK_FALSE(cabinet.card("COURIER"));
    cabinet.answer(Answer::leave);
    cabinet.wait(5min);
    CHECK_FALSE(cabinet.code("900001"));
    cabinet.answer(Answer::leave);
    CHECK(cabinet.code("0000") == Reason::code_unknown);  // the count began anew
}

TEST_CASE("a guesser for seven days, killed every minute, gets at most 700 tries judged") {
    Rig cabinet;
    std::uint64_t judged = 0;
    for (int minute = 0; minute < 7 * 24 * 60; ++minute) {
        for (int i = 0; i < 5; ++i) {
            const auto wrong = cabinet.stored.cabinet.attempts.wrong_today;
            cabinet.code("0000");
            if (cabinet.stored.cabinet.attempts.wrong_today != wrong) ++judged;
        }
        std::ignore = cabinet.story();
        cabinet.wait(1min);
        cabinet.reboot();
    }
    CHECK(judged <= 700);
}

TEST_CASE("a guesser who types a code a second for a day is judged 100 times and opens nothing") {
    Rig cabinet;
    cabinet.grant_courier();
    for (const auto* id : {"D-1", "D-2"}) {
        REQUIRE_FALSE(cabinet.assign({.id = id,
                                      .code = std::string{"1111222"} + id[2],
                                      .cards = {id},
                                      .patron = std::string{"P-"} + id[2]}));
        REQUIRE_FALSE(cabinet.code("900001"));
        REQUIRE_FALSE(cabinet.choose(id));
        const auto door = cabinet.place(id).value();
        cabinet.put(door);
        cabinet.shut(door);
        cabinet.wait(2s);
        cabinet.answer(Answer::leave);
    }
    const auto pulses = [&] {
        int all = 0;
        for (const auto& one : cabinet.spec.compartments) {
            all += cabinet.pulses(protocol::number_of(one.number));
        }
        return all;
    };
    const auto before = pulses();
    int judged = 0;
    constexpr int day_s = 24 * 60 * 60;
    for (int second = 0; second < day_s; ++second) {
        const auto& attempts = cabinet.stored.cabinet.attempts;
        const auto wrong = attempts.wrong_today;
        const auto guess = std::to_string(second);
        // Who comes meanwhile with the right code waits; with a card, below, for nothing.
        if (second % 3'600 == 1'800) CHECK(cabinet.code("11112222") == Reason::locked_out);
        cabinet.code(std::string(8 - guess.size(), '0') + guess);
        if (attempts.wrong_today != wrong) ++judged;
        std::ignore = cabinet.story();
        cabinet.wait(1s);
    }
    CHECK(pulses() == before);
    CHECK(judged == 100);
    CHECK_FALSE(cabinet.card("D-1"));
    CHECK(pulses() == before + 1);
    cabinet.take(cabinet.place("D-1").value());
    cabinet.shut(cabinet.place("D-1").value());
    cabinet.wait(1min);
    CHECK_FALSE(cabinet.code("11112222"));  // the day is over, and with it the pause
    CHECK(pulses() == before + 2);
}

TEST_CASE("unknown cards are refused, listed a few times and then counted") {
    Rig cabinet;
    for (int i = 0; i < 500; ++i) CHECK(cabinet.card("NOBODY") == Reason::card_unknown);
    CHECK(cabinet.facts(FactKind::denied).size() == 20);
    cabinet.wait(1h);
    CHECK(cabinet.facts(FactKind::counted).back().count == 480);
}
