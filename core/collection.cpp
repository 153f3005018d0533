// A courier takes the returns out, door after door, and says what was found.
#include <cstdlib>
#include <string>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using protocol::Found;
using protocol::ReturnId;
using protocol::ReturnState;

namespace {

bool waits(const Return& one) {
    return one.state == ReturnState::stored || one.state == ReturnState::disputed;
}

void collected(Turn& turn, const Return& one, AuthorisationId leave, Found found) {
    Compartment& c = *turn.compartment(one.compartment);
    const bool by_opening = c.opening && c.opening->leave.id == leave;
    const auto& session = turn.s.session;
    if (!by_opening && !(session && session->returned == one.id)) std::abort();
    const Means means = by_opening ? c.opening->leave.means : session->means;
    const PersonId person = by_opening ? c.opening->leave.person : session->person;
    turn.record({.kind = FactKind::return_collected,
                 .book_return = one.id,
                 .compartment = one.compartment,
                 .authorisation = leave,
                 .means = means,
                 .detail = std::string{code_of(found)},
                 .person = person});
    c.returned.reset();
    turn.remove(one.id);
    set_unexplained(turn, c, false);  // seen empty, or says a person
    turn.show_change();
}

}  // namespace

std::vector<CompartmentNumber> waiting_returns(const Cabinet::State& s) {
    std::vector<CompartmentNumber> doors;
    for (const auto& [number, c] : s.compartments) {
        if (c.returned && waits(s.ledger.returns.at(*c.returned))) doors.push_back(number);
    }
    return doors;
}

void on_collection_asked(Turn& turn) {
    if (!turn.s.session || !turn.s.session->role) return turn.refuse(Reason::no_session);
    Session& session = *turn.s.session;
    if (session.step != Step::choosing) return turn.refuse(Reason::wrong_session);
    session.collects.clear();
    for (const auto number : waiting_returns(turn.s)) {
        session.collects.push_back(*turn.s.compartments.at(number).returned);
    }
    session.position = 0;
    if (session.collects.empty()) return turn.refuse(Reason::wrong_state);
    collect_next(turn);
}

// The next door, or the list after the last. What cannot be opened now stays on it.
void collect_next(Turn& turn) {
    Session& session = *turn.s.session;
    if (session.left) return end_session(turn);
    session.delivery.reset();
    std::optional<Refusal> notice;
    while (session.position < session.collects.size()) {
        const ReturnId id = session.collects[session.position++];
        const Return* one = turn.book_return(id);
        if (one == nullptr || !waits(*one)) continue;
        Compartment& c = *turn.compartment(one->compartment);
        yield_to_person(turn, c);
        if (c.lost || (c.opening && c.opening->phase != Phase::jammed)) {
            notice = Refusal{c.lost ? Reason::hardware_lost : Reason::compartment_busy, {}};
            continue;
        }
        session.at = c.spec.number;
        session.returned = id;
        session.purpose = Purpose::collection;
        session.leave = authorise(
            turn, c,
            {.purpose = Purpose::collection, .means = session.means, .person = session.person});
        return show(turn, c.opening->phase == Phase::open ? Step::open : Step::opening);
    }
    to_list(turn, notice);
}

void collection_settled(Turn& turn, Compartment& c, bool attended) {
    Return& one = *turn.book_return(*c.returned);
    switch (sensed(c)) {
        case Occupancy::empty: {
            // Gone before the door opened: somebody else has it.
            const bool was_gone = c.opening->before == Occupancy::empty;
            collected(turn, one, c.opening->leave.id, was_gone ? Found::gone : Found::inside);
            if (attended) collect_next(turn);
            return;
        }
        case Occupancy::occupied:
            if (MUTANT(65)) return collected(turn, one, c.opening->leave.id, Found::inside);
            if (attended) ask(turn, Step::still_occupied);
            return;
        case Occupancy::unknown:
            if (attended) return ask(turn, Step::confirm_collection);
            return dispute(turn, one, Reason::no_session);
    }
    std::abort();
}

void on_word_after_collection(Turn& turn, Answer answer, Occupancy inside) {
    const bool sensed_occupied = inside == Occupancy::occupied;
    Session& session = *turn.s.session;
    Return& one = *turn.book_return(*session.returned);
    switch (answer) {
        case Answer::again: return open_again(turn);
        case Answer::done:
            if (sensed_occupied) {
                turn.record({.kind = FactKind::left_behind,
                             .book_return = one.id,
                             .compartment = one.compartment});
                dispute(turn, one, Reason::sensed_occupied);
            } else {
                collected(turn, one, session.leave, Found::inside);
            }
            return collect_next(turn);
        case Answer::missing:
            if (sensed_occupied) return turn.refuse(Reason::sensed_occupied);
            collected(turn, one, session.leave, Found::gone);
            return collect_next(turn);
        case Answer::later:
        case Answer::leave:  // a full bag; what lies there is taken another time
            if (inside == Occupancy::unknown) dispute(turn, one, Reason::no_session);
            return to_list(turn);
        case Answer::too_large:
        case Answer::damaged:
        case Answer::still_there:
        case Answer::help:
        case Answer::stay: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

// A door of a return or of its collection that did not open.
void on_word_at_return_jam(Turn& turn, Answer answer) {
    if (answer == Answer::again) return open_again(turn);
    if (answer != Answer::later && answer != Answer::leave) {
        return turn.refuse(Reason::wrong_session);
    }
    Compartment& c = *turn.compartment(*turn.s.session->at);
    if (c.opening && c.opening->phase == Phase::jammed) c.opening.reset();
    if (!turn.s.session->role) return end_session(turn);  // what lies there, the senses tell
    answer == Answer::later ? collect_next(turn) : to_list(turn);
}

}  // namespace lucheng::core
