// Commands to the cabinet, and about people and keys.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/obey.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Grant& grant,
            protocol::Reply&) {
    if (!received.secrets.code && received.secrets.cards.empty()) {
        return no(Reason::malformed, "code");
    }
    if (received.secrets.token) return no(Reason::malformed, "token");  // patrons have QR codes
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

Judged set_service(Turn& turn, const protocol::SetService& service, Fact by) {
    Fact fact = std::move(by);
    fact.kind = FactKind::service_changed;
    fact.compartment = service.compartment;
    fact.detail = service.in_service ? "in" : "out";
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
            if (!c->holder && !c->returned && !c->spec.has_sensor) set_unexplained(turn, *c, false);
        }
        turn.touch(row);
    }
    if (!fact.person || !MUTANT(70)) turn.record(fact);
    if (service.in_service) move_passed_deadlines(turn);
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::SetService& service,
            protocol::Reply& reply) {
    auto refusal =
        set_service(turn, service, {.command = received.command.id, .key = received.key});
    if (!refusal) reply.compartment = service.compartment;
    return refusal;
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

Judged obey(Turn& turn, const CommandReceived& received, const protocol::SetKeys& set,
            protocol::Reply&) {
    const std::uint64_t newest = turn.s.ledger.cabinet.keys_serial;
    // A list of yesterday must not bring back a key that was revoked today.
    if (set.serial <= newest && !MUTANT(52)) return no(Reason::superseded, std::to_string(newest));
    const bool served = std::any_of(set.keys.begin(), set.keys.end(), [](const auto& key) {
        return key.role == protocol::Role::dispatch;
    });
    if (!served) return no(Reason::malformed, "keys");
    turn.set_keys(set.serial, set.keys);
    turn.record({.kind = FactKind::keys_changed,
                 .command = received.command.id,
                 .key = received.key,
                 .count = set.keys.size(),
                 .detail = std::to_string(set.serial)});
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Forget& forget,
            protocol::Reply&) {
    for (const auto& [id, delivery] : turn.s.ledger.deliveries) {
        if (delivery.patron == forget.person && !MUTANT(55))
            return no(Reason::still_needed, id.str());
    }
    if (turn.s.ledger.credentials.contains(forget.person)) {
        return no(Reason::still_needed, "credential");
    }
    turn.forget(forget.person);
    turn.record({.kind = FactKind::forgotten, .command = received.command.id, .key = received.key});
    return {};
}

Judged obey(Turn& turn, const CommandReceived& received, const protocol::SetNotice& set,
            protocol::Reply&) {
    const auto issued_at = received.command.issued_at;
    // One that was held up on its way must not cover what was said since.
    if (issued_at < turn.s.ledger.notice.issued_at && !MUTANT(66)) return no(Reason::superseded);
    if (set.until && turn.now.trusted && *set.until <= turn.now.wall) {
        return no(Reason::deadline_passed);
    }
    turn.set_notice({set.chinese, set.english, set.until, issued_at});
    turn.record({.kind = FactKind::notice_changed,
                 .command = received.command.id,
                 .key = received.key,
                 .detail = turn.s.ledger.notice.empty() ? "removed" : "shown"});
    return {};
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

}  // namespace lucheng::core
