// What dispatch makes of replies, events and state.
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <utility>

#include "tests/simulation/dispatch.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;
using protocol::number_of;
using protocol::Reply;

namespace {

constexpr std::uint64_t acknowledged_every = 40;

}  // namespace

bool is_about_time(Reason reason) {
    return reason == Reason::wrong_boot || reason == Reason::expired ||
           reason == Reason::not_yet_valid || reason == Reason::too_old ||
           reason == Reason::set_aside;
}

void Dispatch::hear(const daemon::LinkMessage& message) {
    if (message.topic.ends_with("/reply")) return on_reply(message.bytes);
    if (message.topic.ends_with("/event")) return on_event(message.bytes);
    if (message.topic.ends_with("/state")) return on_state(message.bytes);
    if (message.topic.ends_with("/status")) {
        const auto status = protocol::decode_status(message.bytes);
        if (status) boot_ = status.value().boot;
    }
}

// To be assigned, though it was cancelled or assigned meanwhile.
bool Dispatch::is_idle(const protocol::Verb& verb) const {
    const auto* assign = std::get_if<protocol::Assign>(&verb);
    if (assign == nullptr) return false;
    return parcels_.at(assign->delivery).stage != Parcel::Stage::planned;
}

void Dispatch::on_reply(const std::string& bytes) {
    const auto read = protocol::decode_reply(bytes);
    if (!read) return broken("a reply that cannot be read: " + bytes);
    const Reply& reply = read.value();
    const auto found = orders_.find(reply.id);
    if (found == orders_.end()) return;
    Order& order = found->second;
    replied(order, reply, bytes);
    if (!reply.boot.empty()) boot_ = reply.boot;
    if (reply.refusal &&
        (reply.refusal->reason == Reason::id_reused || reply.refusal->reason == Reason::retained)) {
        return;  // to somebody who played with our id
    }
    if (order.settled) return;
    order.settled = true;
    unsettled_.erase(order.id);
    order.answer = reply;
    if (reply.refusal && is_about_time(reply.refusal->reason)) {
        if (!order.important || is_idle(order.verb)) return;
        const auto wait = reply.refusal->reason == Reason::wrong_boot ? 1s : 5min;
        time_.after(wait, [this, verb = order.verb, then = order.then] { ask(verb, then); });
        return;
    }
    if (order.then) {
        const auto then = order.then;
        then(reply);
    }
}

void Dispatch::follow(const protocol::EpochId& epoch) {
    if (epoch == epoch_) return;
    const bool first = epoch_.empty();
    epoch_ = epoch;
    if (first) return;
    epoch_began_ = clocks_.true_wall();
    // The cabinet has lost its memory: ours is the ledger now, and its keys are its
    // configuration's again.
    keys_known_ = false;
    grant_all();
    // Nobody else knows any more where returns lie.
    for (const auto& [id, place] : std::exchange(returns_, {})) clear(place);
    for (auto& [id, parcel] : parcels_) {
        if (parcel.stage == Parcel::Stage::inside) adopt(parcel);
        if (parcel.stage == Parcel::Stage::reserved) {
            parcel.stage = Parcel::Stage::planned;
            ++parcel.revision;
            later(1min, 2min, id, &Dispatch::assign);
        }
    }
}

void Dispatch::on_state(const std::string& bytes) {
    auto state = protocol::decode_state(bytes);
    if (!state) return broken("a state that cannot be read: " + bytes);
    state_ = std::move(state).value();
    follow(state_->journal.epoch);
    View& view = views_[epoch_];
    if (view.hashes.size() == number_of(state_->journal.number) && !view.hashes.empty() &&
        view.hashes.back() != state_->journal.hash) {
        broken("P19: the head that the state shows is not the entry that was received");
    }
    if (number_of(state_->journal.pruned) > view.hashes.size()) {
        broken("P11: the cabinet has dropped what dispatch does not have");
    }
    if (number_of(state_->journal.number) < view.hashes.size() && state_->boot == boot_ &&
        view.acknowledged > number_of(state_->journal.number)) {
        broken("P19: the journal is shorter than what was acknowledged");
    }
    for (const auto& line : state_->compartments) {
        if (line.delivery || line.book_return) continue;  // to its end first
        const bool to_clear = line.unexplained && line.door == protocol::Door::shut;
        const bool to_mend = line.out_of_service == Reason::door_fault || line.jammed;
        if (to_clear || to_mend) clear(line.number);
    }
}

void Dispatch::on_event(const std::string& bytes) {
    const auto read = protocol::decode_event(bytes);
    if (!read) return broken("an event that cannot be read: " + bytes);
    const auto& event = read.value();
    const auto entry = protocol::decode_entry(event.entry);
    if (!entry) return broken("an entry that cannot be read: " + event.entry);
    const auto& header = entry.value().header;
    if (protocol::digest_of(event.entry) != event.hash) {
        return broken("P19: an entry's bytes do not have its hash: " + event.entry);
    }
    View& view = views_[header.epoch];
    const auto number = number_of(header.number);
    if (number <= view.hashes.size()) {
        if (view.hashes[number - 1] != event.hash) {
            broken(fmt::format("P10: entry {} came with another content: {}", number, event.entry));
        }
        return;
    }
    follow(header.epoch);
    if (number > view.hashes.size() + 1) {  // some were lost on the way: have them sent again
        if (time_.now() < view.asked_again_at + 5min) return;
        view.asked_again_at = time_.now();
        ask(protocol::Replay{header.epoch, protocol::JournalNumber{view.hashes.size() + 1}}, {},
            false);
        return;
    }
    const protocol::Digest before = view.hashes.empty() ? protocol::Digest{} : view.hashes.back();
    if (header.previous != before) {
        return broken(fmt::format("P19: entry {} does not continue the one before", number));
    }
    view.hashes.push_back(event.hash);
    on_fact(entry.value());
    acknowledge(header.epoch);
}

void Dispatch::acknowledge(const protocol::EpochId& epoch) {
    View& view = views_[epoch];
    if (view.acknowledging || view.hashes.size() - view.acknowledged < acknowledged_every) return;
    view.acknowledging = true;
    const auto number = view.hashes.size();
    ask(protocol::Acknowledge{epoch, protocol::JournalNumber{number}, view.hashes.back()},
        [this, epoch, number](const Reply& reply) {
            View& one = views_[epoch];
            one.acknowledging = false;
            if (!reply.refusal) one.acknowledged = std::max(one.acknowledged, number);
        });
}

void Dispatch::on_fact(const protocol::Entry& entry) {
    learned(entry);
    const auto& fact = entry.fact;
    if (fact.kind == FactKind::left_behind && fact.compartment) clear(*fact.compartment);
    if (fact.kind == FactKind::return_stored) returns_[*fact.book_return] = *fact.compartment;
    if (fact.kind == FactKind::return_collected) returns_.erase(*fact.book_return);
    if (!fact.delivery) return;
    const auto found = parcels_.find(*fact.delivery);
    if (found == parcels_.end()) return;
    ++found->second.heard;
    on_fact_of(found->second, fact);
    // What it had given up, or asked for by mistake, came true after all: a command that was too
    // early or too late by the cabinet's clock may be in time by the next. It takes that back.
    if (fact.kind != FactKind::assigned || found->second.stage != Parcel::Stage::ended) return;
    found->second.stage = Parcel::Stage::reserved;
    cancel(found->second);
}

void Dispatch::on_fact_of(Parcel& parcel, const protocol::Fact& fact) {
    const auto ends = [&] { parcel.stage = Parcel::Stage::ended; };
    switch (fact.kind) {
        case FactKind::assigned:
        case FactKind::reassigned: parcel.compartment = fact.compartment; break;
        case FactKind::deposited:
            if (parcel.stage == Parcel::Stage::ended) break;
            parcel.stage = Parcel::Stage::inside;
            parcel.compartment = fact.compartment;
            parcel.deposited = true;
            deposited(parcel);
            break;
        case FactKind::adopted:
            parcel.stage = Parcel::Stage::inside;
            parcel.compartment = fact.compartment;
            later(2h, 30h, parcel.id, &Dispatch::recall);
            break;
        case FactKind::disputed:
            if (parcel.stage == Parcel::Stage::ended) break;
            parcel.stage = Parcel::Stage::inside;  // as far as anybody knows
            if (!winding_down_ && dice_.one_in(2)) {
                later(30min, 10h, parcel.id, &Dispatch::resolve);
            } else {
                later(2h, 30h, parcel.id, &Dispatch::recall);
            }
            break;
        case FactKind::expired: later(4h, 48h, parcel.id, &Dispatch::recall); break;
        case FactKind::not_deposited:
            parcel.returned = true;
            ends();
            break;
        case FactKind::collected:
        case FactKind::collected_late:
        case FactKind::recalled:
        case FactKind::cancelled: ends(); break;
        case FactKind::resolved:
            if (fact.detail != "inside") return ends();
            parcel.stage = Parcel::Stage::inside;
            later(1h, 10h, parcel.id, &Dispatch::recall);
            break;
        default: break;
    }
}

}  // namespace lucheng::simulation
