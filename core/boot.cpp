// The first input of a run: what was under way when the power went is resolved by what switches
// and sensors say now. Nothing is pulsed.
#include <cstdlib>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {
namespace {

void make_rows(Turn& turn) {
    for (const auto& [number, c] : turn.s.compartments) {
        auto& rows = turn.s.ledger.compartments;
        if (rows.contains(number)) continue;
        rows[number] = CompartmentRow{.number = number};
        turn.touch(rows[number]);
    }
}

void resume_open_door(Turn& turn, Compartment& c, const Authorisation& leave) {
    c.opening = Opening{.leave = leave, .phase = Phase::open};
    if (leave.outcome == Outcome::granted) {
        c.opening->leave.outcome = Outcome::opened;
        turn.keep(c.opening->leave);
        turn.record({.kind = FactKind::opened,
                     .delivery = leave.delivery,
                     .compartment = c.spec.number,
                     .authorisation = leave.id});
    }
    if (leave.purpose == Purpose::returning && c.returned) return_opened(turn, c);
    Delivery* delivery = leave.delivery ? turn.delivery(*leave.delivery) : nullptr;
    if (delivery == nullptr || !is_live(delivery->state)) return;
    if (leave.purpose == Purpose::deposit) delivery->state = DeliveryState::depositing;
    if (leave.purpose == Purpose::pickup) delivery->state = DeliveryState::collecting;
    turn.touch(*delivery);
}

// Shut again, and it was seen open before the cut: the rules of a shut door, with nobody there.
void resolve_shut_door(Turn& turn, Compartment& c, const Authorisation& leave) {
    c.opening = Opening{.leave = leave, .phase = Phase::settling};
    settled(turn, c);
}

// It may have been opened in the dark, and books put in or taken out.
void resolve_unknown_of_return(Turn& turn, Compartment& c, const Authorisation& leave) {
    if (leave.purpose == Purpose::returning) return_opened(turn, c);
    Return& one = *turn.book_return(*c.returned);
    const bool waits = one.state == protocol::ReturnState::stored;
    if (!waits) return resolve_return(turn, c, Reason::power_cut);
    if (sensed(c) != Occupancy::occupied) dispute(turn, one, Reason::power_cut);
}

// Was it pulsed before the power went? Unknown: never again.
void resolve_unknown(Turn& turn, Compartment& c, const Authorisation& leave) {
    turn.record({.kind = FactKind::interrupted,
                 .delivery = leave.delivery,
                 .compartment = c.spec.number,
                 .authorisation = leave.id,
                 .reason = Reason::power_cut});
    if (MUTANT(25)) turn.act(PulseLock{c.spec.number, leave.id, 1, Uptime::max()});
    Opening opening{.leave = leave};
    end_leave(turn, opening);
    Delivery* delivery = leave.delivery ? turn.delivery(*leave.delivery) : nullptr;
    if (c.returned) return resolve_unknown_of_return(turn, c, leave);
    if (delivery == nullptr || !is_live(delivery->state)) return inspect(turn, c);
    if ((!c.spec.has_sensor || c.occupancy == Occupancy::unknown) && !MUTANT(46)) {
        // It may have been opened, used and shut in the dark; only a person can tell.
        return dispute(turn, *delivery, Reason::power_cut);
    }
    const bool occupied = c.occupancy == Occupancy::occupied;
    switch (leave.purpose) {
        case Purpose::deposit:
            if (occupied) store(turn, *delivery, leave);
            return;
        case Purpose::pickup:
        case Purpose::recall:
            if (!occupied) dispute(turn, *delivery, Reason::power_cut);
            return;
        case Purpose::inspection:
        case Purpose::returning:
        case Purpose::collection:
        case Purpose::walk: return inspect(turn, c);
    }
    std::abort();
}

void resolve(Turn& turn, const Authorisation& leave) {
    Compartment* c = turn.compartment(leave.compartment);
    if (c == nullptr) {  // no longer in the config, and it held nothing
        Opening opening{.leave = leave};
        return end_leave(turn, opening);
    }
    if (c->door == Door::open) return resume_open_door(turn, *c, leave);
    switch (leave.outcome) {
        case Outcome::granted: return resolve_unknown(turn, *c, leave);
        case Outcome::opened: return resolve_shut_door(turn, *c, leave);
        case Outcome::ended: return;
    }
    std::abort();
}

void look_behind_shut_doors(Turn& turn) {
    for (auto& [number, c] : turn.s.compartments) {
        if (c.door == Door::open && !MUTANT(48)) {
            c.ajar_at = turn.now.uptime + turn.limits().close_within;
            if (c.opening) continue;
            c.forced = true;
            turn.record({.kind = FactKind::forced, .compartment = number});
            if (!c.spec.has_sensor) inspect(turn, c);
            continue;
        }
        if (!c.spec.has_sensor) continue;
        const bool sensed = c.occupancy != Occupancy::unknown && !MUTANT(47);
        if ((c.holder || c.returned) && !c.opening && sensed) inspect(turn, c);
        CompartmentRow& row = turn.row(c);
        if (!c.holder && !c.returned && c.occupancy == Occupancy::occupied && !row.unexplained &&
            !MUTANT(27)) {
            row.unexplained = true;
            turn.touch(row);
            turn.record({.kind = FactKind::occupancy_mismatch,
                         .compartment = number,
                         .reason = Reason::unexplained_occupant});
        }
    }
}

}  // namespace

void on_booted(Turn& turn, const Booted& booted) {
    make_rows(turn);
    if (MUTANT(26)) turn.s.ledger.cabinet.attempts = {};
    turn.record({.kind = FactKind::booted,
                 .reason = booted.clean ? std::optional<Reason>{} : Reason::power_cut,
                 .detail = booted.version});
    for (const auto& senses : booted.senses) {
        Compartment* c = turn.compartment(senses.compartment);
        if (c == nullptr) continue;
        c->door = senses.door.value_or(Door::unknown);
        c->occupancy = senses.occupancy.value_or(Occupancy::unknown);
    }
    const auto unfinished = turn.s.ledger.authorisations;  // a copy: resolving ends them
    for (const auto& [id, leave] : unfinished) resolve(turn, leave);
    // A delivery in a door's hands whose authorisation is gone cannot be; ask a person.
    for (auto& [number, c] : turn.s.compartments) {
        if (!c.holder || c.opening) continue;
        Delivery& delivery = *turn.delivery(*c.holder);
        if (delivery.state == DeliveryState::depositing ||
            delivery.state == DeliveryState::collecting) {
            dispute(turn, delivery, Reason::power_cut);
        }
    }
    look_behind_shut_doors(turn);
    end_test_of_last_run(turn);
    move_passed_deadlines(turn);
}

}  // namespace lucheng::core
