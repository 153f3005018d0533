// Allocation and sessions against models of a few lines: any order of things that people, dispatch
// and staff can do must lead to what the model says.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <map>
#include <rapidcheck.h>
#include <set>
#include <utility>
#include <vector>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

// Which compartments are free, by number, and who lies where.
struct Shelf {
    std::map<int, core::CompartmentSpec> boxes{};
    std::set<int> out_of_service{}, open{};
    std::map<std::string, int> places{};

    [[nodiscard]] bool is_free(int number) const {
        return !out_of_service.contains(number) && !open.contains(number) &&
               std::none_of(places.begin(), places.end(),
                            [&](const auto& entry) { return entry.second == number; });
    }
    [[nodiscard]] bool is_within_reach(int number) const {
        const auto height = boxes.at(number).height_mm;
        return height >= 400 && height <= 1'100;
    }
    // Of the fitting ones: within reach where that is needed and there is one, then the smallest,
    // then one that is of no use to who needs it within reach, then the first.
    [[nodiscard]] int choose(SizeClass size, bool easy_access) const {
        std::vector<int> fitting;
        for (const auto& [number, box] : boxes) {
            if (is_free(number) && box.size >= size) fitting.push_back(number);
        }
        const auto keep = [&](const auto& wanted) {
            std::vector<int> kept;
            std::copy_if(fitting.begin(), fitting.end(), std::back_inserter(kept), wanted);
            if (!kept.empty()) fitting = kept;
        };
        if (easy_access) keep([&](int number) { return is_within_reach(number); });
        for (const auto smallest : {SizeClass::small, SizeClass::medium, SizeClass::large}) {
            keep([&](int number) {
                return std::none_of(fitting.begin(), fitting.end(), [&](int other) {
                    return boxes.at(other).size <= smallest && boxes.at(number).size > smallest;
                });
            });
        }
        if (!easy_access) keep([&](int number) { return !is_within_reach(number); });
        return fitting.empty() ? 0 : fitting.front();
    }
};

core::CabinetSpec some_spec() {
    core::CabinetSpec spec{.id = protocol::CabinetId::of("KS-001"), .compartments = {}};
    const int count = *rc::gen::inRange(1, 9);
    for (int number = 1; number <= count; ++number) {
        spec.compartments.push_back(
            {CompartmentNumber(number), static_cast<SizeClass>(*rc::gen::inRange(0, 3)),
             static_cast<std::uint16_t>(*rc::gen::inRange(0, 2'000)), *rc::gen::arbitrary<bool>()});
    }
    return spec;
}

void assign_one(Rig& cabinet, Shelf& shelf, int nth) {
    const auto size = static_cast<SizeClass>(*rc::gen::inRange(0, 3));
    const bool easy = *rc::gen::arbitrary<bool>();
    const auto id = "D-" + std::to_string(nth);
    const int expected = shelf.choose(size, easy);
    const auto refused = cabinet.assign(
        {.id = id, .code = std::to_string(10'000'000 + nth), .size = size, .easy_access = easy});
    if (expected == 0) {
        RC_ASSERT(refused == Reason::no_compartment);
        return;
    }
    RC_ASSERT(!refused);
    RC_ASSERT(cabinet.place(id) == expected);
    shelf.places[id] = expected;
}

void change_shelf(Rig& cabinet, Shelf& shelf) {
    const int number = *rc::gen::inRange(1, static_cast<int>(shelf.boxes.size()) + 1);
    const auto service = [&](bool in) {
        RC_ASSERT(!cabinet.send(protocol::SetService{CompartmentNumber(number), in}));
    };
    switch (*rc::gen::inRange(0, 3)) {
        case 0:
            service(false);
            shelf.out_of_service.insert(number);
            return;
        case 1:
            service(true);
            shelf.out_of_service.erase(number);
            return;
        default: break;
    }
    // Only where nothing lies: what a forced door does to a delivery is told in doors.cpp.
    for (const auto& [id, place] : shelf.places) RC_PRE(place != number);
    if (shelf.open.erase(number) == 0) {
        cabinet.force(number);
        shelf.open.insert(number);
        return;
    }
    cabinet.shut(number);
    cabinet.wait(1s);
    if (!shelf.boxes.at(number).has_sensor) service(true);  // staff say that it is empty
    if (!shelf.boxes.at(number).has_sensor) shelf.out_of_service.erase(number);
}

}  // namespace

TEST_CASE("whatever comes before, a parcel gets the compartment that the model names") {
    CHECK(rc::check([] {
        Rig cabinet{some_spec()};
        Shelf shelf;
        for (const auto& box : cabinet.spec.compartments) {
            shelf.boxes[protocol::number_of(box.number)] = box;
        }
        const int steps = *rc::gen::inRange(1, 40);
        for (int step = 0; step < steps; ++step) {
            const int what = *rc::gen::inRange(0, 10);
            if (what < 6) {
                assign_one(cabinet, shelf, step);
            } else if (what < 8 && !shelf.places.empty()) {
                const auto id = *rc::gen::elementOf(shelf.places);
                RC_ASSERT(!cabinet.cancel(id.first, 2));
                shelf.places.erase(id.first);
            } else {
                change_shelf(cabinet, shelf);
            }
            for (const auto& [number, box] : shelf.boxes) {
                RC_ASSERT(cabinet.free(number) == shelf.is_free(number));
            }
        }
    }));
}

namespace {

// One compartment with a sensor, one delivery, one courier, one patron, and somebody who guesses.
struct Visit {
    enum class At : std::uint8_t { start, list, door, sensed_empty, still_occupied, thanks } at{};
    bool courier = false;        // who is logged in; else a patron, or nobody at the start
    bool courier_waits = false;  // a patron took his place for a moment
    bool stored = false, ended = false;
    bool disputed = false;   // stored, but a person has to look
    bool deposited = false;  // by the courier who is logged in
    bool checks = false;     // he has it opened once more
    bool open = false, inside = false, before = false;
    bool grace = false;  // just collected: the same code opens once more
    int wrong = 0;
    bool locked_out = false;

    [[nodiscard]] bool is_busy() const {
        return at == At::door || at == At::sensed_empty || at == At::still_occupied;
    }
    void opens() {
        at = At::door;
        open = true;
        before = inside;
        if (stored && !courier) disputed = false;  // in the patron's hands
    }
    void go() {
        at = courier_waits ? At::list : At::start;
        courier = std::exchange(courier_waits, false);
    }
    [[nodiscard]] std::string screen() const {
        switch (at) {
            case At::start: return "start";
            case At::list: return "courier_list";
            case At::door: return "open 1";
            case At::sensed_empty: return "sensed_empty 1";
            case At::still_occupied: return "still_occupied 1";
            case At::thanks: return "thanks";
        }
        return "?";
    }
};
using At = Visit::At;

std::optional<Reason> guess(Visit& visit) {
    if (visit.locked_out) return Reason::locked_out;
    if (visit.is_busy()) return Reason::busy;
    visit.locked_out = ++visit.wrong >= 4;
    return visit.locked_out ? Reason::locked_out : Reason::code_unknown;
}

std::optional<Reason> patron_types(Visit& visit) {
    if (visit.locked_out) return Reason::locked_out;
    if (visit.is_busy()) return Reason::busy;
    if (!visit.stored && !visit.grace) return guess(visit);
    visit.wrong = 0;
    if (visit.at == At::list) visit.courier_waits = true;
    visit.courier = false;
    visit.opens();
    return {};
}

std::optional<Reason> courier_types(Visit& visit) {
    if (visit.locked_out) return Reason::locked_out;
    if (visit.is_busy()) return Reason::busy;
    visit.wrong = 0;
    visit.courier_waits = visit.deposited = false;
    visit.courier = true;
    visit.at = At::list;
    return {};
}

std::optional<Reason> courier_chooses(Visit& visit) {
    if (visit.at == At::start || !visit.courier) return Reason::no_session;
    if (visit.at != At::list) return Reason::wrong_session;
    if (visit.stored || visit.ended) return Reason::not_here;
    visit.opens();
    return {};
}

// Shut, and given its second to settle.
void door_shuts(Visit& visit) {
    visit.open = false;
    if (std::exchange(visit.checks, false)) {
        visit.disputed = !visit.inside;
        visit.at = At::list;
        return;
    }
    if (visit.courier) {
        visit.at = visit.inside ? At::list : At::sensed_empty;
        visit.stored = visit.deposited = visit.inside;
        return;
    }
    if (visit.stored && visit.inside) {
        visit.at = At::still_occupied;
        return;
    }
    if (visit.stored && !visit.before) visit.disputed = true;  // it was gone before
    if (visit.stored && visit.before) {
        visit.stored = false;
        visit.ended = visit.grace = true;
    }
    visit.at = At::thanks;
}

std::optional<Reason> says(Visit& visit, Answer answer) {
    switch (visit.at) {
        case At::start: return Reason::no_session;
        case At::door: return Reason::wrong_session;
        case At::thanks: visit.go(); return {};
        case At::list:
            if (answer == Answer::later) return Reason::wrong_session;
            if (answer == Answer::again) {
                if (!visit.deposited || !visit.stored || visit.disputed) return Reason::wrong_state;
                visit.checks = true;
                visit.opens();
                return {};
            }
            visit.at = At::start;
            visit.courier = false;
            return {};
        case At::sensed_empty:
        case At::still_occupied: break;
    }
    if (answer == Answer::leave) return Reason::wrong_session;
    if (answer == Answer::again) {
        visit.opens();
        return {};
    }
    if (visit.at == At::sensed_empty) {
        if (answer == Answer::done) return Reason::sensed_empty;
        visit.at = At::list;
        return {};
    }
    if (answer == Answer::later) return Reason::wrong_session;
    visit.disputed = true;
    visit.at = At::thanks;
    return {};
}

void time_passes(Rig& cabinet, Visit& visit) {
    cabinet.wait(10min);
    visit.grace = visit.locked_out = false;
    visit.at = At::start;
    visit.courier = visit.courier_waits = visit.deposited = false;
}

void take_a_step(Rig& cabinet, Visit& visit) {
    static const std::vector<Answer> answers{Answer::again, Answer::done, Answer::later,
                                             Answer::leave};
    switch (*rc::gen::inRange(0, 9)) {
        case 0: return RC_ASSERT(cabinet.code("66667777") == guess(visit));
        case 1: return RC_ASSERT(cabinet.code("11112222") == patron_types(visit));
        case 2: return RC_ASSERT(cabinet.code("900001") == courier_types(visit));
        case 3: return RC_ASSERT(cabinet.choose("D-1") == courier_chooses(visit));
        case 4: {
            const auto answer = *rc::gen::elementOf(answers);
            const auto expected = says(visit, answer);
            RC_ASSERT(cabinet.answer(answer) == expected);
            return;
        }
        case 5:
        case 6:
            if (!visit.open) return;
            visit.inside = !visit.inside;
            return visit.inside ? cabinet.put(1) : cabinet.take(1);
        case 7:
            if (!visit.open) return;
            cabinet.shut(1);
            cabinet.wait(1s);
            return door_shuts(visit);
        default:
            if (!visit.open) time_passes(cabinet, visit);
            return;
    }
}

}  // namespace

TEST_CASE("whoever comes in whatever order, the screen and the refusals are those of the model") {
    CHECK(rc::check([] {
        core::CabinetSpec spec = usual_spec();
        spec.compartments.resize(1);
        Rig cabinet{spec};
        cabinet.grant_courier();
        cabinet.assign();
        Visit visit;
        const int steps = *rc::gen::inRange(1, 120);
        for (int step = 0; step < steps; ++step) {
            take_a_step(cabinet, visit);
            RC_ASSERT(cabinet.screen() == visit.screen());
        }
    }));
}
