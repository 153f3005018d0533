// The record, entry by entry, against what doors and books did.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "protocol/codec.hpp"
#include "tests/simulation/judge.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;
using protocol::Fact;
using protocol::number_of;

namespace {

// Told in the name of a command exactly once. The others only mention one.
bool is_effect(FactKind kind) { return kind != FactKind::refused; }

}  // namespace

void Judge::recorded(const std::vector<db::StoredEvent>& events) {
    for (const auto& event : events) on_entry(event);
    if (std::exchange(right_unread_, false)) wrong_in_row_ = 0;
    recorded_before_ = recorded_at_;
    recorded_at_ = p_.time.now();
}

void Judge::on_entry(const db::StoredEvent& event) {
    const auto entry = protocol::decode_entry(event.event.entry);
    if (!entry) broken("P19", "an entry that cannot be read");
    const auto& header = entry.value().header;
    if (number_of(header.number) != hashes_.size() + 1) {
        broken("P10",
               fmt::format("entry {} follows entry {}", number_of(header.number), hashes_.size()));
    }
    if (header.previous != (hashes_.empty() ? protocol::Digest{} : hashes_.back())) {
        broken("P19", "an entry does not continue the one before");
    }
    hashes_.push_back(event.event.hash);
    on_fact(entry.value().fact);
}

void Judge::on_fact(const Fact& fact) {
    const auto now = p_.time.now();
    if (fact.command && is_effect(fact.kind)) on_command(fact);
    switch (fact.kind) {
        case FactKind::unlock_authorised: on_unlock(fact); break;
        case FactKind::opened: check_opened(fact); break;
        case FactKind::closed: closed_[*fact.compartment] = now; break;
        case FactKind::forced: forced_[*fact.compartment] = now; break;
        case FactKind::opened_by_key: check_opened_by_key(*fact.compartment); break;
        case FactKind::ajar: ajar_[*fact.compartment] = now; break;
        case FactKind::service_changed:
            if (!fact.compartment) break;
            if (fact.detail == "in") out_of_service_.erase(*fact.compartment);
            if (fact.detail != "in") out_of_service_.insert(*fact.compartment);
            if (fact.means) ++services_recorded_[{*fact.compartment, fact.detail == "in"}];
            break;
        case FactKind::forgotten: on_forgotten(fact); break;
        // As the record has it: what the run before still wrote is read after the start of this.
        case FactKind::booted:
            walked_.clear();
            low_ = false;
            graces_.clear();
            break;
        case FactKind::return_stored: on_return_stored(fact); break;
        case FactKind::return_collected: on_return_collected(fact); break;
        case FactKind::granted:
        case FactKind::revoked: on_leave_of_staff(fact); break;
        case FactKind::adopted:
            walk_owed_ = true;
            adopted_in_walk_ = !walked_.empty();
            break;
        case FactKind::walk_found: on_walk_found(fact); break;
        case FactKind::walked: on_walked(fact); break;
        case FactKind::disputed:
            if (fact.book_return) stored_.erase(*fact.compartment);
            break;
        case FactKind::store_low: low_ = true; break;
        case FactKind::store_well: low_ = false; break;
        case FactKind::denied:
            check_flood(fact);
            if (fact.reason == Reason::code_unknown) check_attempts();
            break;
        default: break;
    }
    if (fact.delivery) on_delivery(fact, told_[*fact.delivery]);
}

void Judge::on_command(const Fact& fact) {
    if (++effects_[*fact.command] > 1) {
        broken("P6", "two effects of one command: " + fact.command->str());
    }
    promised_.erase(*fact.command);
    const auto order = p_.dispatch.orders().find(*fact.command);
    if (order == p_.dispatch.orders().end()) {
        broken("P6", "an effect of a command that nobody sent: " + fact.command->str());
    }
    if (const auto* notice = std::get_if<protocol::SetNotice>(&order->second.verb)) {
        if (order->second.issued_at < notice_.issued_at) {
            broken("P6", "an older notice covers a newer one: " + fact.command->str());
        }
        notice_ = {notice->chinese, notice->english, notice->until, order->second.issued_at};
        notice_over_ = false;
    }
    if (!fact.delivery) return;
    Told& told = told_[*fact.delivery];
    const auto learn = [&](const protocol::Secrets& secrets) {
        if (!told.code.empty()) told.before.emplace_back(told.code, p_.time.now());
        if (!secrets.code.empty()) told.code = secrets.code;
        if (!secrets.cards.empty()) told.card = secrets.cards.front();
        if (!secrets.token.empty()) told.token = secrets.token;
    };
    const auto& verb = order->second.verb;
    std::visit(
        [&](const auto& known) {
            if constexpr (requires { known.revision; }) {
                const auto revision = number_of(known.revision);
                if (revision < told.revision) {
                    broken("P6", "an old command had its way: " + fact.command->str());
                }
                told.revision = revision;
            }
        },
        verb);
    if (const auto* assign = std::get_if<protocol::Assign>(&verb)) learn(assign->secrets);
    if (const auto* adopt = std::get_if<protocol::Adopt>(&verb)) learn(adopt->delivery.secrets);
    if (const auto* rekey = std::get_if<protocol::Rekey>(&verb)) learn(rekey->secrets);
}

void Judge::check_flood(const Fact& fact) {
    auto& times = floods_[fmt::format("{} {}", p_.machine.boots(),
                                      number_of(fact.reason.value_or(Reason::malformed)))];
    times.push_back(p_.time.now());
    while (times.front() < p_.time.now() - 1h) times.pop_front();
    if (times.size() > 40) broken("P24", "wrong codes fill the record");
}

void Judge::on_delivery(const Fact& fact, Told& told) {
    const auto ends = [&] {
        if (told.place) told.last_place = told.place;
        if (told.place) stored_.erase(*told.place);
        told.place.reset();
        told.inside = told.recalling = false;
        told.ended_at = p_.time.now();
    };
    switch (fact.kind) {
        case FactKind::assigned:
        case FactKind::reassigned: return on_placed(fact, told);
        case FactKind::adopted:
            told.place = told.last_place = fact.compartment;
            told.inside = true;
            stored_.insert_or_assign(*fact.compartment, std::pair{*fact.delivery, p_.time.now()});
            return;
        case FactKind::deposited:
            told.inside = true;
            stored_.insert_or_assign(*fact.compartment, std::pair{*fact.delivery, p_.time.now()});
            return on_deposited(fact);
        case FactKind::disputed:
            if (told.place) stored_.erase(*told.place);
            told.inside = true;
            told.recalling = false;
            return;
        case FactKind::recalling: told.recalling = true; return;
        case FactKind::collected:
        case FactKind::collected_late:
        case FactKind::recalled:
            if (!told.place) broken("P14", "taken out twice: " + fact.delivery->str());
            on_taken_out(fact);
            if (fact.kind != FactKind::recalled && fact.authorisation) {
                graces_[*fact.compartment] = window() + p_.doors.limits().reopen_grace;
            }
            return ends();
        case FactKind::cancelled:
        case FactKind::not_deposited: return ends();
        case FactKind::resolved: return on_resolved(fact, told);
        default: return;
    }
}

void Judge::on_forgotten(const Fact& fact) {
    const auto& order = p_.dispatch.orders().at(*fact.command);
    const auto& person = std::get<protocol::Forget>(order.verb).person;
    for (const auto& [id, told] : told_) {
        const auto parcel = p_.dispatch.parcels().find(id);
        if (parcel == p_.dispatch.parcels().end() || parcel->second.patron != person) continue;
        if (told.place) broken("P14", "forgotten, with a delivery here: " + id.str());
    }
}

// By a recall that found nothing, or by what somebody saw who was sent to look.
void Judge::on_resolved(const Fact& fact, Told& told) {
    if (fact.detail == "inside") {
        told.inside = true;
        told.recalling = false;
        stored_.insert_or_assign(*fact.compartment, std::pair{*fact.delivery, p_.time.now()});
        return;
    }
    const auto& box = p_.doors.box(*fact.compartment);
    const bool well = !box.stuck && !box.lost && box.wrong_until < window();
    if (fact.detail == "gone" && well && p_.doors.where(*fact.delivery) == fact.compartment) {
        broken("P14", "resolved as gone, and lies there: " + fact.delivery->str());
    }
    if (told.place) {
        told.last_place = told.place;
        stored_.erase(*told.place);
    }
    told.place.reset();
    told.inside = told.recalling = false;
    told.ended_at = p_.time.now();
}

// A decision that is read now is at most so old: what the store had under way when it was made came
// before it, and took moments, unless the disk stalled. After a long silence it has much to do.
Milliseconds Judge::window() const {
    const bool of_this_run = hashes_.size() >= first_entry_;
    if (!of_this_run || p_.machine.stalled()) return recorded_before_;
    return std::max(recorded_before_, p_.time.now() - 30s);
}

// A drop-off's door opens for a delivery that is still to come.
void Judge::check_opened(const Fact& fact) {
    const auto leave = fact.authorisation ? leaves_.find(*fact.authorisation) : leaves_.end();
    if (leave == leaves_.end() || leave->second.purpose != protocol::Purpose::deposit) return;
    if (leave->second.delivery && !told_[*leave->second.delivery].place) {
        broken("P5", fmt::format("door {} opened to take in {}, which has ended",
                                 number_of(*fact.compartment), leave->second.delivery->str()));
    }
}

// A person's word or a lying sensor may have misled it; else the compartment is what it says.
bool Judge::may_hide_something(CompartmentNumber number) {
    auto& box = p_.doors.box(number);
    if (box.inside.empty() && !box.stuck) {
        misled_.erase(number);
        box.sensor_was_wrong = false;
    }
    return box.sensor_was_wrong || misled_.contains(number) || box.lost || was_out_of_sight(number);
}

// Forced and shut again while its switch could not be read, or whoever read it died before the
// record had it: without a sensor nothing can tell of it.
bool Judge::was_out_of_sight(CompartmentNumber number) const {
    const auto& box = p_.doors.boxes().at(number);
    if (!box.by_force || box.open || box.spec.has_sensor) return false;
    if (box.seen_open_at < box.opened_at) return true;
    const auto told = forced_.find(number);
    const bool in_record = told != forced_.end() && told->second >= box.opened_at;
    return !in_record && booted_at_ > box.seen_open_at;
}

// A stalled disk answers a minute late; its hour runs from its decision.
void Judge::check_opened_by_key(CompartmentNumber number) {
    forced_[number] = p_.time.now();
    const auto opened_at = p_.doors.boxes().at(number).opened_at;
    const auto& declared_at = maintenance_declared_at_;
    if (declared_at && opened_at <= *declared_at + 1h + 5min) return;
    broken("P22", fmt::format("door {} was opened without leave, and the record has it that staff "
                              "were at work",
                              number_of(number)));
}

bool Judge::may_seem_full(CompartmentNumber number) {
    const auto& box = p_.doors.box(number);
    const auto misled = misled_at_.find(number);
    return box.stuck || box.wrong_until >= window() ||
           (misled != misled_at_.end() && misled->second >= window());
}

void Judge::on_placed(const Fact& fact, Told& told) {
    const auto number = *fact.compartment;
    for (const auto& [id, other] : told_) {
        if (other.place == number && id != *fact.delivery) {
            broken("P1", fmt::format("door {} is given to {} and {}", number_of(number), id.str(),
                                     fact.delivery->str()));
        }
    }
    forget_awaited(number);
    for (const auto& [id, place] : returns_) {
        if (place == number) {
            broken("P1", fmt::format("door {} is given to {}, and a return lies there",
                                     number_of(number), fact.delivery->str()));
        }
    }
    told.place = told.last_place = number;
    told.inside = told.recalling = false;
    if (fact.kind == FactKind::assigned && low_) broken("P21", "assigned on a full disk");
    check_given(number, fact.delivery->str().c_str());
}

// Empty, shut, in service, and nobody's.
void Judge::check_given(CompartmentNumber number, const char* to) {
    if (out_of_service_.contains(number)) {
        broken("P12", fmt::format("door {} was assigned out of service", number_of(number)));
    }
    if (const auto grace = graces_.find(number);
        grace != graces_.end() && p_.time.now() < grace->second) {
        broken("P12", fmt::format("door {} was assigned, and may still be opened again by who was "
                                  "there before",
                                  number_of(number)));
    }
    const auto& box = p_.doors.box(number);
    if (box.seen_free_at < window() && !(box.reported.door == protocol::Door::shut &&
                                         box.reported.occupancy != protocol::Occupancy::occupied)) {
        broken("P12", fmt::format("door {} was assigned, but was not seen shut and empty",
                                  number_of(number)));
    }
    const bool changed = box.opened_at >= window() || box.open;
    if (!box.inside.empty() && !changed && !may_hide_something(number)) {
        broken("P12", fmt::format("door {} was assigned with something inside: {} to {}",
                                  number_of(number), box.inside.front().str(), to));
    }
}

void Judge::on_deposited(const Fact& fact) {
    const auto number = *fact.compartment;
    const auto& box = p_.doors.box(number);
    if (box.seen_shut_at < window() && box.open) {
        broken("P13", fmt::format("deposited behind door {}, which is open", number_of(number)));
    }
    const bool changed = box.opened_at >= window() || box.open;
    if (box.inside.empty() && !changed && !may_seem_full(number)) {
        broken("P13", fmt::format("deposited behind door {}, which is empty", number_of(number)));
    }
    const auto leave = fact.authorisation ? leaves_.find(*fact.authorisation) : leaves_.end();
    if (leave == leaves_.end() || leave->second.compartment != number) {
        broken("P13", "deposited under no leave for that door");
    }
}

void Judge::on_taken_out(const Fact& fact) {
    const auto number = *fact.compartment;
    const auto& box = p_.doors.box(number);
    const bool changed = box.opened_at >= window() || box.open;
    const bool there =
        std::find(box.inside.begin(), box.inside.end(), *fact.delivery) != box.inside.end();
    if (there && !changed && !may_hide_something(number)) {
        broken("P14", fmt::format("{} counts as taken and lies behind door {}",
                                  fact.delivery->str(), number_of(number)));
    }
}

}  // namespace lucheng::simulation
