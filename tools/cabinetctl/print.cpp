#include "tools/cabinetctl/print.hpp"

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

#include "tools/cabinetctl/session.hpp"

namespace lucheng::cabinetctl {

using protocol::FactKind;
using protocol::number_of;
namespace {

Ink ink_of(FactKind kind) {
    switch (kind) {
        case FactKind::forced:
        case FactKind::jammed:
        case FactKind::tampered:
        case FactKind::disputed:
        case FactKind::hardware_lost:
        case FactKind::locked_out: return Ink::alarm;
        case FactKind::ajar:
        case FactKind::interrupted:
        case FactKind::lapsed:
        case FactKind::occupancy_mismatch:
        case FactKind::wrong_compartment:
        case FactKind::left_behind:
        case FactKind::denied:
        case FactKind::refused:
        case FactKind::expired:
        case FactKind::help_requested:
        case FactKind::opened_by_key:
        case FactKind::mains_lost:
        case FactKind::store_low: return Ink::look_here;
        case FactKind::deposited:
        case FactKind::collected:
        case FactKind::recalled: return Ink::good;
        default: return Ink::plain;
    }
}

std::string contents(const protocol::CompartmentReport& c) {
    if (c.delivery && c.delivery_state) {
        return fmt::format("{} {}", c.delivery->str(), code_of(*c.delivery_state));
    }
    return c.unexplained ? "unexplained occupant" : "";
}

std::string flags(const protocol::CompartmentReport& c) {
    std::string text;
    const auto add = [&](std::string_view flag) {
        if (!text.empty()) text += ", ";
        text += flag;
    };
    if (c.out_of_service) add(fmt::format("out of service ({})", code_of(*c.out_of_service)));
    if (c.jammed) add("jammed");
    if (c.ajar) add("left open");
    return text;
}

}  // namespace

Printer::Printer(bool json)
    : json_{json}, colour_{::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr} {}

void Printer::line(std::string_view text) const {
    fmt::print("{}\n", text);
    std::fflush(stdout);  // a pipe must see each line as it comes
}

std::string Printer::in(Ink ink, std::string_view text) const {
    if (!colour_ || text.empty()) return std::string{text};
    std::string_view code;
    switch (ink) {
        case Ink::plain: return std::string{text};
        case Ink::good: code = "32"; break;
        case Ink::look_here: code = "33"; break;
        case Ink::alarm: code = "1;31"; break;
        case Ink::faint: code = "2"; break;
    }
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void Printer::status(const protocol::Status& status) const {
    const Ink ink = status.link == protocol::Link::ready  ? Ink::good
                    : status.link == protocol::Link::lost ? Ink::alarm
                                                          : Ink::look_here;
    line(fmt::format("{}  {}  cabinetd {}  run {} since {}{}", status.cabinet.str(),
                     in(ink, code_of(status.link)), status.version, status.boot.str(),
                     protocol::format_time(status.since),
                     status.time_trusted ? "" : "  (time not trusted)"));
}

void Printer::state(const protocol::StateReport& state) const {
    line(fmt::format(
        "journal {} at {}, acknowledged to {}; free: {} small, {} medium, {} large{}{}{}",
        state.journal.epoch.str(), number_of(state.journal.number),
        number_of(state.journal.acknowledged), state.free_small, state.free_medium,
        state.free_large, state.in_service ? "" : "; OUT OF SERVICE",
        state.walk_needed ? "; a walk is needed" : "",
        state.store_low ? "; the disk is nearly full" : ""));
    line(in(Ink::faint, fmt::format("{:>4}  {:<7} {:<8} {:<9} {:<28} {}", "door", "size", "is",
                                    "sensed", "holds", "")));
    for (const auto& c : state.compartments) {
        line(fmt::format("{:>4}  {:<7} {:<8} {:<9} {:<28} {}", number_of(c.number), code_of(c.size),
                         code_of(c.door), code_of(c.occupancy), contents(c),
                         in(Ink::alarm, flags(c))));
    }
}

std::string describe(const protocol::Entry& entry) {
    const auto& fact = entry.fact;
    std::string text = fmt::format("{:>6}  {}  {:<18}", number_of(entry.header.number),
                                   protocol::format_time(entry.header.at), code_of(fact.kind));
    if (fact.compartment) text += fmt::format(" door {}", number_of(*fact.compartment));
    if (fact.delivery) text += fmt::format(" {}", fact.delivery->str());
    if (fact.purpose) text += fmt::format(" for {}", code_of(*fact.purpose));
    if (fact.means) text += fmt::format(" by {}", code_of(*fact.means));
    if (fact.reason) text += fmt::format(" ({})", code_of(*fact.reason));
    if (fact.authorisation) text += fmt::format(" leave {}", number_of(*fact.authorisation));
    if (fact.count) text += fmt::format(" x{}", *fact.count);
    if (fact.detail) text += fmt::format(" {}", *fact.detail);
    if (fact.key) text += fmt::format(" [{}]", fact.key->str());
    return text;
}

void Printer::event(const protocol::Event& event) const {
    if (json_) return line(event.entry);
    const auto entry = protocol::decode_entry(event.entry);
    if (!entry) return line(in(Ink::alarm, "an entry that cannot be read: " + event.entry));
    line(in(ink_of(entry.value().fact.kind), describe(entry.value())));
}

int Printer::reply(const protocol::Reply& reply, const std::string& bytes) const {
    const int code = reply.refusal ? exit_code::no : exit_code::done;
    if (json_) {
        line(bytes);
        return code;
    }
    if (reply.refusal) {
        const auto& text = protocol::text_of(reply.refusal->reason);
        std::string sentence = fmt::format("refused: {} ({}", text.english, text.code);
        if (!reply.refusal->argument.empty()) sentence += ": " + reply.refusal->argument;
        line(in(Ink::alarm, sentence + ")"));
        return code;
    }
    std::string sentence = "done";
    if (reply.delivery) sentence += ": " + reply.delivery->str();
    if (reply.compartment) sentence += fmt::format(", door {}", number_of(*reply.compartment));
    if (reply.authorisation) sentence += fmt::format(", leave {}", number_of(*reply.authorisation));
    line(in(Ink::good, sentence));
    return code;
}

}  // namespace lucheng::cabinetctl
