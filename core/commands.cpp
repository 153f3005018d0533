// What dispatch and operators ask: first whether a command may be judged at all, then its verb.
#include <algorithm>
#include <cstdlib>

#include "core/obey.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

namespace {

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

bool answered_by_store(const protocol::Verb& verb) {
    return std::holds_alternative<protocol::Replay>(verb) ||
           std::holds_alternative<protocol::Acknowledge>(verb);
}

void forget_older_than(const Turn& turn, std::vector<Uptime>& times, Milliseconds age) {
    std::erase_if(times, [&](Uptime at) { return turn.now.uptime - at >= age; });
}

}  // namespace

void forget_older_than_an_hour(const Turn& turn, std::vector<Uptime>& times) {
    forget_older_than(turn, times, std::chrono::hours{1});
}

namespace {

bool count_opening(const Turn& turn, std::vector<Uptime>& recent) {
    forget_older_than_an_hour(turn, recent);
    if (std::ssize(recent) >= turn.limits().remote_openings_an_hour) return false;
    recent.push_back(turn.now.uptime);
    return true;
}

}  // namespace

bool count_remote_opening(Turn& turn) { return count_opening(turn, turn.s.remote_openings); }
bool count_walk(Turn& turn) {
    auto& walks = turn.s.walks;
    forget_older_than(turn, walks, std::chrono::hours{24});
    if (std::ssize(walks) >= turn.limits().walks_a_day) return false;
    walks.push_back(turn.now.uptime);
    return true;
}
bool count_staff_opening(Turn& turn) { return count_opening(turn, turn.s.staff_openings); }

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
