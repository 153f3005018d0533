// What a shut door means: books in, books out, or a question.
#include <cstdlib>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

// Occupancy is evidence where a sensor is fitted and read; without one a person's word counts.
Occupancy sensed(const Compartment& c) {
    return c.spec.has_sensor ? c.occupancy : Occupancy::unknown;
}

void set_unexplained(Turn& turn, Compartment& c, bool unexplained) {
    CompartmentRow& row = turn.row(c);
    if (row.unexplained == unexplained) return;
    row.unexplained = unexplained;
    turn.touch(row);
    turn.record(
        {.kind = unexplained ? FactKind::occupancy_mismatch : FactKind::confirmed_empty,
         .compartment = c.spec.number,
         .reason = unexplained ? std::optional{Reason::unexplained_occupant} : std::nullopt});
}

namespace {

void deposit_settled(Turn& turn, Compartment& c, Delivery& delivery, bool attended) {
    const Authorisation leave = c.opening->leave;
    switch (sensed(c)) {
        case Occupancy::occupied:
            store(turn, delivery, leave);
            if (attended) turn.s.session->last_deposit = delivery.id, to_list(turn);
            return;
        case Occupancy::empty:
            if (MUTANT(33)) return store(turn, delivery, leave);
            delivery.state = DeliveryState::assigned;  // the reservation stays
            turn.touch(delivery);
            if (attended) ask(turn, Step::sensed_empty);
            return;
        case Occupancy::unknown:
            if (attended) return ask(turn, Step::confirm_deposit);
            return dispute(turn, delivery, Reason::courier_left);
    }
    std::abort();
}

void pickup_settled(Turn& turn, Compartment& c, Delivery& delivery, bool attended) {
    switch (sensed(c)) {
        case Occupancy::empty: {
            if (c.opening->before == Occupancy::empty) {  // it was gone before the door opened
                dispute(turn, delivery, Reason::sensed_empty);
                if (attended) open_next(turn);
                return;
            }
            const bool late =
                delivery.pickup_by && turn.now.trusted && turn.now.wall >= *delivery.pickup_by;
            const Authorisation& leave = c.opening->leave;
            turn.record({.kind = late ? FactKind::collected_late : FactKind::collected,
                         .delivery = delivery.id,
                         .compartment = c.spec.number,
                         .authorisation = leave.id,
                         .means = leave.means,
                         .count = delivery.books,
                         .person = leave.person});
            if (turn.limits().reopen_grace.count() > 0) {
                const auto grace = turn.limits().reopen_grace * (MUTANT(24) ? 100 : 1);
                c.grace = Grace{turn.now.uptime + grace, delivery.id, delivery.code, delivery.cards,
                                delivery.token};
            }
            end(turn, delivery, DeliveryState::collected);
            set_unexplained(turn, c, false);  // nor is anything else there
            if (attended) open_next(turn);
            return;
        }
        case Occupancy::occupied:
            if (MUTANT(34)) return end(turn, delivery, DeliveryState::collected);
            if (attended) return ask(turn, Step::still_occupied);
            delivery.state = DeliveryState::stored;  // nobody took them
            turn.touch(delivery);
            return;
        case Occupancy::unknown:
            if (attended) return ask(turn, Step::confirm_emptied);
            return dispute(turn, delivery, Reason::no_session);
    }
    std::abort();
}

void recall_settled(Turn& turn, Compartment& c, Delivery& delivery, bool attended) {
    switch (sensed(c)) {
        case Occupancy::empty:
            if (c.opening->before == Occupancy::empty) {  // nothing was there to take back
                turn.record({.kind = FactKind::resolved,
                             .delivery = delivery.id,
                             .compartment = c.spec.number,
                             .authorisation = c.opening->leave.id,
                             .reason = Reason::sensed_empty,
                             .person = c.opening->leave.person});
                end(turn, delivery, DeliveryState::recalled);
                if (attended) to_list(turn);
                return;
            }
            turn.record({.kind = FactKind::recalled,
                         .delivery = delivery.id,
                         .compartment = c.spec.number,
                         .authorisation = c.opening->leave.id,
                         .count = delivery.books,
                         .person = c.opening->leave.person});
            end(turn, delivery, DeliveryState::recalled);
            set_unexplained(turn, c, false);
            if (attended) to_list(turn);
            return;
        case Occupancy::occupied:
            if (MUTANT(35)) return end(turn, delivery, DeliveryState::recalled);
            if (attended) ask(turn, Step::still_occupied);
            return;
        case Occupancy::unknown:
            if (attended) ask(turn, Step::confirm_emptied);
            return;
    }
    std::abort();
}

// What the courier said while the door still stood open.
void act_on_word(Turn& turn, Compartment& c, Delivery& delivery, Answer word, bool attended) {
    const bool occupied = sensed(c) == Occupancy::occupied;
    if (occupied || word == Answer::still_there) set_unexplained(turn, c, true);
    c.opening.reset();
    switch (word) {
        case Answer::too_large: return move_elsewhere(turn, delivery, Reason::too_large, attended);
        case Answer::still_there:
            return move_elsewhere(turn, delivery, Reason::sensed_occupied, attended);
        case Answer::damaged: return take_back(turn, delivery, Reason::damaged);
        case Answer::done:
        case Answer::again:
        case Answer::later:
        case Answer::help:
        case Answer::leave:
        case Answer::missing:
        case Answer::stay: return;
    }
    std::abort();
}

}  // namespace

// An opening for no errand, a forced door, a reopening: compare ledger and sensor.
void inspect(Turn& turn, Compartment& c) {
    const Occupancy inside = sensed(c);
    if (c.returned) return inspect_return(turn, c);
    if (!c.holder) return set_unexplained(turn, c, inside != Occupancy::empty);
    Delivery& delivery = *turn.delivery(*c.holder);
    switch (delivery.state) {
        case DeliveryState::stored:
        case DeliveryState::expired:
        case DeliveryState::recalling:
            if (inside == Occupancy::empty) dispute(turn, delivery, Reason::sensed_empty);
            if (inside == Occupancy::unknown) dispute(turn, delivery, Reason::walk_needed);
            return;
        case DeliveryState::assigned:
            // The reservation stays, but the courier must not find a stranger's book there.
            if (inside != Occupancy::empty) {
                set_unexplained(turn, c, true);
                move_elsewhere(turn, delivery, Reason::unexplained_occupant, false);
            }
            return;
        case DeliveryState::depositing:
        case DeliveryState::collecting:
        case DeliveryState::disputed:
        case DeliveryState::not_deposited:
        case DeliveryState::cancelled:
        case DeliveryState::collected:
        case DeliveryState::recalled: return;
    }
    std::abort();
}

void settled(Turn& turn, Compartment& c) {
    Opening& opening = *c.opening;
    opening.deadline.reset();
    if (is_walking(turn, c) && !opening.left) return walk_settled(turn, c);
    end_leave(turn, opening);
    const bool attended = attends(turn, c);
    if (attended && opening.left && !MUTANT(36)) turn.s.session->left = true;
    const Purpose purpose = opening.leave.purpose;
    Delivery* delivery = opening.leave.delivery ? turn.delivery(*opening.leave.delivery) : nullptr;
    const bool live = delivery != nullptr && c.holder == delivery->id;
    if (live && opening.on_shut) {
        return act_on_word(turn, c, *delivery, *opening.on_shut, attended);
    }
    if (c.returned && purpose == Purpose::returning) {
        return_settled(turn, c, attended);
    } else if (c.returned && purpose == Purpose::collection) {
        collection_settled(turn, c, attended);
    } else if (live && purpose != Purpose::inspection && purpose != Purpose::walk) {
        switch (purpose) {
            case Purpose::deposit: deposit_settled(turn, c, *delivery, attended); break;
            case Purpose::pickup: pickup_settled(turn, c, *delivery, attended); break;
            case Purpose::recall: recall_settled(turn, c, *delivery, attended); break;
            case Purpose::inspection:
            case Purpose::returning:
            case Purpose::collection:
            case Purpose::walk: break;
        }
    } else {
        if (delivery != nullptr && sensed(c) == Occupancy::occupied && !c.holder) {
            turn.record({.kind = FactKind::left_behind,
                         .delivery = delivery->id,
                         .compartment = c.spec.number});
        }
        inspect(turn, c);
        // Unless the courier whose reservation ended with it is at his list, or gone.
        if (attends(turn, c)) purpose == Purpose::pickup ? open_next(turn) : to_list(turn);
    }
    turn.show_change();
    // A question about this door may have opened it again by now; else the opening is over.
    if (c.opening && c.opening->leave.outcome == Outcome::ended) c.opening.reset();
}

// In a door's hands, but no opening is under way and nobody is asked: the senses' word stands.
void resolve_abandoned(Turn& turn) {
    for (auto& [number, c] : turn.s.compartments) {
        if (c.opening && c.opening->phase == Phase::shut && !is_walking(turn, c)) {
            end_leave(turn, *c.opening);
            c.opening.reset();
            inspect(turn, c);
        }
        if (c.opening || attends(turn, c)) continue;
        if (c.returned) resolve_return(turn, c, Reason::no_session);
        if (!c.holder) continue;
        Delivery& delivery = *turn.delivery(*c.holder);
        if (delivery.state == DeliveryState::depositing) {
            dispute(turn, delivery, Reason::courier_left);
        } else if (delivery.state == DeliveryState::collecting) {
            if (sensed(c) != Occupancy::occupied) {
                dispute(turn, delivery, Reason::no_session);
            } else {
                delivery.state = DeliveryState::stored;
                turn.touch(delivery);
            }
        }
    }
}

void move_elsewhere(Turn& turn, Delivery& delivery, Reason why, bool open_at_once) {
    const auto least = why == Reason::too_large
                           ? larger_than(*turn.compartment(*delivery.compartment))
                           : std::optional{delivery.size};
    const auto number =
        least ? allocate(turn.s, *least, delivery.easy_access, For::deliveries) : std::nullopt;
    if (!number) return take_back(turn, delivery, why);
    delivery.state = DeliveryState::assigned;
    delivery.size = *least;
    Compartment& c = *turn.compartment(*number);
    hold(turn, delivery, c);
    turn.record({.kind = FactKind::reassigned,
                 .delivery = delivery.id,
                 .compartment = *number,
                 .reason = why});
    if (!turn.s.session || !turn.s.session->role || !open_at_once) return;
    Session& session = *turn.s.session;
    if (session.left) return end_session(turn);
    session.at = *number;
    session.delivery = delivery.id;
    session.purpose = Purpose::deposit;
    session.leave = authorise(turn, c,
                              {.purpose = Purpose::deposit,
                               .means = session.means,
                               .delivery = delivery.id,
                               .person = session.person});
    show(turn, Step::opening);
    session.notice = Refusal{why, {}};
}

void take_back(Turn& turn, Delivery& delivery, Reason why) {
    turn.record({.kind = FactKind::not_deposited,
                 .delivery = delivery.id,
                 .compartment = delivery.compartment,
                 .reason = why});
    const bool attended = turn.s.session && turn.s.session->delivery == delivery.id;
    end(turn, delivery, DeliveryState::not_deposited);
    if (attended) to_list(turn, Refusal{why, delivery.id.str()});
}

}  // namespace lucheng::core
