// Staff open every compartment in turn, and say what they find: 逐格清点.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using protocol::Found;
using protocol::ReturnState;

std::string_view code_of(WalkResult result) {
    switch (result) {
        case WalkResult::missing: return "missing";
        case WalkResult::extra: return "extra";
        case WalkResult::skipped: return "skipped";
    }
    std::abort();
}

// What a person who opens the door should find.
Expected expected_in(const Cabinet::State& s, const Compartment& c) {
    if (c.returned) {
        const Return& one = s.ledger.returns.at(*c.returned);
        return {.returned = true, .disputed = one.state == ReturnState::disputed};
    }
    if (!c.holder) return {};
    const Delivery& delivery = s.ledger.deliveries.at(*c.holder);
    if (delivery.state == DeliveryState::assigned) return {};  // it is still to come
    return {.delivery = delivery.id, .disputed = delivery.state == DeliveryState::disputed};
}

bool is_walking(const Turn& turn, const Compartment& c) {
    return attends(turn, c) && turn.s.session->walk && !turn.s.session->walk->over;
}

namespace {

Fact fact_of(const Turn& turn, FactKind kind) {
    const Session& session = *turn.s.session;
    return {.kind = kind, .means = Means::local, .person = session.person};
}

// Of the door at which the walk stands, with what the ledger has there.
Fact fact_of_door(const Turn& turn, FactKind kind, const Compartment& c) {
    const Expected expected = expected_in(turn.s, c);
    Fact fact = fact_of(turn, kind);
    fact.compartment = c.spec.number;
    fact.delivery = expected.delivery;
    if (expected.returned) fact.book_return = c.returned;
    if (c.opening) fact.authorisation = c.opening->leave.id;
    return fact;
}

void found(Turn& turn, const Compartment& c, WalkResult result, std::optional<Reason> why = {}) {
    const Expected expected = expected_in(turn.s, c);
    turn.s.session->walk->report.found.push_back({.number = c.spec.number,
                                                  .result = result,
                                                  .delivery = expected.delivery,
                                                  .returned = expected.returned,
                                                  .reason = why});
    Fact fact = fact_of_door(turn, FactKind::walk_found, c);
    fact.reason = why;
    fact.detail = std::string{code_of(result)};
    turn.record(std::move(fact));
}

// Somebody stood before the open door and has told what is inside: the opening is over.
void conclude(Turn& turn, Compartment& c) {
    if (!c.opening) return;
    end_leave(turn, *c.opening);
    c.opening.reset();
}

std::uint16_t count_of(const WalkReport& report, WalkResult result) {
    return static_cast<std::uint16_t>(
        std::count_if(report.found.begin(), report.found.end(),
                      [&](const WalkFound& one) { return one.result == result; }));
}

// A walk that could not look everywhere leaves open whether ledger and doors agree.
void end_need_of_walk(Turn& turn) {
    const Walk& walk = *turn.s.session->walk;
    if ((!walk.report.whole || walk.adopted) && !MUTANT(72)) return;
    if (!turn.s.ledger.cabinet.walk_needed) return;
    turn.s.ledger.cabinet.walk_needed = false;
    turn.touch_cabinet();
}

void show_report(Turn& turn, std::optional<Reason> why) {
    end_walk(turn, why);
    Session& session = *turn.s.session;
    session.at.reset();
    session.delivery.reset();
    ask(turn, Step::walk_report);
    if (why && why != Reason::by_staff) session.notice = Refusal{*why, {}};
}

void open_door(Turn& turn, Compartment& c) {
    open_in_their_name(turn, c, Purpose::walk, expected_in(turn.s, c).delivery);
}

std::optional<Reason> not_to_be_opened(const Compartment& c) {
    if (c.lost) return Reason::hardware_lost;
    if (c.opening && c.opening->phase != Phase::jammed) return Reason::compartment_busy;
    return {};
}

// The next door, or the report after the last.
void walk_on(Turn& turn) {
    Session& session = *turn.s.session;
    Walk& walk = *session.walk;
    while (walk.position < walk.doors.size()) {
        if (turn.s.store_low) return show_report(turn, Reason::store_full);
        Compartment& c = *turn.compartment(walk.doors[walk.position++]);
        yield_to_person(turn, c);
        const auto why = not_to_be_opened(c);
        if (!why) return open_door(turn, c);
        found(turn, c, WalkResult::skipped, why);
    }
    show_report(turn, {});
}

void as_told(Turn& turn, Compartment& c) {
    const Expected expected = expected_in(turn.s, c);
    if (expected.disputed) {
        Fact fact = fact_of_door(turn, FactKind::resolved, c);
        fact.detail = std::string{code_of(Found::inside)};
        turn.record(std::move(fact));
        if (expected.returned) {
            Return& one = *turn.book_return(*c.returned);
            one.state = ReturnState::stored;
            turn.touch(one);
        } else {
            Delivery& delivery = *turn.delivery(*expected.delivery);
            delivery.state = DeliveryState::stored;
            turn.touch(delivery);
        }
    }
    set_unexplained(turn, c, false);
    ++turn.s.session->walk->report.as_told;
}

void missing(Turn& turn, Compartment& c) {
    const auto why = sensed(c) == Occupancy::empty ? Reason::sensed_empty : Reason::found_missing;
    if (MUTANT(71)) return found(turn, c, WalkResult::missing);
    if (c.returned) {
        dispute(turn, *turn.book_return(*c.returned), why);
    } else {
        dispute(turn, *turn.delivery(*c.holder), why);
    }
    found(turn, c, WalkResult::missing);
}

void extra(Turn& turn, Compartment& c) {
    found(turn, c, WalkResult::extra);
    set_unexplained(turn, c, true);
    if (!c.holder) return;
    // The reservation goes elsewhere: the courier must not find a stranger's book there.
    Delivery& delivery = *turn.delivery(*c.holder);
    if (delivery.state != DeliveryState::assigned) return;
    move_elsewhere(turn, delivery, Reason::unexplained_occupant, false);
}

// A sensor's word stands beside the person's. None: the answer may be.
std::optional<Reason> contradiction(Answer answer, const Expected& expected, Occupancy inside) {
    const bool something = expected.delivery || expected.returned;
    if (answer == Answer::missing && !something) return Reason::wrong_session;
    const bool says_empty = answer == Answer::missing || (answer == Answer::done && !something);
    if (says_empty && inside == Occupancy::occupied) return Reason::sensed_occupied;
    if (!says_empty && inside == Occupancy::empty) return Reason::sensed_empty;
    return {};
}

void on_word_about_door(Turn& turn, Answer answer) {
    Compartment& c = *turn.compartment(*turn.s.session->at);
    switch (answer) {
        case Answer::done:
        case Answer::missing:
        case Answer::still_there:
            if (const auto why = contradiction(answer, expected_in(turn.s, c), sensed(c))) {
                return turn.refuse(*why);
            }
            if (answer == Answer::done) as_told(turn, c);
            if (answer == Answer::missing) missing(turn, c);
            if (answer == Answer::still_there) extra(turn, c);
            conclude(turn, c);
            return walk_on(turn);
        case Answer::again: {
            if (c.lost) return turn.refuse(Reason::hardware_lost);
            conclude(turn, c);
            open_door(turn, c);
            c.opening->untold = true;
            return;
        }
        case Answer::later: found(turn, c, WalkResult::skipped); return walk_on(turn);
        case Answer::leave:
            found(turn, c, WalkResult::skipped);
            return show_report(turn, Reason::by_staff);
        case Answer::too_large:
        case Answer::damaged:
        case Answer::help:
        case Answer::stay: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

void on_word_at_jam(Turn& turn, Answer answer) {
    Compartment& c = *turn.compartment(*turn.s.session->at);
    switch (answer) {
        case Answer::again:
            if (const auto why = not_to_be_opened(c)) return turn.refuse(*why);
            return open_door(turn, c);
        case Answer::later:
        case Answer::leave:
            found(turn, c, WalkResult::skipped,
                  c.lost     ? Reason::hardware_lost
                  : c.jammed ? Reason::jammed
                             : Reason::lapsed);
            if (c.opening && c.opening->phase == Phase::jammed) c.opening.reset();
            return answer == Answer::later ? walk_on(turn) : show_report(turn, Reason::by_staff);
        case Answer::done:
        case Answer::too_large:
        case Answer::damaged:
        case Answer::still_there:
        case Answer::missing:
        case Answer::help:
        case Answer::stay: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

}  // namespace

void begin_walk(Turn& turn) {
    Walk walk;
    for (const auto& [number, c] : turn.s.compartments) walk.doors.push_back(number);
    walk.report.total = static_cast<std::uint16_t>(walk.doors.size());
    turn.s.session->walk = std::move(walk);
    walk_on(turn);
}

// It is on record; what was found until now stands. None: it went to its end.
void end_walk(Turn& turn, std::optional<Reason> why) {
    auto& walk = turn.s.session->walk;
    if (!walk || std::exchange(walk->over, true)) return;
    WalkReport& report = walk->report;
    const auto missing = count_of(report, WalkResult::missing);
    const auto extra = count_of(report, WalkResult::extra);
    const auto skipped = count_of(report, WalkResult::skipped);
    report.whole = report.as_told + missing + extra == report.total;
    Fact fact = fact_of(turn, FactKind::walked);
    fact.reason = why;
    fact.count = static_cast<std::uint64_t>(missing + extra);
    std::string detail = report.whole ? "whole " : "part ";
    detail += std::to_string(report.as_told);
    for (const auto number : {missing, extra, skipped}) detail += '/' + std::to_string(number);
    fact.detail = std::move(detail);
    turn.record(std::move(fact));
    end_need_of_walk(turn);
    turn.show_change();
}

// Shut: what the senses say stands at once, and then whoever walks is asked. Until they have told,
// the opening is not over, so that nothing is put behind this door and a power cut is no answer.
void walk_settled(Turn& turn, Compartment& c) {
    if (sensed(c) != Occupancy::unknown) inspect(turn, c);
    c.opening->phase = Phase::shut;
    turn.s.session->delivery = expected_in(turn.s, c).delivery;
    ask(turn, Step::walk_question);
}

void on_word_in_walk(Turn& turn, Answer answer) {
    switch (turn.s.session->step) {
        case Step::walk_question: return on_word_about_door(turn, answer);
        case Step::not_opened: return on_word_at_jam(turn, answer);
        case Step::walk_report:
            if (answer == Answer::leave) return end_session(turn);
            if (answer == Answer::done) return to_list(turn);
            [[fallthrough]];
        case Step::choosing:
        case Step::opening:
        case Step::open:
        case Step::settling:
        case Step::still_occupied:
        case Step::confirm_emptied:
        case Step::sensed_empty:
        case Step::confirm_deposit:
        case Step::thanks:
        case Step::return_card:
        case Step::return_size:
        case Step::return_thanks:
        case Step::confirm_collection: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

}  // namespace lucheng::core
