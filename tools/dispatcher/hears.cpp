// What dispatch makes of status, state, replies and events.
#include <algorithm>
#include <fmt/format.h>

#include "tools/dispatcher/dispatcher.hpp"

namespace lucheng::dispatcher {

using namespace std::chrono_literals;
using protocol::FactKind;
using protocol::number_of;
using protocol::Reason;

namespace {

constexpr auto again_after = 5s;  // the same cabinet is asked the same thing

// The delivery is not there, and may go to another cabinet.
bool is_about_room(Reason reason) {
    return reason == Reason::no_compartment || reason == Reason::cabinet_out_of_service ||
           reason == Reason::store_full || reason == Reason::hardware_lost;
}

// Nothing was judged but the command's age; the same cabinet is asked under a new id.
bool is_about_time(Reason reason) {
    return reason == Reason::wrong_boot || reason == Reason::expired ||
           reason == Reason::not_yet_valid || reason == Reason::too_old ||
           reason == Reason::set_aside || reason == Reason::superseded ||
           reason == Reason::too_many_commands;
}

std::optional<Stage> stage_after(const protocol::Fact& fact) {
    switch (fact.kind) {
        case FactKind::assigned: return Stage::assigned;
        case FactKind::deposited:
        case FactKind::adopted: return Stage::deposited;
        case FactKind::expired: return Stage::expired;
        case FactKind::recalling: return Stage::recalling;
        case FactKind::disputed: return Stage::disputed;
        case FactKind::collected: return Stage::collected;
        case FactKind::collected_late: return Stage::collected_late;
        case FactKind::recalled: return Stage::recalled;
        case FactKind::not_deposited: return Stage::not_deposited;
        case FactKind::cancelled: return Stage::cancelled;
        case FactKind::resolved:
            return fact.detail == protocol::code_of(protocol::Found::inside) ? Stage::deposited
                                                                             : Stage::resolved;
        default: return {};  // doors, people, the cabinet; and what later versions will tell
    }
}

}  // namespace

void Dispatcher::hear(const Heard& heard) {
    if (!heard.topic.starts_with(root_ + '/')) return;
    const auto rest = heard.topic.substr(root_.size() + 1);
    const auto slash = rest.find('/');
    const auto id = protocol::CabinetId::parse(rest.substr(0, slash));
    if (slash == std::string::npos || !id) return;
    if (!options_.cabinets.empty() && !options_.cabinets.contains(id.value())) return;
    const auto what = rest.substr(slash + 1);
    if (what == "reply") return on_reply(id.value(), heard.bytes);
    auto& cabinet = cabinets_[id.value()];
    if (what == "status") return on_status(cabinet, heard.bytes);
    if (what == "state") return on_state(cabinet, heard.bytes);
    if (what == "event") return on_event(cabinet, id.value(), heard.bytes);
}

void Dispatcher::on_status(Cabinet& cabinet, const std::string& bytes) {
    const auto status = protocol::decode_status(bytes);
    if (!status) return;
    const auto& now = status.value();
    const bool news = !cabinet.status || cabinet.status->link != now.link;
    if (news) say(fmt::format("{} is {}", now.cabinet.str(), protocol::code_of(now.link)));
    if (news && now.link == protocol::Link::ready) hurry(now.cabinet);
    cabinet.status = now;
}

void Dispatcher::on_state(Cabinet& cabinet, const std::string& bytes) {
    auto state = protocol::decode_state(bytes);
    if (!state) return;
    cabinet.state = std::move(state).value();
    const auto& epoch = cabinet.state->journal.epoch;
    if (cabinet.journals.contains(epoch)) return;
    const auto& id = cabinet.state->cabinet;
    if (!cabinet.journals.empty()) {
        say(fmt::format("{} begins a new journal, {}", id.str(), epoch.str()));
    }
    const Journal fresh{.cabinet = id, .epoch = epoch};
    cabinet.journals.emplace(epoch, fresh);
    cabinet.newest = epoch;
    ledger_.keep(fresh);
}

void Dispatcher::on_reply(const protocol::CabinetId& id, const std::string& bytes) {
    const auto read = protocol::decode_any_reply(bytes);
    if (!read) return;
    const auto& [reply, later_reason] = read.value();
    const auto found = pending_.find(reply.id);
    if (found == pending_.end() || found->second.order.cabinet != id)
        return;  // another's, or twice
    if (reply.refusal &&
        (reply.refusal->reason == Reason::id_reused || reply.refusal->reason == Reason::retained)) {
        return;  // to somebody who played with our id: ours is yet to come
    }
    const Order order = std::move(found->second.order);
    pending_.erase(found);
    ledger_.answered(order.id, bytes);
    if (reply.refusal) {
        say(fmt::format("{} refuses: {} {} ({}{}{})", id.str(), order.verb, order.delivery.str(),
                        protocol::code_of(reply.refusal->reason),
                        reply.refusal->argument.empty() ? "" : ": ", reply.refusal->argument));
    }
    if (later_reason) {
        say(fmt::format("{} refuses: {} {} ({}, which is not known here)", id.str(), order.verb,
                        order.delivery.str(), later_reason->code));
    }
    if (order.verb == "acknowledge") return on_acknowledged(order, read.value());
    if (order.verb == "cancel") return on_cancelled(order, read.value());
    const auto delivery = live_.find(order.delivery);
    if (delivery == live_.end()) return;
    if (order.verb == "assign") return on_assigned(delivery->second, order, read.value());
    if (order.verb == "adopt") return on_adopted(delivery->second, read.value());
}

void Dispatcher::on_assigned(Delivery& delivery, const Order& order,
                             const protocol::AnyReply& any) {
    const auto& [reply, later_reason] = any;
    // The facts may have been faster, and know more.
    if (delivery.stage != Stage::asked || delivery.cabinet != order.cabinet) return;
    const auto id = delivery.request.delivery;
    if (later_reason) {
        not_before_[{id, order.cabinet}] = steady_time() + again_after;
        delivery.cabinet = {};
        if (later_reason->try_again == protocol::TryAgain::later) {
            return keep(delivery, Stage::waiting);
        }
        delivery.problem = later_reason->code;
        return keep(delivery, Stage::refused);
    }
    if (!reply.refusal || reply.refusal->reason == Reason::delivery_exists) {
        if (reply.compartment) delivery.compartment = reply.compartment;
        // A reply may come before the first state after a start.
        delivery.epoch = cabinets_[order.cabinet].newest;
        return keep(delivery, Stage::assigned);
    }
    const auto why = reply.refusal->reason;
    not_before_[{id, order.cabinet}] = steady_time() + again_after;
    if (is_about_time(why)) return keep(delivery, Stage::waiting);
    // Its facts are under way. Of whatever else: it is not there.
    if (why != Reason::delivery_ended) delivery.cabinet = {};
    if (is_about_room(why)) return keep(delivery, Stage::waiting);
    delivery.problem = protocol::code_of(why);
    say(fmt::format("{} cannot be delivered as it is: {}{}", id.str(),
                    protocol::text_of(why).english,
                    why == Reason::code_in_use ? " The request needs another code." : ""));
    keep(delivery, Stage::refused);
}

void Dispatcher::on_adopted(Delivery& delivery, const protocol::AnyReply& any) {
    if (any.ok()) return;  // the fact `adopted` tells
    const auto why = any.later_reason ? Reason::compartment_busy : any.reply.refusal->reason;
    const auto& state = cabinets_[delivery.cabinet].state;
    if (why == Reason::delivery_exists && state) {
        delivery.epoch = state->journal.epoch;
        return keep(delivery, delivery.stage);
    }
    // Somebody stands at the door, or another lies there by now: staff will look.
    not_before_[{delivery.request.delivery, delivery.cabinet}] = steady_time() + again_after;
}

void Dispatcher::on_cancelled(const Order& order, const protocol::AnyReply& any) {
    const auto& refusal = any.reply.refusal;
    const auto one = unwanted_.find({order.delivery, order.cabinet});
    if (one == unwanted_.end()) return;
    const bool not_judged =
        refusal && is_about_time(refusal->reason) && refusal->reason != Reason::superseded;
    if (not_judged) {
        not_before_[one->first] = steady_time() + again_after;
        return;
    }
    // Of another refusal: the books lie there, or it has ended. Its facts tell, for staff to read.
    ledger_.drop(one->second);
    unwanted_.erase(one);
}

void Dispatcher::on_acknowledged(const Order& order, const protocol::AnyReply& any) {
    auto& cabinet = cabinets_[order.cabinet];
    if (!any.ok()) {
        cabinet.next_acknowledge = steady_time() + again_after;
        return;
    }
    const auto envelope = protocol::decode_envelope(order.bytes);
    const auto command = protocol::decode_command(envelope.value().body);
    const auto& verb = std::get<protocol::Acknowledge>(command.value().verb);
    const auto journal = cabinet.journals.find(verb.epoch);
    if (journal == cabinet.journals.end()) return;
    const auto number = number_of(verb.number);
    journal->second.acknowledged = std::max(journal->second.acknowledged, number);
    ledger_.keep(journal->second);
    say(fmt::format("{} is told: {} entries are safe here", order.cabinet.str(), number));
}

void Dispatcher::on_event(Cabinet& cabinet, const protocol::CabinetId& id,
                          const std::string& bytes) {
    const auto event = protocol::decode_event(bytes);
    const auto entry = event ? protocol::decode_any_entry(event.value().entry)
                             : protocol::Result<protocol::AnyEntry>{event.refusal()};
    if (!entry || entry.value().entry.header.cabinet != id) {
        return say(fmt::format("{} ALARM: an event that cannot be read", id.str()));
    }
    const auto& header = entry.value().entry.header;
    const auto number = number_of(header.number);
    auto& journal = cabinet.journals[header.epoch];
    if (journal.epoch.empty()) journal = {.cabinet = id, .epoch = header.epoch};
    if (number <= journal.taken) {  // again, which is how it should be
        const auto known = ledger_.hash_of(header);
        if (known && *known != event.value().hash) {
            say(fmt::format("{} ALARM: entry {} came with another content", id.str(), number));
        }
        return;
    }
    if (!continues(cabinet, journal, event.value(), entry.value().entry)) {
        cabinet.gap = true;
        return;
    }
    ledger_.keep(header, event.value());
    journal.taken = number;
    journal.hash = event.value().hash;
    ledger_.keep(journal);
    cabinet.gap = false;
    cabinet.progress = cabinet.level = steady_time();
    if (entry.value().kind_known) return on_fact(entry.value().entry);
    say(fmt::format("{} {} is of a kind that is not known here", id.str(), number));
}

// Number, chain, hash and the commitment to the person: then the entry is what the cabinet wrote.
bool Dispatcher::continues(Cabinet& cabinet, const Journal& journal, const protocol::Event& event,
                           const protocol::Entry& entry) {
    const auto number = number_of(entry.header.number);
    const auto& state = cabinet.state;
    const auto pruned = state && state->journal.epoch == journal.epoch
                            ? number_of(state->journal.pruned)
                            : std::uint64_t{0};
    // What another dispatcher acknowledged long ago is not to be had any more.
    const bool begins_late = journal.taken < pruned && number == pruned + 1;
    if (number != journal.taken + 1 && !begins_late) return false;
    const auto alarm = [&](std::string_view what) {
        say(fmt::format("{} ALARM: entry {} {}", journal.cabinet.str(), number, what));
        return false;
    };
    if (protocol::digest_of(event.entry) != event.hash) return alarm("does not have its hash");
    if (!begins_late && entry.header.previous != journal.hash) {
        return alarm("does not continue the one before");
    }
    if (event.personal &&
        (!entry.commitment || protocol::commitment_to(*event.personal) != *entry.commitment)) {
        return alarm("comes with another person than it is about");
    }
    return true;
}

// Done after all by a command of ours, and meanwhile the delivery is elsewhere, or ended.
bool Dispatcher::is_given_up(const protocol::Entry& entry) {
    const auto& fact = entry.fact;
    if (fact.kind != FactKind::assigned || !fact.command || !ledger_.has(*fact.command)) {
        return false;
    }
    const auto found = live_.find(*fact.delivery);
    return found == live_.end() || found->second.cabinet != entry.header.cabinet;
}

void Dispatcher::on_fact(const protocol::Entry& entry) {
    const auto& [header, fact, commitment] = entry;
    std::string line = fmt::format("{} {} {}", header.cabinet.str(), number_of(header.number),
                                   protocol::code_of(fact.kind));
    if (fact.delivery) line += ' ' + fact.delivery->str();
    if (fact.compartment) line += fmt::format(" door {}", number_of(*fact.compartment));
    if (fact.book_return) line += fmt::format(" return {}", number_of(*fact.book_return));
    if (fact.reason) line += fmt::format(" ({})", protocol::code_of(*fact.reason));
    if (fact.kind == FactKind::return_stored) line += ": it counts when staff have counted it";
    if (fact.kind == FactKind::return_collected && fact.detail == "gone") {
        line += ": nothing was there";
    } else if (fact.kind == FactKind::return_collected) {
        line += ": for staff to count (归还以馆员点收为准)";
    }
    say(std::move(line));
    if (!fact.delivery) return;
    if (is_given_up(entry)) {
        const Unwanted one{.delivery = *fact.delivery,
                           .cabinet = header.cabinet,
                           .revision = ledger_.next_revision(*fact.delivery)};
        if (const auto live = live_.find(one.delivery); live != live_.end()) {
            live->second.revision = one.revision;
        }
        unwanted_[{one.delivery, one.cabinet}] = one;
        return ledger_.keep(one);
    }
    const auto found = live_.find(*fact.delivery);
    if (found == live_.end() || found->second.cabinet != header.cabinet) return;
    Delivery& delivery = found->second;
    if (fact.compartment) delivery.compartment = fact.compartment;
    delivery.epoch = header.epoch;
    auto stage = stage_after(fact);
    // Another deadline: it waits for its patron again.
    if (fact.kind == FactKind::extended && delivery.stage == Stage::expired) {
        stage = Stage::deposited;
    }
    keep(delivery, stage.value_or(delivery.stage));
}

}  // namespace lucheng::dispatcher
