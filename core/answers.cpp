// What a person answers at the screen, and what happens when nobody answers.
#include <cstdlib>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

void open_again(Turn& turn) {
    Session& session = *turn.s.session;
    Compartment& c = *turn.compartment(*session.at);
    if (c.lost) return turn.refuse(Reason::hardware_lost);
    if (c.opening && c.opening->phase != Phase::jammed) {
        return turn.refuse(Reason::compartment_busy);
    }
    const Delivery* asked = session.delivery ? turn.delivery(*session.delivery) : nullptr;
    if (session.purpose == Purpose::pickup && asked != nullptr && c.holder == asked->id &&
        !may_collect(turn, *asked)) {
        return turn.refuse(Reason::wrong_state);  // a recall has begun
    }
    // A pickup belongs to the patron even when a courier's word is asked at the same door.
    const Delivery* delivery = session.delivery ? turn.delivery(*session.delivery) : nullptr;
    const PersonId person = session.role || delivery == nullptr ? session.person : delivery->patron;
    session.leave = authorise(turn, c,
                              {.purpose = session.purpose,
                               .means = session.means,
                               .delivery = session.delivery,
                               .person = person});
    show(turn, c.opening->phase == Phase::open ? Step::open : Step::opening);
}

namespace {

void collected_by_word(Turn& turn, Delivery& delivery) {
    const Session& session = *turn.s.session;
    const bool recall = session.purpose == Purpose::recall;
    set_unexplained(turn, *turn.compartment(*session.at), false);  // taken out, says a person
    turn.record({.kind = recall ? FactKind::recalled : FactKind::collected,
                 .delivery = delivery.id,
                 .compartment = delivery.compartment,
                 .means = session.means,
                 .count = delivery.books,
                 .person = recall ? session.person : delivery.patron});
    end(turn, delivery, recall ? DeliveryState::recalled : DeliveryState::collected);
}

void left_behind(Turn& turn, Delivery& delivery) {
    turn.record({.kind = FactKind::left_behind,
                 .delivery = delivery.id,
                 .compartment = delivery.compartment});
    dispute(turn, delivery, Reason::sensed_occupied);
}

void on_word_after_emptying(Turn& turn, Answer answer, Occupancy inside) {
    Delivery& delivery = *turn.delivery(*turn.s.session->delivery);
    switch (answer) {
        case Answer::again: return open_again(turn);
        case Answer::done:
            if (inside == Occupancy::occupied)
                left_behind(turn, delivery);
            else
                collected_by_word(turn, delivery);
            return turn.s.session->role ? to_list(turn) : open_next(turn);
        case Answer::later:
        case Answer::too_large:
        case Answer::damaged:
        case Answer::still_there:
        case Answer::missing:
        case Answer::help:
        case Answer::leave:
        case Answer::stay: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

void on_word_after_deposit(Turn& turn, Answer answer, Occupancy inside) {
    Session& session = *turn.s.session;
    Delivery& delivery = *turn.delivery(*session.delivery);
    switch (answer) {
        case Answer::again: return open_again(turn);
        case Answer::done: {
            // With a sensor fitted its word stands: no book is stored that nobody can find.
            if (inside == Occupancy::empty && !MUTANT(42)) {
                return turn.refuse(Reason::sensed_empty);
            }
            store(turn, delivery,
                  {.id = session.leave,
                   .compartment = *session.at,
                   .means = session.means,
                   .person = session.person});
            session.last_deposit = delivery.id;
            return to_list(turn);
        }
        case Answer::later:
            if (inside != Occupancy::empty) {
                set_unexplained(turn, *turn.compartment(*session.at), true);
            }
            delivery.state = DeliveryState::assigned;
            turn.touch(delivery);
            return to_list(turn);
        case Answer::too_large: return move_elsewhere(turn, delivery, Reason::too_large, true);
        case Answer::damaged: return take_back(turn, delivery, Reason::damaged);
        case Answer::still_there:
        case Answer::missing:
        case Answer::help:
        case Answer::leave:
        case Answer::stay: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

// With the door still open a word is remembered, and acted on when it is shut.
void on_word_at_open_door(Turn& turn, Answer answer) {
    Session& session = *turn.s.session;
    Compartment& c = *turn.compartment(*session.at);
    const bool deposit = session.role && session.purpose == Purpose::deposit;
    const bool returning = session.purpose == Purpose::returning && answer != Answer::damaged;
    switch (answer) {
        case Answer::too_large:
        case Answer::damaged:
        case Answer::still_there:
            if (!(deposit || returning) || !c.opening || c.opening->phase != Phase::open) {
                return turn.refuse(Reason::wrong_session);
            }
            c.opening->on_shut = answer;
            turn.show_change();
            return;
        case Answer::done:
        case Answer::again:
        case Answer::later:
        case Answer::leave:
        case Answer::missing:
        case Answer::stay:
        case Answer::help: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

void on_word_at_list(Turn& turn, Answer answer) {
    Session& session = *turn.s.session;
    switch (answer) {
        case Answer::leave:
        case Answer::done: return end_session(turn);
        case Answer::again: {  // 重开上一格
            const Delivery* last =
                session.last_deposit ? turn.delivery(*session.last_deposit) : nullptr;
            if (last == nullptr || last->state != DeliveryState::stored) {
                return turn.refuse(Reason::wrong_state);
            }
            session.at = last->compartment;
            session.delivery = last->id;
            session.purpose = Purpose::inspection;
            return open_again(turn);
        }
        case Answer::later:
        case Answer::too_large:
        case Answer::damaged:
        case Answer::still_there:
        case Answer::missing:
        case Answer::stay:
        case Answer::help: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

void on_word_at_jam(Turn& turn, Answer answer) {
    const Session& session = *turn.s.session;
    switch (answer) {
        case Answer::again:
            if (session.role == PersonRole::staff && session.purpose == Purpose::inspection) {
                return open_for_staff(turn, *turn.compartment(*session.at));
            }
            return open_again(turn);
        case Answer::leave:
            if (!turn.s.session->role) return end_session(turn);
            [[fallthrough]];
        case Answer::later: {
            Compartment& c = *turn.compartment(*turn.s.session->at);
            if (c.opening && c.opening->phase == Phase::jammed) c.opening.reset();
            return turn.s.session->role ? to_list(turn) : open_next(turn);
        }
        case Answer::done:
        case Answer::too_large:
        case Answer::damaged:
        case Answer::still_there:
        case Answer::missing:
        case Answer::stay:
        case Answer::help: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

// Somebody is still there: what counts down begins anew. Thanks need no more time.
void stay(Turn& turn) {
    Session& session = *turn.s.session;
    const bool thanks = session.step == Step::thanks || session.step == Step::return_thanks;
    if (!session.idle_at || thanks) return;
    const Limits& limits = turn.limits();
    session.idle_at = turn.now.uptime +
                      (session.step == Step::choosing ? limits.session_idle : limits.question_idle);
    turn.show_change();
}

// What a question is about may have been cancelled or moved while it was asked.
bool still_concerns(const Turn& turn) {
    const Session& session = *turn.s.session;
    if (!session.at) return true;
    const Compartment& c = turn.s.compartments.at(*session.at);
    if (session.returned) return c.opening || c.returned == session.returned;
    if (!session.delivery) return true;
    return c.opening || c.holder == session.delivery ||
           (c.grace && c.grace->delivery == *session.delivery);
}

// A sensor may have come to itself since it was asked: what it says now stands, and where it says
// nothing any more, what it said then.
Occupancy sensed_now(const Turn& turn) {
    const Session& session = *turn.s.session;
    const Occupancy inside = sensed(turn.s.compartments.at(*session.at));
    if (inside != Occupancy::unknown) return inside;
    if (session.step == Step::sensed_empty) return Occupancy::empty;
    return session.step == Step::still_occupied ? Occupancy::occupied : Occupancy::unknown;
}

void on_word_about_return(Turn& turn, Answer answer) {
    switch (turn.s.session->step) {
        case Step::not_opened: return on_word_at_return_jam(turn, answer);
        case Step::sensed_empty:
        case Step::confirm_deposit: return on_word_after_return(turn, answer, sensed_now(turn));
        case Step::still_occupied:
        case Step::confirm_collection:
            return on_word_after_collection(turn, answer, sensed_now(turn));
        case Step::opening:
        case Step::open:
        case Step::settling: return on_word_at_open_door(turn, answer);
        case Step::choosing:
        case Step::thanks:
        case Step::return_card:
        case Step::return_size:
        case Step::return_thanks:
        case Step::walk_question:
        case Step::walk_report:
        case Step::confirm_emptied: return turn.refuse(Reason::wrong_session);
    }
    std::abort();
}

}  // namespace

void on_answer(Turn& turn, Answer answer) {
    if (!turn.s.session) return turn.refuse(Reason::no_session);
    const Step step = turn.s.session->step;
    if (answer == Answer::help) {
        record_bounded(turn, {.kind = FactKind::help_requested,
                              .delivery = turn.s.session->delivery,
                              .compartment = turn.s.session->at});
        return;
    }
    if (answer == Answer::stay) return stay(turn);
    if (turn.s.session->walk) return on_word_in_walk(turn, answer);
    if (step != Step::choosing && !still_concerns(turn)) {
        turn.refuse(Reason::wrong_state);
        return turn.s.session->role ? to_list(turn, Refusal{Reason::wrong_state, {}})
                                    : open_next(turn);
    }
    if (turn.s.session->returned) return on_word_about_return(turn, answer);
    switch (step) {
        case Step::choosing: return on_word_at_list(turn, answer);
        case Step::opening:
        case Step::open:
        case Step::settling: return on_word_at_open_door(turn, answer);
        case Step::still_occupied:
        case Step::confirm_emptied: return on_word_after_emptying(turn, answer, sensed_now(turn));
        case Step::sensed_empty:
        case Step::confirm_deposit: return on_word_after_deposit(turn, answer, sensed_now(turn));
        case Step::not_opened: return on_word_at_jam(turn, answer);
        case Step::return_card:
        case Step::return_size: return on_word_before_return(turn, answer);
        case Step::thanks:
        case Step::return_thanks:
        case Step::walk_question:
        case Step::walk_report:
        case Step::confirm_collection: return end_session(turn);
    }
    std::abort();
}

void session_deadline(Turn& turn) {
    const auto is_over = [&](const std::optional<Session>& session) {
        return session && session->idle_at && turn.now.uptime >= *session->idle_at;
    };
    if (is_over(turn.s.waiting)) turn.s.waiting.reset();
    if (!is_over(turn.s.session)) return;
    turn.s.session->step == Step::walk_report ? to_list(turn) : give_up(turn);
}

// What the senses say stands, and where they say nothing a person must look.
void give_up(Turn& turn) {
    if (!still_concerns(turn)) return end_session(turn);
    const Session session = *turn.s.session;
    Delivery* delivery = session.delivery ? turn.delivery(*session.delivery) : nullptr;
    switch (session.step) {
        case Step::still_occupied:
            if (delivery != nullptr && delivery->state == DeliveryState::collecting) {
                delivery->state = DeliveryState::stored;
                turn.touch(*delivery);
            }
            break;
        case Step::confirm_emptied: dispute(turn, *delivery, Reason::no_session); break;
        case Step::confirm_deposit:  // of a return, see resolve_abandoned()
            if (delivery != nullptr) dispute(turn, *delivery, Reason::courier_left);
            break;
        case Step::confirm_collection:
            dispute(turn, *turn.book_return(*session.returned), Reason::no_session);
            break;
        case Step::sensed_empty:  // already back to assigned
        case Step::choosing:
        case Step::not_opened:
        case Step::thanks:
        case Step::return_card:
        case Step::return_size:
        case Step::return_thanks:
        case Step::opening:
        case Step::open:
        case Step::settling:
        case Step::walk_question:  // see resolve_abandoned()
        case Step::walk_report: break;
    }
    end_session(turn);
}

}  // namespace lucheng::core
