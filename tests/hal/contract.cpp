#include "tests/hal/contract.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "hal/keeper/keeper_clock.hpp"

namespace lucheng::hal::contract {
namespace {

using core::PulseEnd;
using protocol::Door;
using protocol::Occupancy;
using namespace std::chrono_literals;

constexpr CompartmentNumber first{1};
constexpr CompartmentNumber second{2};
constexpr CompartmentNumber on_another_chip{9};
constexpr std::int64_t ceiling_us = 1'000'000;
// What a busy test machine may add to a wake-up.
constexpr std::int64_t slack_us = 400'000;

std::int64_t us(Milliseconds time) { return std::chrono::microseconds{time}.count(); }

bool any_coil_on(const Rig& rig) {
    const auto coils = rig.coils();
    return std::any_of(coils.begin(), coils.end(), [](const auto& coil) { return !coil.end_us; });
}

std::int64_t longest_us(const Rig& rig) {
    std::int64_t longest = 0;
    for (const CoilTime& coil : rig.coils()) longest = std::max(longest, coil.length_us());
    return longest;
}

bool ended(const Rig& rig, std::size_t count) { return rig.heard.pulsed.size() >= count; }

bool senses_open(const Rig& rig, CompartmentNumber number) {
    return std::any_of(rig.heard.sensed.begin(), rig.heard.sensed.end(), [&](const auto& senses) {
        return senses.compartment == number && senses.door == Door::open;
    });
}

void wait_for_coil(Rig& rig) {
    REQUIRE(rig.until([&] { return any_coil_on(rig); }));
}

void a_pulse_opens_the_door(Rig& rig) {
    const auto senses = rig.start();
    REQUIRE(senses.size() >= 9);
    CHECK(std::all_of(senses.begin(), senses.end(), [](const core::Senses& one) {
        return one.door == Door::shut && one.occupancy == Occupancy::empty;
    }));
    rig.pulse(2, 7);
    REQUIRE(rig.until([&] { return ended(rig, 1) && senses_open(rig, second); }));
    CHECK(rig.heard.pulsed.front() == std::pair{std::uint64_t{7}, PulseEnd::done});
    const auto coils = rig.coils();
    REQUIRE(coils.size() == 1);
    CHECK(coils[0].compartment == second);
    CHECK(coils[0].length_us() >= us(rig.limits().pulse - rig.eyes_blink()));
    CHECK(coils[0].length_us() <= us(rig.limits().pulse) + slack_us);
    CHECK(rig.heard.trouble.empty());
    CHECK(rig.cabinet().healthy());
}

void pulses_run_one_at_a_time(Rig& rig) {
    rig.start();
    rig.pulse(3, 1);
    rig.pulse(1, 2);
    rig.pulse(9, 3);
    REQUIRE(rig.until([&] { return ended(rig, 3); }));
    const auto coils = rig.coils();
    REQUIRE(coils.size() == 3);
    CHECK(coils[0].compartment == CompartmentNumber{3});
    CHECK(coils[1].compartment == first);
    CHECK(coils[2].compartment == on_another_chip);
    for (std::size_t i = 0; i < 3; ++i) CHECK(rig.heard.pulsed[i].first == i + 1);
    for (std::size_t i = 1; i < 3; ++i) {
        CHECK(coils[i].start_us - coils[i - 1].end_us >=
              us(rig.limits().pulse_gap - rig.eyes_blink()));
    }
}

void what_is_too_old_lapses(Rig& rig) {
    rig.start();
    rig.pulse(1, 1, -1ms);
    rig.pulse(2, 2);
    rig.pulse(3, 3, rig.limits().pulse);  // behind the one before it, that is too late
    REQUIRE(rig.until([&] { return ended(rig, 3); }));
    const auto has = [&](std::uint64_t id, PulseEnd end) {
        return std::count(rig.heard.pulsed.begin(), rig.heard.pulsed.end(), std::pair{id, end}) ==
               1;
    };
    CHECK(has(1, PulseEnd::lapsed));
    CHECK(has(2, PulseEnd::done));
    CHECK(has(3, PulseEnd::lapsed));
    const auto coils = rig.coils();
    REQUIRE(coils.size() == 1);
    CHECK(coils[0].compartment == second);
}

void a_killed_keeper_leaves_no_coil_on(Rig& rig) {
    rig.start();
    rig.pulse(1, 1);
    rig.pulse(2, 2);
    wait_for_coil(rig);
    const auto killed = rig.keeper_pid();
    REQUIRE(killed);
    ::kill(*killed, SIGKILL);
    REQUIRE(rig.until([&] { return ended(rig, 1); }));
    CHECK(rig.heard.pulsed.front() == std::pair{std::uint64_t{1}, PulseEnd::lost});
    REQUIRE(rig.coils().size() == 1);
    CHECK(rig.coils()[0].end_us != 0);
    CHECK(rig.coils()[0].length_us() < us(rig.limits().pulse));
    CHECK(rig.heard.trouble.size() == 1);
    REQUIRE(rig.until([&] { return ended(rig, 2); }));
    CHECK(rig.heard.pulsed.back() == std::pair{std::uint64_t{2}, PulseEnd::done});
    CHECK(rig.keeper_pid() != killed);
    CHECK(rig.coils()[1].start_us - rig.coils()[0].end_us >=
          us(rig.limits().pulse_gap - rig.eyes_blink()));
    CHECK(rig.cabinet().healthy());
}

void a_frozen_keeper_is_replaced(Rig& rig) {
    rig.start();
    rig.pulse(1, 1);
    wait_for_coil(rig);
    const auto frozen = rig.keeper_pid();
    REQUIRE(frozen);
    ::kill(*frozen, SIGSTOP);
    REQUIRE(rig.until([&] { return ended(rig, 1); }));
    CHECK(rig.heard.pulsed.front() == std::pair{std::uint64_t{1}, PulseEnd::lost});
    CHECK_FALSE(any_coil_on(rig));
    CHECK(longest_us(rig) <= ceiling_us);
    CHECK(rig.heard.trouble.size() == 1);
    rig.pulse(2, 2);
    REQUIRE(rig.until([&] { return ended(rig, 2); }));
    CHECK(rig.heard.pulsed.back() == std::pair{std::uint64_t{2}, PulseEnd::done});
    CHECK(rig.keeper_pid() != frozen);
}

void silence_between_pulses_is_noticed(Rig& rig) {
    rig.start();
    REQUIRE(rig.until([&] { return rig.cabinet().healthy(); }));
    const auto frozen = rig.keeper_pid();
    REQUIRE(frozen);
    ::kill(*frozen, SIGSTOP);
    REQUIRE(rig.until([&] { return !rig.heard.trouble.empty(); }, 12s));
    REQUIRE(rig.until([&] { return rig.cabinet().healthy(); }));
    CHECK(rig.keeper_pid() != frozen);
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return ended(rig, 1); }));
    CHECK(rig.heard.pulsed.front() == std::pair{std::uint64_t{1}, PulseEnd::done});
}

void a_vanished_chip_comes_back(Rig& rig) {
    rig.start();
    rig.vanish_chip_of(second, true);
    REQUIRE(rig.until([&] { return !rig.heard.lost.empty(); }));
    CHECK(rig.heard.lost.size() == 1);
    CHECK(rig.heard.lost[0].second.size() == 8);
    CHECK_FALSE(rig.heard.lost[0].first.empty());
    rig.move_door(first, true);  // unseen
    rig.pulse(2, 1);
    rig.pulse(9, 2);
    REQUIRE(rig.until([&] { return ended(rig, 2); }));
    CHECK(rig.heard.pulsed[0] == std::pair{std::uint64_t{1}, PulseEnd::lost});
    CHECK(rig.heard.pulsed[1] == std::pair{std::uint64_t{2}, PulseEnd::done});
    CHECK_FALSE(senses_open(rig, first));
    rig.vanish_chip_of(second, false);
    REQUIRE(rig.until([&] { return !rig.heard.back.empty(); }));
    CHECK(rig.heard.back[0].first == rig.heard.lost[0].first);
    REQUIRE(rig.heard.back[0].second.size() == 8);
    CHECK(rig.heard.back[0].second[0].door == Door::open);
    CHECK(rig.heard.back[0].second[1].door == Door::shut);
    rig.pulse(2, 3);
    REQUIRE(rig.until([&] { return ended(rig, 3) && senses_open(rig, second); }));
}

void what_lasts_is_reported(Rig& rig) {
    rig.start();
    rig.move_door(first, true);
    rig.let_pass(5ms);
    rig.move_door(first, false);
    rig.let_pass(200ms);
    CHECK(rig.heard.sensed.empty());
    rig.move_door(first, true);
    rig.put_book(first);
    REQUIRE(rig.until([&] {
        return !rig.heard.sensed.empty() &&
               rig.heard.sensed.back().occupancy == Occupancy::occupied &&
               rig.heard.sensed.back().door == Door::open;
    }));
    rig.move_door(first, false);
    REQUIRE(rig.until([&] { return rig.heard.sensed.back().door == Door::shut; }));
    CHECK(rig.heard.sensed.back().occupancy == Occupancy::occupied);
}

void a_rattling_door_is_reported_once(Rig& rig) {
    rig.start();
    rig.rattle(first, true);
    rig.move_door(first, true);
    REQUIRE(rig.until([&] { return senses_open(rig, first); }));
    rig.let_pass(400ms);
    CHECK(rig.heard.sensed.size() == 1);
    rig.move_door(first, false);
    REQUIRE(rig.until([&] { return rig.heard.sensed.back().door == Door::shut; }));
    rig.let_pass(400ms);
    CHECK(rig.heard.sensed.size() == 2);
}

void a_stuck_switch_blocks_nothing(Rig& rig) {
    rig.start();
    rig.stick_switch(first, true);
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return ended(rig, 1); }));
    CHECK(rig.heard.pulsed[0] == std::pair{std::uint64_t{1}, PulseEnd::done});
    CHECK(rig.coils().size() == 1);
    CHECK(rig.heard.sensed.empty());
    rig.stick_switch(first, false);
    REQUIRE(rig.until([&] { return senses_open(rig, first); }));
}

constexpr auto all = std::to_array<Clause>({
    {"a pulse is on for its time, is reported done, and its door opens", a_pulse_opens_the_door},
    {"pulses run in the order of asking, one coil at a time, with the gap between them",
     pulses_run_one_at_a_time},
    {"a pulse that would begin too late lapses and its coil stays off", what_is_too_old_lapses},
    {"a keeper killed in a pulse leaves no coil on, the pulse is lost, the next one works",
     a_killed_keeper_leaves_no_coil_on},
    {"a keeper frozen in a pulse is replaced before its coil is on for a second",
     a_frozen_keeper_is_replaced},
    {"a keeper that falls silent between pulses is replaced", silence_between_pulses_is_noticed},
    {"a chip that vanishes takes its compartments along and brings them back as they are now",
     a_vanished_chip_comes_back},
    {"a level that lasts is reported, a shorter one is not", what_lasts_is_reported},
    {"a door that rattles is reported once, when it rests", a_rattling_door_is_reported_once},
    {"a stuck switch blocks no pulse and is believed again when it is free",
     a_stuck_switch_blocks_nothing},
});

}  // namespace

std::span<const Clause> clauses() { return all; }

core::Uptime uptime() { return core::Uptime{Milliseconds{keeper::now_us() / 1'000}}; }

std::vector<core::Senses> Rig::start() {
    Hardware::Listener listener;
    listener.sensed = [this](const core::Senses& senses) { heard.sensed.push_back(senses); };
    listener.pulsed = [this](core::AuthorisationId id, PulseEnd end) {
        heard.pulsed.emplace_back(protocol::number_of(id), end);
    };
    listener.lost = [this](std::vector<CompartmentNumber> numbers, std::string device) {
        heard.lost.emplace_back(std::move(device), std::move(numbers));
    };
    listener.back = [this](std::vector<core::Senses> senses, std::string device) {
        heard.back.emplace_back(std::move(device), std::move(senses));
    };
    listener.trouble = [this](std::string what) { heard.trouble.push_back(std::move(what)); };
    return cabinet().start(std::move(listener));
}

void Rig::pulse(std::uint16_t compartment, std::uint64_t id, Milliseconds within) {
    cabinet().pulse(
        {CompartmentNumber{compartment}, core::AuthorisationId{id}, 1, uptime() + within});
}

bool Rig::until(const std::function<bool()>& holds, Milliseconds within) {
    const std::int64_t deadline_us = keeper::now_us() + us(within);
    while (!holds()) {
        if (keeper::now_us() >= deadline_us) return false;
        loop().restart();
        loop().run_one_for(1ms);
    }
    return true;
}

void Rig::let_pass(Milliseconds time) {
    until([] { return false; }, time);
}

}  // namespace lucheng::hal::contract
