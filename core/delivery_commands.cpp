// Commands that change a delivery.
#include <algorithm>
#include <cstdlib>

#include "core/obey.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using protocol::Revision;

bool code_in_use(const Turn& turn, const Delivery& candidate) {
    const auto meets = [&](const auto& held) {
        return (candidate.code && held.code == candidate.code) ||
               (candidate.token && held.token == candidate.token);
    };
    for (const auto& [number, c] : turn.s.compartments) {
        if (c.grace && meets(*c.grace) && c.grace->delivery != candidate.id) return true;
        if (!c.holder || *c.holder == candidate.id) continue;
        const Delivery& other = turn.s.ledger.deliveries.at(*c.holder);
        const bool grouped = !candidate.group.empty() && other.group == candidate.group &&
                             other.patron == candidate.patron;
        if (meets(other) && !grouped) return true;
    }
    return candidate.code &&
           std::any_of(turn.s.ledger.credentials.begin(), turn.s.ledger.credentials.end(),
                       [&](const auto& entry) { return entry.second.code == candidate.code; });
}

namespace {

Judged judge_deadline(const Turn& turn, const std::optional<WallTime>& pickup_by) {
    if (!pickup_by || !turn.now.trusted) return {};
    if (*pickup_by <= turn.now.wall) return no(Reason::deadline_passed);
    if (*pickup_by > turn.now.wall + turn.limits().pickup_time_max) {
        return no(Reason::bad_deadline);
    }
    return {};
}

Delivery delivery_of(const protocol::Assign& assign, const CommandReceived& received) {
    return {.id = assign.delivery,
            .revision = assign.revision,
            .state = DeliveryState::assigned,
            .patron = assign.patron,
            .group = assign.group,
            .size = assign.size,
            .books = assign.books,
            .easy_access = assign.easy_access,
            .pickup_by = assign.pickup_by,
            .code = received.secrets.code,
            .cards = received.secrets.cards,
            .token = received.secrets.token,
            .issued_at = received.command.issued_at};
}

// What an assign and an adopt have in common.
Judged judge_new(Turn& turn, const Delivery& candidate) {
    if (const Delivery* known = turn.delivery(candidate.id)) {
        if (candidate.revision < known->revision) return no(Reason::superseded);
        if (is_live(known->state)) return no(Reason::delivery_exists);
        const bool again = known->state == DeliveryState::not_deposited ||
                           known->state == DeliveryState::cancelled;
        if (!again) return no(Reason::delivery_ended);
        // The mark that a cancel leaves: what was cancelled comes back only by a newer revision.
        if (candidate.revision == known->revision) return no(Reason::superseded);
    }
    if (!candidate.code && candidate.cards.empty() && !candidate.token) {
        return no(Reason::malformed, "code");
    }
    if (code_in_use(turn, candidate)) return no(Reason::code_in_use);
    return {};
}

}  // namespace

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Assign& assign,
            protocol::Reply& reply) {
    const Delivery candidate = delivery_of(assign, received);
    if (auto refusal = judge_new(turn, candidate)) return refusal;
    if (auto refusal = judge_deadline(turn, candidate.pickup_by)) return refusal;
    if (!turn.s.ledger.cabinet.in_service) return no(Reason::cabinet_out_of_service);
    if (turn.s.store_low && !MUTANT(38)) return no(Reason::store_full);
    const auto number = allocate(turn.s, candidate.size, candidate.easy_access, For::deliveries);
    if (!number) return no(Reason::no_compartment, std::string{code_of(candidate.size)});
    Delivery& delivery = turn.s.ledger.deliveries[candidate.id] = candidate;
    hold(turn, delivery, *turn.compartment(*number));
    turn.record({.kind = FactKind::assigned,
                 .delivery = delivery.id,
                 .compartment = *number,
                 .command = received.command.id,
                 .key = received.key,
                 .count = delivery.books,
                 .person = delivery.patron});
    reply.delivery = delivery.id;
    reply.compartment = *number;
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Adopt& adopt,
            protocol::Reply& reply) {
    Delivery candidate = delivery_of(adopt.delivery, received);
    if (auto refusal = judge_new(turn, candidate)) return refusal;
    Compartment* c = turn.compartment(adopt.compartment);
    if (c == nullptr) return no(Reason::unknown_compartment);
    if (c->holder || c->returned || c->opening || c->grace) return no(Reason::compartment_busy);
    candidate.state = DeliveryState::stored;
    Delivery& delivery = turn.s.ledger.deliveries[candidate.id] = candidate;
    hold(turn, delivery, *c);
    CompartmentRow& row = turn.row(*c);
    row.unexplained = false;  // its occupant now has a name
    turn.touch(row);
    turn.s.ledger.cabinet.walk_needed = true;
    if (turn.s.session && turn.s.session->walk) turn.s.session->walk->adopted = true;
    turn.touch_cabinet();
    turn.record({.kind = FactKind::adopted,
                 .delivery = delivery.id,
                 .compartment = adopt.compartment,
                 .command = received.command.id,
                 .key = received.key,
                 .count = delivery.books,
                 .person = delivery.patron});
    if (c->spec.has_sensor && c->occupancy == Occupancy::empty) {
        dispute(turn, delivery, Reason::sensed_empty);
    }
    reply.delivery = delivery.id;
    reply.compartment = adopt.compartment;
    return {};
}

namespace {

// The delivery that a command names, if its revision is not an old one.
protocol::Result<Delivery*> known(Turn& turn, const DeliveryId& id, Revision revision) {
    Delivery* delivery = turn.delivery(id);
    if (delivery == nullptr) return no(Reason::unknown_delivery, id.str());
    if (revision < delivery->revision) return no(Reason::superseded);
    return delivery;
}

void take_over(Turn& turn, const CommandReceived& received, Delivery& delivery, Revision revision,
               FactKind kind, protocol::Reply& reply) {
    delivery.revision = revision;
    delivery.issued_at = std::max(delivery.issued_at, received.command.issued_at);
    turn.touch(delivery);
    turn.record({.kind = kind,
                 .delivery = delivery.id,
                 .compartment = delivery.compartment,
                 .command = received.command.id,
                 .key = received.key});
    reply.delivery = delivery.id;
    reply.compartment = delivery.compartment;
}

}  // namespace

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Cancel& cancel,
            protocol::Reply& reply) {
    Delivery* delivery = turn.delivery(cancel.delivery);
    if (delivery == nullptr) {  // leave a mark, so that an assign that comes late is refused
        delivery = &turn.s.ledger.deliveries[cancel.delivery];
        delivery->id = cancel.delivery;
        delivery->state = DeliveryState::cancelled;
        take_over(turn, received, *delivery, cancel.revision, FactKind::cancelled, reply);
        return {};
    }
    if (cancel.revision < delivery->revision) return no(Reason::superseded);
    switch (delivery->state) {
        case DeliveryState::assigned: {
            Compartment& c = *turn.compartment(*delivery->compartment);
            // the courier stands before it
            if (c.opening && !MUTANT(39)) return no(Reason::compartment_busy);
            take_over(turn, received, *delivery, cancel.revision, FactKind::cancelled, reply);
            end(turn, *delivery, DeliveryState::cancelled);
            return {};
        }
        case DeliveryState::depositing: return no(Reason::compartment_busy);
        case DeliveryState::stored:
        case DeliveryState::collecting:
        case DeliveryState::expired:
        case DeliveryState::recalling:
        case DeliveryState::disputed: return no(Reason::already_deposited);
        case DeliveryState::cancelled:
        case DeliveryState::not_deposited:  // raise the mark: no older assign may bring it back
            take_over(turn, received, *delivery, cancel.revision, FactKind::cancelled, reply);
            delivery->state = DeliveryState::cancelled;
            return {};
        case DeliveryState::collected:
        case DeliveryState::recalled: return no(Reason::delivery_ended);
    }
    std::abort();
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Extend& extend,
            protocol::Reply& reply) {
    const auto found = known(turn, extend.delivery, extend.revision);
    if (!found) return found.refusal();
    Delivery& delivery = *found.value();
    if (!is_live(delivery.state)) return no(Reason::delivery_ended);
    if (delivery.state == DeliveryState::recalling) return no(Reason::wrong_state);
    if (auto refusal = judge_deadline(turn, extend.pickup_by)) return refusal;
    delivery.pickup_by = extend.pickup_by;
    if (delivery.state == DeliveryState::expired) delivery.state = DeliveryState::stored;
    take_over(turn, received, delivery, extend.revision, FactKind::extended, reply);
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Rekey& rekey,
            protocol::Reply& reply) {
    const auto found = known(turn, rekey.delivery, rekey.revision);
    if (!found) return found.refusal();
    Delivery& delivery = *found.value();
    if (!is_live(delivery.state)) return no(Reason::delivery_ended);
    if (received.secrets.empty()) return no(Reason::malformed, "code");
    Delivery candidate = delivery;
    candidate.code = received.secrets.code;
    candidate.token = received.secrets.token;
    if (code_in_use(turn, candidate)) return no(Reason::code_in_use);
    if (received.secrets.code) delivery.code = received.secrets.code;
    if (!received.secrets.cards.empty()) delivery.cards = received.secrets.cards;
    if (received.secrets.token) delivery.token = received.secrets.token;
    take_over(turn, received, delivery, rekey.revision, FactKind::rekeyed, reply);
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Recall& recall,
            protocol::Reply& reply) {
    const auto found = known(turn, recall.delivery, recall.revision);
    if (!found) return found.refusal();
    Delivery& delivery = *found.value();
    switch (delivery.state) {
        case DeliveryState::stored:
        case DeliveryState::expired:
        case DeliveryState::disputed:
            if (turn.compartment(*delivery.compartment)->opening) {
                return no(Reason::compartment_busy);  // the patron stands before it
            }
            delivery.state = DeliveryState::recalling;
            take_over(turn, received, delivery, recall.revision, FactKind::recalling, reply);
            return {};
        case DeliveryState::recalling:
            take_over(turn, received, delivery, recall.revision, FactKind::recalling, reply);
            return {};
        case DeliveryState::collecting: return no(Reason::compartment_busy);
        case DeliveryState::assigned:
        case DeliveryState::depositing: return no(Reason::wrong_state);
        case DeliveryState::not_deposited:
        case DeliveryState::cancelled:
        case DeliveryState::collected:
        case DeliveryState::recalled: return no(Reason::delivery_ended);
    }
    std::abort();
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Resolve& resolve,
            protocol::Reply& reply) {
    Delivery* delivery = turn.delivery(resolve.delivery);
    if (delivery == nullptr) return no(Reason::unknown_delivery, resolve.delivery.str());
    if (delivery->state != DeliveryState::disputed) return no(Reason::wrong_state);
    Compartment& c = *turn.compartment(*delivery->compartment);
    if (c.opening) return no(Reason::compartment_busy);  // somebody is looking right now
    const bool gone = resolve.found == protocol::Found::gone;
    // With a sensor fitted its word stands beside the person's.
    if (gone && c.occupancy == Occupancy::occupied && !MUTANT(54))
        return no(Reason::sensed_occupied);
    if (!gone && c.occupancy == Occupancy::empty) return no(Reason::sensed_empty);
    reply.delivery = delivery->id;
    reply.compartment = c.spec.number;
    turn.record({.kind = FactKind::resolved,
                 .delivery = delivery->id,
                 .compartment = c.spec.number,
                 .command = received.command.id,
                 .key = received.key,
                 .detail = std::string{code_of(resolve.found)}});
    if (gone) {
        // Something else may lie there by now: only a sensor, or somebody at the door, says empty.
        set_unexplained(turn, c, c.occupancy != Occupancy::empty);
        end(turn, *delivery, DeliveryState::recalled);
        return {};
    }
    delivery->state = DeliveryState::stored;
    turn.touch(*delivery);
    return {};
}

}  // namespace lucheng::core
