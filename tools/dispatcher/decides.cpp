// What dispatch asks for next. Every rule looks at the ledger, so none depends on what was in
// memory before a restart.
#include <algorithm>
#include <fmt/format.h>
#include <tuple>

#include "protocol/sealing.hpp"
#include "tools/dispatcher/dispatcher.hpp"

namespace lucheng::dispatcher {

using namespace std::chrono_literals;
using protocol::number_of;

namespace {

// A cabinet's clock may run behind ours.
constexpr auto expired_for_certain_after = 1min;
constexpr std::size_t under_way_most = 8;  // to one cabinet
constexpr auto events_are_late_after = 2s;
constexpr auto replay_again_after = 5s;
constexpr std::uint64_t entries_an_acknowledgement = 50;
constexpr auto or_after_quiet = 500ms;

std::size_t free_for(const protocol::StateReport& state, protocol::SizeClass least) {
    using protocol::SizeClass;
    std::size_t free = state.free_large;  // a larger one will do
    if (least <= SizeClass::medium) free += state.free_medium;
    if (least <= SizeClass::small) free += state.free_small;
    return free;
}

}  // namespace

bool Dispatcher::is_ready(const protocol::CabinetId& id) const {
    const auto found = cabinets_.find(id);
    return found != cabinets_.end() && found->second.status && found->second.state &&
           found->second.status->link == protocol::Link::ready;
}

void Dispatcher::decide() {
    drop_expired();
    cancel_unwanted();
    follow_epochs();
    assign_waiting();
    for (auto& [id, cabinet] : cabinets_) {
        if (!is_ready(id)) continue;
        replay_gap(id, cabinet);
        acknowledge(id, cabinet);
    }
}

// No cabinet takes it any more. Was it done, and the reply lost? The same cabinet knows: it is
// asked under a new id and revision, and answers `delivery_exists` if so.
void Dispatcher::drop_expired() {
    const auto now = wall_time();
    for (auto at = pending_.begin(); at != pending_.end();) {
        if (now < at->second.order.expires_at + expired_for_certain_after) {
            ++at;
            continue;
        }
        const Order order = std::move(at->second.order);
        at = pending_.erase(at);
        ledger_.answered(order.id, "");
        say(fmt::format("{} did not answer in time: {} {}", order.cabinet.str(), order.verb,
                        order.delivery.str()));
        const auto delivery = live_.find(order.delivery);
        // A cancel is asked for anew by its own rule.
        if (order.verb != "cancel" && delivery != live_.end() &&
            delivery->second.stage == Stage::asked) {
            keep(delivery->second, Stage::waiting);
        }
    }
}

void Dispatcher::assign_waiting() {
    if (waiting_.empty()) return;
    count_under_way();
    const bool any_room = std::any_of(cabinets_.begin(), cabinets_.end(), [&](const auto& one) {
        return is_ready(one.first) && room(one.second, protocol::SizeClass::small) > 0;
    });
    const auto waiting = waiting_;
    for (const auto& id : waiting) {
        Delivery& delivery = live_.at(id);
        if (!any_room && delivery.cabinet.empty()) continue;
        const auto* cabinet = choose(delivery);
        if (cabinet == nullptr) continue;
        delivery.cabinet = *cabinet;
        delivery.compartment.reset();
        ++delivery.revision;
        ++cabinets_.at(*cabinet).under_way;
        keep(delivery, Stage::asked);
        ask(*cabinet, assignment(delivery.request, delivery.revision), id);
    }
}

// What was refused for its time may be done none the less, when its bytes come again and the
// cabinet's clock is another: then it stands in a compartment that nobody will open.
void Dispatcher::cancel_unwanted() {
    for (const auto& entry : unwanted_) {
        const auto& one = entry.second;
        const auto later = not_before_.find(entry.first);
        if (later != not_before_.end() && later->second > steady_time()) continue;
        const bool under_way =
            std::any_of(pending_.begin(), pending_.end(), [&](const auto& pending) {
                const auto& order = pending.second.order;
                return order.verb == "cancel" && order.delivery == one.delivery &&
                       order.cabinet == one.cabinet;
            });
        if (under_way || !is_ready(one.cabinet)) continue;
        ask(one.cabinet, protocol::Cancel{one.delivery, protocol::Revision{one.revision}},
            one.delivery);
    }
}

bool Dispatcher::may_try(const Delivery& delivery, const protocol::CabinetId& id) const {
    if (!is_ready(id)) return false;
    const auto refused = not_before_.find({delivery.request.delivery, id});
    return refused == not_before_.end() || refused->second <= steady_time();
}

// Asked for or assigned, and too new for the cabinet's last state to show it.
void Dispatcher::count_under_way() {
    for (auto& [id, cabinet] : cabinets_) {
        cabinet.under_way = 0;
        if (!cabinet.state) continue;
        std::set<protocol::DeliveryId> shown;
        for (const auto& one : cabinet.state->compartments) {
            if (one.delivery) shown.insert(*one.delivery);
        }
        for (const auto& [delivery, ours] : live_) {
            if (ours.cabinet != id || shown.contains(delivery)) continue;
            if (ours.stage == Stage::asked || ours.stage == Stage::assigned) ++cabinet.under_way;
        }
    }
}

// Free by the cabinet's last word, less what is on its way there.
std::size_t Dispatcher::room(const Cabinet& cabinet, protocol::SizeClass size) {
    const auto& state = *cabinet.state;
    if (!state.in_service || state.store_low) return 0;
    const auto free = free_for(state, size);
    if (cabinet.under_way >= under_way_most || cabinet.under_way >= free) return 0;
    return free - cabinet.under_way;
}

const protocol::CabinetId* Dispatcher::choose(const Delivery& delivery) {
    const auto& request = delivery.request;
    const auto group_is_at = [&](const protocol::CabinetId& id) {
        return !request.group.empty() &&
               std::any_of(live_.begin(), live_.end(), [&](const auto& one) {
                   return one.second.request.group == request.group && one.second.cabinet == id;
               });
    };
    const protocol::CabinetId* best = nullptr;
    std::pair<bool, std::size_t> best_rank{};
    for (auto& [id, cabinet] : cabinets_) {
        if (!may_try(delivery, id) || !can_seal(id, cabinet)) continue;
        if (unwanted_.contains({request.delivery, id})) continue;
        // It may be there already: only that cabinet can tell, full or not.
        if (delivery.cabinet == id) return &id;
        if (!delivery.cabinet.empty()) continue;
        if (!request.cabinet.empty() && request.cabinet != id) continue;
        const auto free = room(cabinet, request.size);
        if (free == 0) continue;
        const std::pair rank{group_is_at(id), free};
        if (best == nullptr || rank > best_rank) std::tie(best, best_rank) = std::tuple{&id, rank};
    }
    return best;
}

bool Dispatcher::can_seal(const protocol::CabinetId& id, Cabinet& cabinet) {
    if (protocol::sealing_key_in(options_.sealing_keys, id)) return true;
    if (!cabinet.told_no_key) {
        say(fmt::format("{} gets nothing: no right line for it in the file of sealing keys",
                        id.str()));
    }
    cabinet.told_no_key = true;
    return false;
}

// A cabinet that lost its memory takes over ours: what lies in it is adopted in its compartment,
// what was only reserved is asked for anew.
void Dispatcher::follow_epochs() {
    std::vector<protocol::DeliveryId> strayed;
    for (const auto& [id, delivery] : live_) {
        const bool there = delivery.stage == Stage::assigned || is_inside(delivery.stage);
        if (!there || !may_try(delivery, delivery.cabinet) || is_asked(id)) continue;
        if (delivery.epoch != cabinets_.at(delivery.cabinet).state->journal.epoch) {
            strayed.push_back(id);
        }
    }
    for (const auto& id : strayed) {
        Delivery& delivery = live_.at(id);
        if (!is_inside(delivery.stage)) {
            keep(delivery, Stage::waiting);
            continue;
        }
        if (!delivery.compartment || !can_seal(delivery.cabinet, cabinets_.at(delivery.cabinet))) {
            continue;
        }
        ++delivery.revision;
        keep(delivery, delivery.stage);
        ask(delivery.cabinet,
            protocol::Adopt{assignment(delivery.request, delivery.revision), *delivery.compartment},
            id);
    }
}

void Dispatcher::replay_gap(const protocol::CabinetId& id, Cabinet& cabinet) {
    const auto now = steady_time();
    const auto& head = cabinet.state->journal;
    const auto& journal = cabinet.journals.at(head.epoch);
    if (journal.taken >= number_of(head.number)) {
        cabinet.level = now;
        return;
    }
    const bool late = now - cabinet.level > events_are_late_after;
    if (!(cabinet.gap || late) || now < cabinet.next_replay || is_asked(id, "replay")) return;
    cabinet.next_replay = now + replay_again_after;
    const auto from = std::max(journal.taken, number_of(head.pruned)) + 1;
    say(fmt::format("{} is to send again, from {}", id.str(), from));
    ask(id, protocol::Replay{journal.epoch, protocol::JournalNumber{from}});
}

void Dispatcher::acknowledge(const protocol::CabinetId& id, Cabinet& cabinet) {
    const auto now = steady_time();
    const auto& journal = cabinet.journals.at(cabinet.state->journal.epoch);
    const auto more = journal.taken - journal.acknowledged;
    if (more == 0 || now < cabinet.next_acknowledge || is_asked(id, "acknowledge")) return;
    if (more < entries_an_acknowledgement && now - cabinet.progress < or_after_quiet) return;
    ask(id,
        protocol::Acknowledge{journal.epoch, protocol::JournalNumber{journal.taken}, journal.hash});
}

}  // namespace lucheng::dispatcher
