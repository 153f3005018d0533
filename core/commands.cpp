// What dispatch and operators ask: first whether a command may be judged at all, then its verb.
#include <algorithm>
#include <cstdlib>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

using protocol::Revision;
namespace {

using Judged = std::optional<Refusal>;

Refusal no(Reason reason, std::string argument = {}) { return {reason, std::move(argument)}; }

protocol::Reply answer_to(const Turn& turn, const CommandReceived& received) {
    return {.id = received.command.id, .cabinet = turn.s.spec.id, .boot = received.boot};
}

// Age, address, role: the same for every verb. These answers are not stored, because the same
// message may be acceptable a moment later.
Judged judge_envelope(const Turn& turn, const CommandReceived& received) {
    const protocol::Command& command = received.command;
    const Limits& limits = turn.limits();
    if (command.cabinet != turn.s.spec.id) return no(Reason::wrong_cabinet, command.cabinet.str());
    if (!protocol::may_ask(received.role, command.verb)) {
        return no(Reason::not_permitted, std::string{protocol::name_of(command.verb)});
    }
    if (command.expires_at - command.issued_at > limits.command_validity_max) {
        return no(Reason::validity_too_long);
    }
    if (turn.now.trusted) {
        if (turn.now.wall >= command.expires_at) return no(Reason::expired);
        if (command.issued_at > turn.now.wall + limits.clock_tolerance) {
            return no(Reason::not_yet_valid);
        }
    } else if (command.boot != received.boot) {
        return no(Reason::wrong_boot, received.boot.str());
    }
    const auto mark = turn.s.ledger.marks.find(received.key);
    if (mark != turn.s.ledger.marks.end() &&
        command.issued_at < mark->second - limits.command_validity_max) {
        return no(Reason::too_old);
    }
    return {};
}

// True when it was answered before; then only the stored answer goes out again.
bool answered_before(Turn& turn, const CommandReceived& received) {
    const auto known = turn.s.ledger.commands.find(received.command.id);
    if (known == turn.s.ledger.commands.end() || MUTANT(37)) return false;
    const bool same = known->second.body == received.body && known->second.key == received.key;
    if (same || MUTANT(45)) {
        turn.act(RepeatReply{received.command.id});
        return true;
    }
    record_bounded(turn, {.kind = FactKind::refused,
                          .reason = Reason::id_reused,
                          .command = received.command.id,
                          .key = received.key});
    protocol::Reply reply = answer_to(turn, received);
    reply.refusal = no(Reason::id_reused);
    turn.act(SendReply{reply, false});
    return true;
}

void advance_mark(Turn& turn, const CommandReceived& received) {
    const WallTime issued_at = received.command.issued_at;
    const auto mark = turn.s.ledger.marks.find(received.key);
    if (mark != turn.s.ledger.marks.end() && issued_at <= mark->second) return;
    turn.set_mark(received.key, issued_at);
    auto& swept = turn.s.swept[received.key];
    if (issued_at - swept < std::chrono::hours{1}) return;
    swept = issued_at;
    turn.forget_before(received.key, issued_at - turn.limits().command_validity_max);
}

bool code_in_use(const Turn& turn, const Delivery& candidate) {
    if (!candidate.code) return false;
    for (const auto& [number, c] : turn.s.compartments) {
        if (c.grace && c.grace->code == candidate.code && c.grace->delivery != candidate.id) {
            return true;
        }
        if (!c.holder || *c.holder == candidate.id) continue;
        const Delivery& other = turn.s.ledger.deliveries.at(*c.holder);
        const bool grouped = !candidate.group.empty() && other.group == candidate.group &&
                             other.patron == candidate.patron;
        if (other.code == candidate.code && !grouped) return true;
    }
    return std::any_of(turn.s.ledger.credentials.begin(), turn.s.ledger.credentials.end(),
                       [&](const auto& entry) { return entry.second.code == candidate.code; });
}

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
    if (!candidate.code && candidate.cards.empty()) return no(Reason::malformed, "code");
    if (code_in_use(turn, candidate)) return no(Reason::code_in_use);
    return {};
}

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
    if (c->holder || c->opening || c->grace) return no(Reason::compartment_busy);
    candidate.state = DeliveryState::stored;
    Delivery& delivery = turn.s.ledger.deliveries[candidate.id] = candidate;
    hold(turn, delivery, *c);
    CompartmentRow& row = turn.row(*c);
    row.unexplained = false;  // its occupant now has a name
    turn.touch(row);
    turn.s.ledger.cabinet.walk_needed = true;
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
    if (!received.secrets.code && received.secrets.cards.empty()) {
        return no(Reason::malformed, "code");
    }
    Delivery candidate = delivery;
    candidate.code = received.secrets.code;
    if (code_in_use(turn, candidate)) return no(Reason::code_in_use);
    if (received.secrets.code) delivery.code = received.secrets.code;
    if (!received.secrets.cards.empty()) delivery.cards = received.secrets.cards;
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

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Grant& grant,
            protocol::Reply&) {
    if (!received.secrets.code && received.secrets.cards.empty()) {
        return no(Reason::malformed, "code");
    }
    Delivery candidate{};
    candidate.code = received.secrets.code;
    const auto same = turn.s.ledger.credentials.find(grant.person);
    const bool own = same != turn.s.ledger.credentials.end() && same->second.code == candidate.code;
    if (!own && code_in_use(turn, candidate)) return no(Reason::code_in_use);
    turn.keep(Credential{.person = grant.person,
                         .role = grant.role,
                         .valid_until = grant.valid_until,
                         .code = received.secrets.code,
                         .cards = received.secrets.cards});
    turn.record({.kind = FactKind::granted,
                 .command = received.command.id,
                 .key = received.key,
                 .detail = std::string{code_of(grant.role)},
                 .person = grant.person});
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Revoke& revoke,
            protocol::Reply&) {
    turn.revoke(revoke.person);  // of somebody unknown: already so
    turn.record({.kind = FactKind::revoked,
                 .command = received.command.id,
                 .key = received.key,
                 .person = revoke.person});
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Open& open,
            protocol::Reply& reply) {
    Compartment* c = turn.compartment(open.compartment);
    if (c == nullptr) return no(Reason::unknown_compartment);
    if (c->lost) return no(Reason::hardware_lost);
    if (c->opening && c->opening->phase != Phase::jammed) return no(Reason::compartment_busy);
    if (!count_remote_opening(turn)) return no(Reason::remote_cap);
    reply.compartment = open.compartment;
    reply.authorisation = authorise(turn, *c,
                                    {.purpose = Purpose::inspection,
                                     .means = Means::remote,
                                     .delivery = c->holder,
                                     .command = received.command.id,
                                     .key = received.key});
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::SetService& service,
            protocol::Reply& reply) {
    Fact fact{.kind = FactKind::service_changed,
              .compartment = service.compartment,
              .command = received.command.id,
              .key = received.key,
              .detail = service.in_service ? "in" : "out"};
    if (!service.in_service) fact.reason = Reason::by_staff;
    if (!service.compartment) {
        turn.s.ledger.cabinet.in_service = service.in_service;
        turn.touch_cabinet();
    } else {
        Compartment* c = turn.compartment(*service.compartment);
        if (c == nullptr) return no(Reason::unknown_compartment);
        CompartmentRow& row = turn.row(*c);
        row.out_of_service = fact.reason;
        if (service.in_service) {
            c->jammed = false;
            // Without a sensor it is staff who say that it is empty.
            if (!c->holder && !c->spec.has_sensor) set_unexplained(turn, *c, false);
        }
        turn.touch(row);
        reply.compartment = service.compartment;
    }
    turn.record(fact);
    if (service.in_service) move_passed_deadlines(turn);
    return {};
}

Judged obey(Turn& turn, const CommandReceived&, const protocol::Snapshot&, protocol::Reply&) {
    turn.show_change();
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::SelfTest& test,
            protocol::Reply&) {
    return begin_test(
        turn, {.kind = protocol::TestKind::self_test, .what = test},
        {.means = Means::remote, .command = received.command.id, .key = received.key});
}

// The store knows the journal, not the core: it judges and answers, and either may be repeated.
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Replay& replay,
            protocol::Reply&) {
    turn.act(SendEventsFrom{received.command.id, replay.epoch, replay.from});
    return {};
}
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Acknowledge& acknowledge,
            protocol::Reply&) {
    turn.act(AcknowledgeJournal{received.command.id, acknowledge.epoch, acknowledge.number,
                                acknowledge.hash});
    return {};
}

bool answered_by_store(const protocol::Verb& verb) {
    return std::holds_alternative<protocol::Replay>(verb) ||
           std::holds_alternative<protocol::Acknowledge>(verb);
}

}  // namespace

bool count_remote_opening(Turn& turn) {
    auto& recent = turn.s.remote_openings;
    std::erase_if(recent, [&](Uptime at) { return turn.now.uptime - at >= std::chrono::hours{1}; });
    if (std::ssize(recent) >= turn.limits().remote_openings_an_hour) return false;
    recent.push_back(turn.now.uptime);
    return true;
}

void on_command(Turn& turn, const CommandReceived& received) {
    protocol::Reply reply = answer_to(turn, received);
    if (auto refusal = judge_envelope(turn, received)) {
        // A repetition is answered even after the command has expired: it moves nothing.
        if (answered_before(turn, received)) return;
        record_bounded(turn, {.kind = FactKind::refused,
                              .reason = refusal->reason,
                              .command = received.command.id,
                              .key = received.key});
        reply.refusal = std::move(refusal);
        return turn.act(SendReply{reply, false});
    }
    if (answered_before(turn, received)) return;
    advance_mark(turn, received);  // first: it forgets what makes the memory full
    if (std::ssize(turn.s.ledger.commands) >= turn.limits().remembered_commands) {
        record_bounded(turn, {.kind = FactKind::refused,
                              .reason = Reason::too_many_commands,
                              .command = received.command.id,
                              .key = received.key});
        reply.refusal = no(Reason::too_many_commands);
        return turn.act(SendReply{reply, false});
    }
    reply.refusal = std::visit([&](const auto& verb) { return obey(turn, received, verb, reply); },
                               received.command.verb);
    if (answered_by_store(received.command.verb)) return;
    if (reply.refusal) {
        turn.record({.kind = FactKind::refused,
                     .reason = reply.refusal->reason,
                     .command = received.command.id,
                     .key = received.key});
    }
    turn.keep(RememberedCommand{received.command.id, received.body, received.key,
                                received.command.issued_at});
    turn.act(SendReply{reply, true});
}

}  // namespace lucheng::core
