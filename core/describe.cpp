#include "core/describe.hpp"

#include <cstdlib>

namespace lucheng::core {
namespace {

using protocol::Fact;
using protocol::number_of;

std::string text(CompartmentNumber number) { return std::to_string(number_of(number)); }
std::string text(AuthorisationId id) { return "#" + std::to_string(number_of(id)); }

std::string senses(const Senses& s) {
    std::string line = text(s.compartment);
    if (s.door) line += ' ' + std::string{code_of(*s.door)};
    if (s.occupancy) line += ' ' + std::string{code_of(*s.occupancy)};
    return line;
}

std::string_view code_of(PulseEnd end) {
    switch (end) {
        case PulseEnd::done: return "done";
        case PulseEnd::lapsed: return "lapsed";
        case PulseEnd::lost: return "lost";
    }
    std::abort();
}

std::string_view code_of(Sound sound) {
    switch (sound) {
        case Sound::none: return "silent";
        case Sound::look_here: return "look here";
        case Sound::alarm: return "alarm";
    }
    std::abort();
}

// Secrets have no text, not even hashed: a log line must be of no use to a thief.
std::string on(const Booted& in) {
    return "booted " + in.version + (in.clean ? "" : " after a power cut");
}
std::string on(const Sensed& in) { return "sensed " + senses(in.senses); }
std::string on(const PulseEnded& in) {
    return "pulse " + text(in.authorisation) + ' ' + std::string{code_of(in.end)};
}
std::string on(const HardwareLost& in) { return "lost " + in.device; }
std::string on(const HardwareBack& in) { return "back " + in.device; }
std::string on(const MainsChanged& in) { return in.failed ? "mains failed" : "mains back"; }
std::string on(const CaseMoved& in) { return in.open ? "case open" : "case shut"; }
std::string on(const DeadlinePassed&) { return "deadline"; }
std::string on(const StoreSpace& in) { return in.low ? "disk low" : "disk well"; }
std::string on(const ClockStepped&) { return "clock stepped"; }
std::string on(const CommandReceived& in) {
    return "command " + in.command.id.str() + ' ' +
           std::string{protocol::name_of(in.command.verb)} + " by " + in.key.str();
}
std::string on(const MessagesRefused& in) {
    return "refused messages " + std::to_string(in.count) + ' ' +
           std::string{protocol::code_of(in.reason)};
}
std::string on(const CodeTyped&) { return "code"; }
std::string on(const CardShown&) { return "card"; }
std::string on(const TokenShown&) { return "qr"; }
std::string on(const Scanned& in) {
    return in.reader + " read " + std::string{in.meaning ? code_of(*in.meaning) : "nothing known"};
}
std::string on(const ReaderChanged& in) {
    return "reader " + in.reader + (in.there ? " there" : " gone");
}
std::string on(const ReturnAsked&) { return "return"; }
std::string on(const SizeChosen& in) { return "size " + std::string{protocol::code_of(in.size)}; }
std::string on(const CollectionAsked&) { return "collect returns"; }
std::string on(const ParcelChosen& in) { return "choose " + in.delivery.str(); }
std::string on(const Answered& in) { return "answer " + std::string{code_of(in.answer)}; }

std::string on(const OpeningAsked& in) { return "staff open " + text(in.compartment); }
std::string on(const WalkAsked&) { return "walk"; }
std::string on(const ServiceAsked& in) {
    const auto& service = in.service;
    return "staff take " + (service.compartment ? text(*service.compartment) : "the cabinet") +
           (service.in_service ? " into service" : " out of service");
}

std::string on(const TestAsked& in) {
    return std::string{protocol::code_of(in.order.kind)} + " asked";
}
std::string on(const TestAnswered& in) {
    std::string line = "said of " + text(in.answer.compartment) + ": ";
    line += protocol::code_of(in.answer.word);
    if (in.answer.word == protocol::TestWord::door) line += ' ' + text(in.answer.door);
    return line;
}
std::string on(const TestStopped&) { return "test stopped"; }

std::string on(const PulseLock& act) {
    return "pulse " + text(act.compartment) + ' ' + text(act.authorisation) + " try " +
           std::to_string(act.attempt);
}
std::string on(const SendReply& act) {
    std::string line = "reply " + act.reply.id.str();
    if (!act.reply.refusal) return line + " ok";
    line += ' ' + std::string{protocol::code_of(act.reply.refusal->reason)};
    return act.stored ? line : line + " (not kept)";
}
std::string on(const RepeatReply& act) { return "repeat reply " + act.id.str(); }
std::string on(const SetLamp& act) {
    return "lamp " + text(act.compartment) + (act.lit ? " on" : " off");
}
std::string on(const SetBuzzer& act) { return "buzzer " + std::string{code_of(act.sound)}; }
std::string on(const PublishState&) { return "state"; }
std::string on(const SendEventsFrom& act) {
    return "replay from " + std::to_string(number_of(act.from));
}
std::string on(const AcknowledgeJournal& act) {
    return "acknowledge " + std::to_string(number_of(act.number));
}
std::string on(const UseKeys& act) { return "keys x" + std::to_string(act.keys.size()); }

}  // namespace

std::string_view code_of(Answer answer) {
    switch (answer) {
        case Answer::done: return "done";
        case Answer::again: return "again";
        case Answer::later: return "later";
        case Answer::too_large: return "too_large";
        case Answer::damaged: return "damaged";
        case Answer::still_there: return "still_there";
        case Answer::missing: return "missing";
        case Answer::help: return "help";
        case Answer::leave: return "leave";
        case Answer::stay: return "stay";
    }
    std::abort();
}

std::string describe(const Input& input) {
    return std::visit([](const auto& happened) { return on(happened); }, input);
}

std::string describe(const Fact& fact) {
    std::string line{protocol::code_of(fact.kind)};
    if (fact.compartment) line += ' ' + text(*fact.compartment);
    if (fact.delivery) line += ' ' + fact.delivery->str();
    if (fact.book_return) line += " return " + std::to_string(number_of(*fact.book_return));
    if (fact.authorisation) line += ' ' + text(*fact.authorisation);
    if (fact.purpose) line += ' ' + std::string{protocol::code_of(*fact.purpose)};
    if (fact.means) line += " by " + std::string{protocol::code_of(*fact.means)};
    if (fact.reason) line += " (" + std::string{protocol::code_of(*fact.reason)} + ')';
    if (fact.command) line += " command " + fact.command->str();
    if (fact.count) line += " x" + std::to_string(*fact.count);
    if (fact.detail) line += ' ' + *fact.detail;
    return line;
}

std::string describe(const Action& action) {
    return std::visit([](const auto& act) { return on(act); }, action);
}

std::string describe(const Decision& decision) {
    std::string line;
    const auto add = [&](const std::string& part) {
        if (!line.empty()) line += "; ";
        line += part;
    };
    if (decision.refusal) {
        add("refused " + std::string{protocol::code_of(decision.refusal->reason)});
    }
    for (const auto& fact : decision.facts) add(describe(fact));
    for (const auto& action : decision.actions) {
        if (!std::holds_alternative<PublishState>(action)) add(describe(action));
    }
    return line;
}

std::string describe(const Screen& screen) {
    std::string line{code_of(screen.name)};
    if (screen.compartment) line += ' ' + text(*screen.compartment);
    if (screen.notice) line += " (" + std::string{protocol::code_of(screen.notice->reason)} + ')';
    return line;
}

}  // namespace lucheng::core
