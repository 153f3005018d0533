// A delivery's life: each change of its state with the fact that tells of it.
#include <algorithm>
#include <cstdlib>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using namespace std::chrono_literals;

void hold(Turn& turn, Delivery& delivery, Compartment& compartment) {
    // One live delivery a compartment: the core never asks twice, the database would refuse it.
    if (compartment.holder && *compartment.holder != delivery.id) std::abort();
    if (delivery.compartment && *delivery.compartment != compartment.spec.number) {
        turn.compartment(*delivery.compartment)->holder.reset();
    }
    compartment.holder = delivery.id;
    delivery.compartment = compartment.spec.number;
    turn.touch(delivery);
}

void end(Turn& turn, Delivery& delivery, DeliveryState state) {
    if (delivery.compartment) turn.compartment(*delivery.compartment)->holder.reset();
    // The tombstone keeps what is needed to refuse a late command, and nothing of the person.
    delivery.state = state;
    delivery.compartment.reset();
    delivery.patron = {};
    delivery.group = {};
    delivery.code.reset();
    delivery.cards.clear();
    delivery.token.reset();
    delivery.pickup_by.reset();
    if (MUTANT(19)) delivery.revision = {};
    turn.touch(delivery);
    turn.show_change();
}

void store(Turn& turn, Delivery& delivery, const Authorisation& leave) {
    delivery.state = DeliveryState::stored;
    // Without a trusted clock the deadline is set later, when there is one.
    if (!delivery.pickup_by && turn.now.trusted) {
        delivery.pickup_by = turn.now.wall + turn.limits().pickup_time;
    }
    turn.touch(delivery);
    turn.record({.kind = FactKind::deposited,
                 .delivery = delivery.id,
                 .compartment = delivery.compartment,
                 .authorisation = leave.id,
                 .means = leave.means,
                 .count = delivery.books,
                 .person = leave.person});
}

void dispute(Turn& turn, Delivery& delivery, Reason reason) {
    if (delivery.state == DeliveryState::disputed) return;
    delivery.state = DeliveryState::disputed;
    turn.touch(delivery);
    turn.record({.kind = FactKind::disputed,
                 .delivery = delivery.id,
                 .compartment = delivery.compartment,
                 .reason = reason});
}

namespace {

// Could the cabinet have handed it over?
bool can_open(const Cabinet::State& s, const Delivery& delivery) {
    if (!delivery.compartment || !s.ledger.cabinet.in_service) return false;
    const auto& c = s.compartments.at(*delivery.compartment);
    return !c.lost && !c.jammed && !s.ledger.compartments.at(c.spec.number).out_of_service;
}

}  // namespace

void expire_what_is_due(Turn& turn) {
    if (!turn.now.trusted) return;
    for (auto& [number, c] : turn.s.compartments) {
        if (!c.holder) continue;
        Delivery& delivery = *turn.delivery(*c.holder);
        if (delivery.state != DeliveryState::stored) continue;
        if (!delivery.pickup_by) {
            delivery.pickup_by = turn.now.wall + turn.limits().pickup_time;
            turn.touch(delivery);
        }
        if (turn.now.wall < *delivery.pickup_by || c.opening) continue;
        if (!can_open(turn.s, delivery)) continue;
        delivery.state = DeliveryState::expired;
        turn.touch(delivery);
        turn.record({.kind = FactKind::expired, .delivery = delivery.id, .compartment = number});
        turn.show_change();
    }
}

// After an outage, of power, of a chip or by staff: nobody loses the time in which the door could
// not open.
void move_passed_deadlines(Turn& turn) {
    if (!turn.now.trusted) return;
    for (auto& [number, c] : turn.s.compartments) {
        if (!c.holder) continue;
        Delivery& delivery = *turn.delivery(*c.holder);
        if (delivery.state != DeliveryState::stored || !delivery.pickup_by) continue;
        if (turn.now.wall < *delivery.pickup_by || !can_open(turn.s, delivery)) continue;
        delivery.pickup_by = turn.now.wall + turn.limits().pickup_after_outage;
        turn.touch(delivery);
        turn.record({.kind = FactKind::extended, .delivery = delivery.id, .compartment = number});
    }
}

void take_down_old_notice(Turn& turn) {
    const Notice& notice = turn.s.ledger.notice;
    if (notice.empty() || !notice.until || !turn.now.trusted) return;
    if (turn.now.wall < *notice.until || MUTANT(67)) return;
    turn.set_notice({.issued_at = notice.issued_at});
}

std::optional<Uptime> next_wall_deadline(const Cabinet::State& s, const Now& now) {
    std::optional<Milliseconds> wait;
    // The wall clock may step: look again after an hour at the latest.
    const auto consider = [&wait](Milliseconds left) {
        const Milliseconds bounded = std::clamp<Milliseconds>(left, 1s, 1h);
        if (!wait || bounded < *wait) wait = bounded;
    };
    for (const auto& [number, c] : s.compartments) {
        if (!c.holder) continue;
        const Delivery& delivery = s.ledger.deliveries.at(*c.holder);
        if (delivery.state != DeliveryState::stored) continue;
        consider(delivery.pickup_by ? *delivery.pickup_by - now.wall : Milliseconds{1h});
    }
    const Notice& notice = s.ledger.notice;
    if (!notice.empty() && notice.until) {
        consider(now.trusted ? *notice.until - now.wall : Milliseconds{1h});
    }
    if (!wait) return {};
    return now.uptime + *wait;
}

}  // namespace lucheng::core
