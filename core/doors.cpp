// Locks, switches and sensors: from the authorisation to the shut door.
#include <cstdlib>
#include <utility>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

AuthorisationId authorise(Turn& turn, Compartment& c, const Wish& wish) {
    auto& last = turn.s.ledger.cabinet.last_authorisation;
    last = AuthorisationId{protocol::number_of(last) + 1};
    turn.touch_cabinet();
    Opening opening{.leave = {.id = last,
                              .compartment = c.spec.number,
                              .purpose = wish.purpose,
                              .means = wish.means,
                              .delivery = wish.delivery,
                              .person = wish.person,
                              .outcome = Outcome::granted},
                    .phase = Phase::asked,
                    .before = c.spec.has_sensor ? c.occupancy : Occupancy::unknown};
    turn.record({.kind = FactKind::unlock_authorised,
                 .delivery = wish.delivery,
                 .book_return = c.returned,
                 .compartment = c.spec.number,
                 .authorisation = last,
                 .means = wish.means,
                 .purpose = wish.purpose,
                 .command = wish.command,
                 .key = wish.key,
                 .person = wish.person.empty() ? std::optional<PersonId>{} : wish.person});
    if (c.door == Door::open && !wish.although_open) {  // nothing to pulse
        opening.phase = Phase::open;
        opening.leave.outcome = Outcome::opened;
        turn.record(
            {.kind = FactKind::opened, .compartment = c.spec.number, .authorisation = last});
        if (c.forced) turn.act(SetBuzzer{Sound::none});
        c.forced = false;
    } else {
        const auto& pulsed = MUTANT(23) ? turn.s.compartments.begin()->second : c;
        turn.act(
            PulseLock{pulsed.spec.number, last, 1, turn.now.uptime + turn.limits().open_within});
    }
    turn.act(SetLamp{c.spec.number, true});
    turn.keep(opening.leave);
    if (c.grace && wish.delivery != c.grace->delivery) c.grace.reset();
    c.opening = opening;
    return last;
}

void end_leave(Turn& turn, Opening& opening) {
    if (opening.leave.outcome == Outcome::ended) return;
    opening.leave.outcome = Outcome::ended;
    turn.keep(opening.leave);
}

// Nobody says any more what was behind it when it was opened before.
void end_in_vain(Turn& turn, Compartment& c) {
    end_leave(turn, *c.opening);
    if (std::exchange(c.opening->untold, false)) inspect(turn, c);
}

namespace {

void on_opened_with_leave(Turn& turn, Compartment& c) {
    Opening& opening = *c.opening;
    if (opening.phase == Phase::settling) {  // it had not caught: the same opening goes on
        opening.phase = Phase::open;
        opening.deadline.reset();
        if (MUTANT(57)) return;
        turn.act(SetLamp{c.spec.number, true});
        if (attends(turn, c)) show(turn, Step::open);
        return;
    }
    if (c.jammed) {
        c.jammed = false;
        turn.record({.kind = FactKind::unjammed,
                     .compartment = c.spec.number,
                     .authorisation = opening.leave.id});
    }
    opening.phase = Phase::open;
    opening.deadline.reset();
    opening.leave.outcome = Outcome::opened;
    turn.keep(opening.leave);
    turn.record({.kind = FactKind::opened,
                 .delivery = opening.leave.delivery,
                 .book_return = c.returned,
                 .compartment = c.spec.number,
                 .authorisation = opening.leave.id});
    Delivery* delivery = opening.leave.delivery ? turn.delivery(*opening.leave.delivery) : nullptr;
    if (delivery != nullptr && c.holder == delivery->id) {
        switch (opening.leave.purpose) {
            case Purpose::deposit: delivery->state = DeliveryState::depositing; break;
            case Purpose::pickup: delivery->state = DeliveryState::collecting; break;
            case Purpose::recall:
            case Purpose::inspection:
            case Purpose::returning:
            case Purpose::collection:
            case Purpose::walk: break;
        }
        turn.touch(*delivery);
    }
    if (c.returned && opening.leave.purpose == Purpose::returning) return_opened(turn, c);
    if (!attends(turn, c)) return;
    // Why it is this door and no other stays to be read: it sprang within a second.
    auto why = std::move(turn.s.session->notice);
    show(turn, Step::open);
    turn.s.session->notice = std::move(why);
}

void on_door_open(Turn& turn, Compartment& c) {
    if (c.door == Door::open) return;
    c.door = Door::open;
    c.settle_at.reset();
    // One that stood open when its lines were lost has been open for longer.
    if (!c.ajar_at) c.ajar_at = turn.now.uptime + turn.limits().close_within;
    turn.show_change();
    if (c.opening && c.opening->phase != Phase::shut) return on_opened_with_leave(turn, c);
    if (c.forced || is_awaited(turn, c)) return;  // it bounced, or reads the wrong way round
    c.forced = true;
    if (MUTANT(21)) return;
    if (is_maintained(turn)) {
        record_bounded(turn, {.kind = FactKind::opened_by_key,
                              .compartment = c.spec.number,
                              .person = turn.s.maintenance->by});
    } else {
        record_bounded(turn, {.kind = FactKind::forced, .compartment = c.spec.number});
        turn.act(SetBuzzer{Sound::alarm});
    }
    // At once: it may be shut in the dark, and nothing would tell then that a hand was in there.
    if (!c.spec.has_sensor && !MUTANT(44)) inspect(turn, c);
}

void on_door_shut(Turn& turn, Compartment& c) {
    if (c.door == Door::shut) return;
    const bool was_open = c.door == Door::open;
    c.door = Door::shut;
    c.ajar_at.reset();
    turn.show_change();
    if (c.ajar || c.forced) turn.act(SetBuzzer{Sound::none});
    c.ajar = false;
    if (c.opening && c.opening->phase == Phase::open) {
        c.opening->phase = Phase::settling;
        c.opening->deadline = turn.now.uptime + turn.limits().settle;
        Fact closed{.kind = FactKind::closed,
                    .compartment = c.spec.number,
                    .authorisation = c.opening->leave.id};
        if (!std::exchange(c.opening->closed_told, true))
            turn.record(std::move(closed));
        else
            record_bounded(turn, std::move(closed));  // it flaps
        turn.act(SetLamp{c.spec.number, false});
        if (attends(turn, c)) show(turn, Step::settling);
        return;
    }
    if (!was_open) return;
    record_bounded(turn, {.kind = FactKind::closed, .compartment = c.spec.number});
    c.settle_at = turn.now.uptime + turn.limits().settle;
}

Refusal misplaced_in(const Compartment& c) {
    return {Reason::wrong_compartment, std::to_string(protocol::number_of(c.spec.number))};
}

// A book behind another open door is said on the spot, not found in an audit a week later.
void notice_wrong_compartment(Turn& turn, const Compartment& c) {
    if (!turn.s.session || !turn.s.session->at) return;
    const Purpose purpose = turn.s.session->purpose;
    if (purpose != Purpose::deposit && purpose != Purpose::returning) return;
    if (*turn.s.session->at == c.spec.number) return;
    if (c.door != Door::open) return;
    record_bounded(turn, {.kind = FactKind::wrong_compartment,
                          .delivery = turn.s.session->delivery,
                          .compartment = c.spec.number});
    turn.s.session->notice = misplaced_in(c);
    turn.show_change();
}

// Taken out again, or shut away, where the record goes on about it.
void forget_wrong_compartment(Turn& turn, const Compartment& c) {
    for (auto* session : {&turn.s.session, &turn.s.waiting}) {
        if (!*session || (*session)->notice != misplaced_in(c)) continue;
        (*session)->notice.reset();
        turn.show_change();
    }
}

}  // namespace

void on_sensed(Turn& turn, const Senses& senses) {
    Compartment* c = turn.compartment(senses.compartment);
    if (c == nullptr || c->lost) return;
    if (senses.occupancy && *senses.occupancy != c->occupancy) {
        c->occupancy = *senses.occupancy;
        turn.show_change();
        c->occupancy == Occupancy::occupied ? notice_wrong_compartment(turn, *c)
                                            : forget_wrong_compartment(turn, *c);
    }
    if (!senses.door) return;
    switch (*senses.door) {
        case Door::open: return on_door_open(turn, *c);
        case Door::shut: forget_wrong_compartment(turn, *c); return on_door_shut(turn, *c);
        case Door::unknown: return;
    }
    std::abort();
}

namespace {

// Nobody is sent to a door that does not open.
void take_out(Turn& turn, Compartment& c) {
    CompartmentRow& row = turn.row(c);
    row.out_of_service = Reason::door_fault;
    turn.touch(row);
    turn.record({.kind = FactKind::service_changed,
                 .compartment = c.spec.number,
                 .reason = Reason::door_fault,
                 .detail = "out"});
    c.opening.reset();
}

void gave_up(Turn& turn, Compartment& c) {
    Opening& opening = *c.opening;
    opening.phase = Phase::jammed;
    opening.deadline.reset();
    end_in_vain(turn, c);
    c.jammed = true;
    turn.record({.kind = FactKind::jammed,
                 .delivery = opening.leave.delivery,
                 .book_return = c.returned,
                 .compartment = c.spec.number,
                 .authorisation = opening.leave.id,
                 .count = opening.attempt});
    turn.act(SetLamp{c.spec.number, false});
    Delivery* delivery = opening.leave.delivery ? turn.delivery(*opening.leave.delivery) : nullptr;
    const bool attended = attends(turn, c);
    // Only before the first opening: after it the parcel may lie behind this very door.
    if (opening.leave.purpose == Purpose::deposit && delivery != nullptr &&
        delivery->state == DeliveryState::assigned && c.holder == delivery->id) {
        take_out(turn, c);
        return move_elsewhere(turn, *delivery, Reason::jammed, attended);
    }
    if (opening.leave.purpose == Purpose::returning && c.returned &&
        turn.book_return(*c.returned)->state == protocol::ReturnState::opening) {
        take_out(turn, c);
        return move_return(turn, c, Reason::jammed, attended);
    }
    if (attended) return ask(turn, Step::not_opened);
    c.opening.reset();
}

void not_open_yet(Turn& turn, Compartment& c) {
    Opening& opening = *c.opening;
    opening.deadline.reset();
    if (opening.attempt >= turn.limits().pulses_per_opening + (MUTANT(20) ? 2 : 0))
        return gave_up(turn, c);
    ++opening.attempt;
    turn.act(PulseLock{c.spec.number, opening.leave.id, opening.attempt,
                       turn.now.uptime + turn.limits().open_within});
}

void left_open(Turn& turn, Compartment& c) {
    const bool again = c.ajar;
    if (c.opening) c.opening->left = true;
    if (c.lost) return c.ajar_at.reset();  // nothing says that it still stands open
    c.ajar = true;
    c.ajar_at = turn.now.uptime + turn.limits().ajar_again;
    if (MUTANT(22)) return;
    turn.record({.kind = FactKind::ajar,
                 .delivery = c.holder,
                 .book_return = c.returned,
                 .compartment = c.spec.number});
    const bool alarms = (again || c.forced) && !is_maintained(turn);
    turn.act(SetBuzzer{alarms ? Sound::alarm : Sound::look_here});
    turn.show_change();
}

}  // namespace

void door_deadlines(Turn& turn) {
    const Uptime now = turn.now.uptime;
    for (auto& [number, c] : turn.s.compartments) {
        if (c.grace && now >= c.grace->until) {
            c.grace.reset();
            turn.show_change();
        }
        if (c.ajar_at && now >= *c.ajar_at) left_open(turn, c);
        if (c.settle_at && now >= *c.settle_at) {
            c.settle_at.reset();
            c.forced = false;
            inspect(turn, c);
        }
        if (!c.opening || !c.opening->deadline || now < *c.opening->deadline) continue;
        switch (c.opening->phase) {
            case Phase::asked: not_open_yet(turn, c); break;
            case Phase::settling: settled(turn, c); break;
            case Phase::open:
            case Phase::jammed:
            case Phase::shut: break;
        }
    }
}

void on_pulse_ended(Turn& turn, const PulseEnded& ended) {
    for (auto& [number, c] : turn.s.compartments) {
        if (!c.opening || c.opening->leave.id != ended.authorisation) continue;
        Opening& opening = *c.opening;
        if (opening.phase != Phase::asked) return;  // the door was quicker than the report
        if (ended.end == PulseEnd::done) {
            opening.deadline = turn.now.uptime + turn.limits().door_springs_within;
            return;
        }
        const bool lapsed = ended.end == PulseEnd::lapsed;
        turn.record({.kind = lapsed ? FactKind::lapsed : FactKind::interrupted,
                     .delivery = opening.leave.delivery,
                     .compartment = number,
                     .authorisation = opening.leave.id,
                     .reason = lapsed ? Reason::lapsed : Reason::hardware_lost});
        end_in_vain(turn, c);
        turn.act(SetLamp{number, false});
        // The coil may have been on: whoever stands there may have opened it, and put something in.
        if (!lapsed && c.returned && opening.leave.purpose == Purpose::returning) {
            return_opened(turn, c);
        }
        const bool attended = attends(turn, c);
        c.opening.reset();
        if (attended) ask(turn, Step::not_opened);
        return;
    }
}

void on_hardware_lost(Turn& turn, const HardwareLost& lost) {
    turn.record({.kind = FactKind::hardware_lost,
                 .count = lost.compartments.size(),
                 .detail = lost.device});
    for (const auto number : lost.compartments) {
        Compartment* c = turn.compartment(number);
        if (c == nullptr) continue;
        c->lost = true;
        c->door = Door::unknown;
        c->occupancy = Occupancy::unknown;
        // The time of who stands at an open door runs on.
        if (!c->opening || c->opening->phase != Phase::open) c->ajar_at.reset();
        c->settle_at.reset();
        // An opening under way stays as it is: when the lines return the switch tells how it ended.
        if (c->opening && c->opening->phase == Phase::asked) {
            turn.record({.kind = FactKind::interrupted,
                         .compartment = number,
                         .authorisation = c->opening->leave.id,
                         .reason = Reason::hardware_lost});
            end_in_vain(turn, *c);
            if (c->returned && c->opening->leave.purpose == Purpose::returning) {
                return_opened(turn, *c);
            }
            const bool attended = attends(turn, *c);
            c->opening.reset();
            if (attended) ask(turn, Step::not_opened);
        }
    }
}

void on_hardware_back(Turn& turn, const HardwareBack& back) {
    turn.record(
        {.kind = FactKind::hardware_back, .count = back.senses.size(), .detail = back.device});
    for (const auto& senses : back.senses) {
        Compartment* c = turn.compartment(senses.compartment);
        if (c == nullptr || !c->lost) continue;
        c->lost = false;
        on_sensed(turn, senses);
        if (!c->opening && c->door == Door::shut && (c->forced || c->spec.has_sensor)) {
            c->settle_at = turn.now.uptime + turn.limits().settle;
        }
        // Shut while nobody could see it: settle the opening by what the switch says now.
        if (c->opening && c->opening->phase == Phase::open && c->door == Door::shut) {
            c->opening->phase = Phase::settling;
            c->opening->deadline = turn.now.uptime + turn.limits().settle;
        }
    }
    move_passed_deadlines(turn);
}

}  // namespace lucheng::core
