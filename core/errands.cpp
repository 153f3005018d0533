// People at the cabinet: who may begin, and door after door.
#include <algorithm>
#include <cstdlib>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using namespace std::chrono_literals;
namespace {

constexpr Milliseconds thanks_shown = 8s;

// Of a delivery, or of the grace after it.
template <class Held>
bool opens(const Held& held, const SecretHash& secret, Means means) {
    if (MUTANT(32)) return true;
    if (means == Means::code) return held.code == secret;
    if (means == Means::qr) return held.token == secret;
    return std::find(held.cards.begin(), held.cards.end(), secret) != held.cards.end();
}

// Everything that this credential opens here, in the order of the doors.
std::vector<DeliveryId> claimed(const Turn& turn, const SecretHash& secret, Means means) {
    std::vector<DeliveryId> ids;
    for (const auto& [number, c] : turn.s.compartments) {
        if (c.grace && turn.now.uptime < c.grace->until && opens(*c.grace, secret, means)) {
            ids.push_back(c.grace->delivery);
        }
        if (!c.holder) continue;
        const Delivery& delivery = turn.s.ledger.deliveries.at(*c.holder);
        if (may_collect(turn, delivery) && opens(delivery, secret, means)) {
            ids.push_back(delivery.id);
        }
    }
    return ids;
}

const Credential* credential(const Turn& turn, const SecretHash& secret, Means means) {
    if (means == Means::qr) return nullptr;  // couriers and staff have none
    for (const auto& [person, credential] : turn.s.ledger.credentials) {
        const bool theirs = means == Means::code
                                ? credential.code == secret
                                : std::find(credential.cards.begin(), credential.cards.end(),
                                            secret) != credential.cards.end();
        if (!theirs) continue;
        const bool over =
            credential.valid_until && turn.now.trusted && turn.now.wall >= *credential.valid_until;
        return over ? nullptr : &credential;
    }
    return nullptr;
}

bool is_courier_at_list(const Turn& turn) {
    if (!turn.s.session || !turn.s.session->role) return false;
    const Step step = turn.s.session->step;
    return step == Step::choosing || step == Step::walk_report;
}

}  // namespace

bool is_busy(const Turn& turn) {
    if (!turn.s.session) return false;
    switch (turn.s.session->step) {
        case Step::choosing:
        case Step::not_opened:
        case Step::thanks:
        case Step::return_card:
        case Step::return_size:
        case Step::return_thanks:
        case Step::walk_report: return false;
        case Step::open:
        case Step::settling: return is_somebody_there(turn);
        case Step::opening:
        case Step::still_occupied:
        case Step::confirm_emptied:
        case Step::sensed_empty:
        case Step::confirm_deposit:
        case Step::confirm_collection:
        case Step::walk_question: return true;
    }
    std::abort();
}

// A patron takes the place of a courier at the list for a moment; anybody else who is done goes.
void make_room(Turn& turn) {
    if (!is_courier_at_list(turn)) end_session(turn);  // which may bring a courier back to his list
    if (!is_courier_at_list(turn)) return;
    turn.s.waiting = std::move(turn.s.session);
    turn.s.session.reset();
    auto& idle_at = turn.s.waiting->idle_at;
    // Staff who do not come back are gone when their time is over: no patron gets their screen.
    if (turn.s.waiting->role == PersonRole::staff && !is_testing(turn)) return;
    turn.s.waiting->idle_left = *idle_at - turn.now.uptime;
    idle_at.reset();
}

namespace {

void begin(Turn& turn, const SecretHash& secret, Means means, CardOf whose = CardOf::anybody) {
    if (is_busy(turn)) return turn.refuse(Reason::busy);
    // A courier's badge and a reader card may bear the same number.
    const bool any = whose == CardOf::anybody || MUTANT(60);
    const auto ids =
        any || whose == CardOf::patrons ? claimed(turn, secret, means) : std::vector<DeliveryId>{};
    if (!ids.empty()) {
        right_code(turn);
        make_room(turn);
        turn.s.session = Session{.means = means, .queue = ids};
        return open_next(turn);
    }
    const Credential* who =
        any || whose == CardOf::couriers ? credential(turn, secret, means) : nullptr;
    if (who != nullptr) {
        right_code(turn);
        end_session(turn);
        turn.s.waiting.reset();
        turn.s.session = Session{.role = who->role, .person = who->person, .means = means};
        return to_list(turn);
    }
    if (means == Means::code) return wrong_code(turn);
    // Too long to be guessed: counted, and no reason to lock anybody out.
    const Reason unknown = means == Means::qr ? Reason::token_unknown : Reason::card_unknown;
    record_bounded(turn, {.kind = FactKind::denied, .means = means, .reason = unknown});
    turn.refuse(unknown);
}

}  // namespace

bool may_collect(const Turn& turn, const Delivery& delivery) {
    switch (delivery.state) {
        case DeliveryState::stored:
        case DeliveryState::collecting:
        case DeliveryState::disputed: return true;
        case DeliveryState::expired: return turn.limits().collect_after_expiry != 0 && !MUTANT(30);
        case DeliveryState::assigned: return MUTANT(28);
        case DeliveryState::recalling: return MUTANT(29);
        case DeliveryState::depositing:
        case DeliveryState::not_deposited:
        case DeliveryState::cancelled:
        case DeliveryState::collected:
        case DeliveryState::recalled: return false;
    }
    std::abort();
}

bool is_somebody_there(const Turn& turn) {
    if (!turn.s.session) return false;
    const Session& session = *turn.s.session;
    if (session.step != Step::open && session.step != Step::settling) return true;
    const Compartment* c = session.at ? &turn.s.compartments.at(*session.at) : nullptr;
    return c == nullptr || !(c->ajar || c->lost);  // who left the door open is gone
}

bool attends(const Turn& turn, const Compartment& compartment) {
    return turn.s.session && turn.s.session->at == compartment.spec.number;
}

void show(Turn& turn, Step step) {
    Session& session = *turn.s.session;
    session.step = step;
    // A book behind another open door stays one, whatever is asked about this door.
    if (session.notice && session.notice->reason != Reason::wrong_compartment) {
        session.notice.reset();
    }
    session.idle_at.reset();  // the door's own deadlines lead on
    turn.show_change();
}

void ask(Turn& turn, Step step) {
    show(turn, step);
    turn.s.session->idle_at = turn.now.uptime + turn.limits().question_idle;
}

void to_list(Turn& turn, std::optional<Refusal> notice) {
    Session& session = *turn.s.session;
    if (!session.role || session.left) return end_session(turn);
    end_walk(turn, Reason::nobody_there);
    session.walk.reset();
    show(turn, Step::choosing);
    session.at.reset();
    session.delivery.reset();
    session.returned.reset();
    session.collects.clear();
    session.position = 0;
    if (notice) session.notice = std::move(notice);
    session.idle_at = turn.now.uptime + turn.limits().session_idle;
}

void end_session(Turn& turn) {
    if (!turn.s.session) return;
    end_walk(turn, Reason::nobody_there);
    if (turn.s.session->at) {
        Compartment& c = *turn.compartment(*turn.s.session->at);
        if (c.opening && c.opening->phase == Phase::jammed) c.opening.reset();
    }
    turn.s.session.reset();
    turn.show_change();
    if (!turn.s.waiting) return;
    turn.s.session = std::move(turn.s.waiting);
    turn.s.waiting.reset();
    auto& idle_at = turn.s.session->idle_at;
    if (!idle_at) idle_at = turn.now.uptime + turn.s.session->idle_left;
}

namespace {

// Still, and as what they logged in as.
bool is_granted(const Turn& turn, const Session& session) {
    if (!session.role) return true;
    const auto& credentials = turn.s.ledger.credentials;
    const auto found = credentials.find(session.person);
    if (found == credentials.end() || found->second.role != session.role) return false;
    const auto& until = found->second.valid_until;
    return !until || !turn.now.trusted || turn.now.wall < *until;
}

}  // namespace

void end_what_is_not_granted(Turn& turn) {
    if (turn.s.waiting && !is_granted(turn, *turn.s.waiting)) turn.s.waiting.reset();
    const bool walks = turn.s.session && turn.s.session->walk && MUTANT(73);
    if (turn.s.session && !walks && !is_granted(turn, *turn.s.session)) give_up(turn);
}

// A patron's next door, or thanks after the last.
void open_next(Turn& turn) {
    Session& session = *turn.s.session;
    if (session.left) return end_session(turn);
    session.at.reset();
    while (session.position < session.queue.size()) {
        const DeliveryId id = session.queue[session.position++];
        for (auto& [number, c] : turn.s.compartments) {
            const bool reopens = c.grace && c.grace->delivery == id;
            if (c.holder != id && !reopens) continue;
            const Delivery* delivery = turn.delivery(id);  // none: its tombstone is forgotten
            if (c.holder == id && !may_collect(turn, *delivery)) continue;
            session.at = number;
            session.delivery = id;
            session.purpose = Purpose::pickup;
            yield_to_person(turn, c);
            if (c.lost || (c.opening && c.opening->phase != Phase::jammed)) {
                ask(turn, Step::not_opened);
                session.notice =
                    Refusal{c.lost ? Reason::hardware_lost : Reason::compartment_busy, {}};
                return;
            }
            session.leave =
                authorise(turn, c,
                          {.purpose = Purpose::pickup,
                           .means = session.means,
                           .delivery = id,
                           .person = delivery == nullptr ? PersonId{} : delivery->patron});
            return show(turn, c.opening->phase == Phase::open ? Step::open : Step::opening);
        }
    }
    show(turn, Step::thanks);
    session.idle_at = turn.now.uptime + thanks_shown;
}

void on_code(Turn& turn, const SecretHash& code) {
    const Milliseconds left = turn.s.ledger.cabinet.attempts.lockout_left;
    if (left > 0ms && !MUTANT(31))
        return turn.refuse(Reason::locked_out, std::to_string((left + 999ms) / 1s));
    begin(turn, code, Means::code);
}

void on_card(Turn& turn, const SecretHash& card, const std::string& sealed, CardOf whose) {
    const bool patron =
        whose == CardOf::patrons ||
        (whose == CardOf::anybody && credential(turn, card, Means::card) == nullptr);
    if (brings_books(turn) && patron) return on_return_card(turn, card, sealed);
    begin(turn, card, Means::card, whose);
}

void on_token(Turn& turn, const SecretHash& token) {
    if (MUTANT(56)) return on_code(turn, token);
    begin(turn, token, Means::qr);
}

void on_chosen(Turn& turn, const DeliveryId& id) {
    if (!turn.s.session || !turn.s.session->role) return turn.refuse(Reason::no_session);
    Session& session = *turn.s.session;
    if (session.step != Step::choosing) return turn.refuse(Reason::wrong_session);
    Delivery* delivery = turn.delivery(id);
    const bool here = delivery != nullptr && (delivery->state == DeliveryState::assigned ||
                                              delivery->state == DeliveryState::recalling);
    if (!here) return turn.refuse(Reason::not_here, id.str());
    const bool drop_off = delivery->state == DeliveryState::assigned;
    Compartment* c = turn.compartment(*delivery->compartment);
    yield_to_person(turn, *c);
    if (c->opening) return turn.refuse(Reason::compartment_busy);
    session.delivery = id;
    const bool occupied = c->spec.has_sensor && c->occupancy == Occupancy::occupied;
    const bool usable = !c->lost && !c->jammed && !turn.row(*c).out_of_service && !occupied;
    if (drop_off && turn.s.store_low) return turn.refuse(Reason::store_full);
    if (drop_off && !usable) {
        return move_elsewhere(turn, *delivery,
                              occupied ? Reason::sensed_occupied : Reason::out_of_service, true);
    }
    if (c->lost) return turn.refuse(Reason::hardware_lost);
    session.at = c->spec.number;
    session.purpose = drop_off ? Purpose::deposit : Purpose::recall;
    session.leave = authorise(turn, *c,
                              {.purpose = session.purpose,
                               .means = session.means,
                               .delivery = id,
                               .person = session.person});
    show(turn, c->opening->phase == Phase::open ? Step::open : Step::opening);
}

}  // namespace lucheng::core
