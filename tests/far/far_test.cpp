// The wire between cabinet and library at its worst, with a dispatcher at one end and people at the
// other: whatever happens to it, ledger and record agree, every number once, none missing.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <utility>

#include "tests/far/street.hpp"
#include "tests/system/dispatcher_rig.hpp"
#include "tests/system/traffic.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;
using far::Street;
using protocol::FactKind;

namespace {

// What is lost is sent again by the kernel ever more slowly, and by us after its answer is late.
constexpr auto patience = 600s;

RigOptions in_the_street(const std::string& limits = {}) {
    return {.limits = limits,
            .compartments = 48,
            .through = Street::stands_there(),
            .broker_at = Street::broker(),
            .patience = patience};
}

std::string in_hours(int hours) {
    const auto when = std::chrono::time_point_cast<protocol::Milliseconds>(
        std::chrono::system_clock::now() + std::chrono::hours{hours});
    return fmt::format(R"(,"pickup_by":"{}")", protocol::format_time(when));
}

// How far it is.
void say(const std::string& what) {
    fmt::print("    {}\n", what);
    std::fflush(stdout);
}

// Time goes by for everybody; nothing is waited for.
void pass(CabinetRig& rig, std::chrono::milliseconds time) {
    static_cast<void>(rig.peer().wait_for([](const auto&) { return false; }, time));
}

void check_ledgers(CabinetRig& rig, DispatcherRig& dispatcher) {
    std::string printed;
    CHECK(dispatcher.check(printed, 60s) == 0);
    INFO(printed);
    CHECK(printed == "1 cabinets agree with the ledger\n");
    rig.stop();
    CHECK(rig.verify_journal().clean());
    CHECK(dispatcher.ledger_is_cabinets_file());
    CHECK(rig.longest_ms() <= 1'000);
}

}  // namespace

TEST_CASE("over a slow wire that loses packets every delivery comes to its end") {
    const auto deliveries = how_many_deliveries(60);
    Street street;
    street.make_wire("delay 300ms loss 5%");
    CabinetRig rig{in_the_street()};
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    dispatcher.start(requests(deliveries), {"--once"});
    Traffic traffic{rig, 3};
    std::size_t done = 0;
    bool wiped = false;
    while (done < deliveries) {
        rig.until(
            [&] {
                traffic.work();
                return dispatcher.ended_deliveries() > done;
            },
            "one more delivery comes to its end");
        const auto before = std::exchange(done, dispatcher.ended_deliveries());
        if (done / 100 > before / 100) say(fmt::format("{} of {}", done, deliveries));
        if (wiped || done * 2 < deliveries) continue;
        wipe_broker(rig);
        wiped = true;
    }
    CHECK(dispatcher.ended() == 0);
    CHECK(dispatcher.ended_deliveries() == deliveries);
    CHECK(dispatcher.number("SELECT count(*) FROM deliveries WHERE stage = 'collected'") ==
          static_cast<std::int64_t>(deliveries / 3));
    check_ledgers(rig, dispatcher);
}

TEST_CASE("however long there is no wire it costs nothing but time") {
    // Seven days, which are short ones unless it is 168 hours.
    const auto absence = std::chrono::hours{from_environment("ABSENCE_HOURS", 3)};
    const auto day = std::chrono::minutes{absence} / 7;
    Street street;
    street.mend();
    CabinetRig rig{in_the_street(fmt::format("pickup_time_h = {}", absence.count() * 3 / 7))};
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    // Twenty wait for their patrons for ten days of 24 hours, six for the usual three of these.
    dispatcher.start(requests(1, 20, in_hours(240)) + requests(21, 26));
    const auto assigned = [&] {
        return dispatcher.number("SELECT count(*) FROM deliveries WHERE stage = 'assigned'");
    };
    rig.until([&] { return assigned() == 26; }, "all are assigned");
    const auto bring = [&](int number) {
        const auto delivery = fmt::format("D-{}", number);
        rig.deposit(delivery, dispatcher.compartment_of(delivery));
    };
    const auto fetch = [&](int number) {
        const auto delivery = fmt::format("D-{}", number);
        rig.collect(delivery, code_of(static_cast<std::size_t>(number)),
                    dispatcher.compartment_of(delivery));
    };
    bring(1);
    bring(21);
    rig.until([&] { return dispatcher.stage_of("D-21") == "deposited"; }, "the ledger knows");

    street.cut();
    dispatcher.line("KS-017 is lost");
    dispatcher.kill();
    rig.broker.freeze();  // which would wake ten times a second
    for (int today = 0; today < 7; ++today) {
        say(fmt::format("day {}", today + 1));
        pass(rig, day * 12 / 24);
        bring(2 + 2 * today);
        bring(3 + 2 * today);
        if (today < 3) bring(22 + today);
        pass(rig, day * 10 / 24);
        fetch(1 + 2 * today);
        if (today == 1) fetch(22);
        if (today == 2) CHECK(rig.type_code("99999999").refusal);
        if (today == 3) {
            rig.kill();
            rig.start_alone();
        }
        pass(rig, day * 2 / 24);
    }
    CHECK(rig.state_of("D-21") == "expired");
    fetch(24);  // late

    // Five more are asked for, and the wire is back.
    rig.broker.resume();
    dispatcher.start(requests(27, 31));
    pass(rig, 10s);
    street.mend();
    rig.until([&] { return dispatcher.stage_of("D-31") == "assigned"; },
              "what was asked for meanwhile is assigned");
    dispatcher.until_ledger_is(rig.whole_journal());
    dispatcher.until_acknowledged();
    CHECK(dispatcher.stage_of("D-13") == "collected");
    CHECK(dispatcher.stage_of("D-15") == "deposited");
    CHECK(dispatcher.stage_of("D-21") == "expired");
    CHECK(dispatcher.stage_of("D-24") == "collected_late");
    CHECK(dispatcher.stage_of("D-26") == "assigned");
    check_ledgers(rig, dispatcher);
}
