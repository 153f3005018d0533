#include "tools/dispatcher/check.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace lucheng::dispatcher {

using namespace std::chrono_literals;
using protocol::DeliveryState;
using protocol::number_of;

namespace {

constexpr auto looked_again_every = 200ms;

bool fits(Stage stage, DeliveryState state) {
    switch (state) {
        case DeliveryState::assigned:
        case DeliveryState::depositing: return stage == Stage::assigned || stage == Stage::asked;
        case DeliveryState::stored:
        case DeliveryState::collecting: return stage == Stage::deposited;
        case DeliveryState::expired: return stage == Stage::expired;
        case DeliveryState::recalling: return stage == Stage::recalling;
        case DeliveryState::disputed: return stage == Stage::disputed;
        case DeliveryState::not_deposited:
        case DeliveryState::cancelled:
        case DeliveryState::collected:
        case DeliveryState::recalled: return has_ended(stage);
    }
    return false;
}

std::string of_journal(const Journal& journal, const protocol::JournalHead& head) {
    if (head.epoch != journal.epoch) {
        return fmt::format("the journal is {}, the ledger has {}", head.epoch.str(),
                           journal.epoch.str());
    }
    if (number_of(head.number) != journal.taken) {
        return fmt::format("the journal is at {}, the ledger at {}", number_of(head.number),
                           journal.taken);
    }
    if (head.hash != journal.hash) {
        return fmt::format("entry {} has another hash than in the ledger", journal.taken);
    }
    return {};
}

std::string of_compartment(const std::map<protocol::DeliveryId, const Delivery*>& ours,
                           const protocol::CompartmentReport& one) {
    const auto number = number_of(one.number);
    const auto state = one.delivery_state.value_or(DeliveryState::assigned);
    const auto found = ours.find(*one.delivery);
    if (found == ours.end()) {
        return fmt::format("{} is {} behind door {}, and not in the ledger", one.delivery->str(),
                           code_of(state), number);
    }
    const Delivery& delivery = *found->second;
    if (!fits(delivery.stage, state)) {
        return fmt::format("{} is {}, by the ledger {}", one.delivery->str(), code_of(state),
                           code_of(delivery.stage));
    }
    if (delivery.compartment != one.number && delivery.stage != Stage::asked) {
        return fmt::format("{} is behind door {}, by the ledger behind {}", one.delivery->str(),
                           number, delivery.compartment ? number_of(*delivery.compartment) : 0);
    }
    return {};
}

}  // namespace

std::vector<std::string> disagreements(const std::vector<Delivery>& live, const Journal& journal,
                                       const protocol::StateReport& state) {
    std::vector<std::string> found;
    const auto add = [&](const std::string& what) {
        if (!what.empty()) found.push_back(state.cabinet.str() + ": " + what);
    };
    add(of_journal(journal, state.journal));
    std::map<protocol::DeliveryId, const Delivery*> ours;
    for (const auto& delivery : live) {
        if (delivery.cabinet == state.cabinet) ours.emplace(delivery.request.delivery, &delivery);
    }
    for (const auto& one : state.compartments) {
        if (!one.delivery) continue;
        // One that has ended stays behind its door for the time of grace; here it is gone.
        const bool known = ours.contains(*one.delivery);
        if (!known && one.delivery_state && fits(Stage::collected, *one.delivery_state)) continue;
        add(of_compartment(ours, one));
        ours.erase(*one.delivery);
    }
    for (const auto& [id, delivery] : ours) {
        if (delivery->stage != Stage::assigned && !is_inside(delivery->stage)) continue;
        add(fmt::format("{} is {} by the ledger, and not there", id.str(),
                        code_of(delivery->stage)));
    }
    return found;
}

namespace {

class Check {
public:
    Check(Ledger& ledger, const LinkOptions& link, const std::set<protocol::CabinetId>& cabinets,
          std::chrono::seconds patience)
        : ledger_{ledger},
          cabinets_{cabinets},
          timer_{io_},
          end_{std::chrono::steady_clock::now() + patience},
          link_{
              io_,
              link,
              {.connected = [this] { connected_ = true; },
               .lost = [this](const std::string& why) { trouble_ = why; },
               .message = [this](const std::string&, const std::string& bytes) { hear(bytes); }}} {}

    int run() {
        link_.start();
        look();
        io_.run();
        if (!connected_) throw Failure{trouble_ + " within the time", exit_code::in_vain};
        for (const auto& line : found_) fmt::print("{}\n", line);
        if (found_.empty()) fmt::print("{} cabinets agree with the ledger\n", states_.size());
        return found_.empty() ? exit_code::done : exit_code::no;
    }

private:
    void hear(const std::string& bytes) {
        // Of what comes on the other topics, nothing reads as a state.
        const auto state = protocol::decode_state(bytes);
        if (!state) return;
        const auto& id = state.value().cabinet;
        if (cabinets_.empty() || cabinets_.contains(id)) states_[id] = state.value();
    }

    void look() {
        compare();
        const bool settled = connected_ && !states_.empty() && found_.empty();
        if (settled || std::chrono::steady_clock::now() >= end_) return io_.stop();
        timer_.expires_after(looked_again_every);
        timer_.async_wait([this](const boost::system::error_code&) { look(); });
    }

    void compare() {
        found_.clear();
        ledger_.begin();  // one moment of the ledger
        const auto live = ledger_.live();
        const auto journals = ledger_.journals();
        ledger_.commit();
        std::set<protocol::CabinetId> known = cabinets_;
        for (const auto& journal : journals) {
            if (cabinets_.empty() || cabinets_.contains(journal.cabinet)) {
                known.insert(journal.cabinet);
            }
        }
        for (const auto& [id, state] : states_) {
            known.erase(id);
            Journal newest{.cabinet = id, .epoch = {}};
            for (const auto& journal : journals) {
                if (journal.cabinet != id) continue;
                if (newest.epoch != state.journal.epoch) newest = journal;
            }
            const auto here = disagreements(live, newest, state);
            found_.insert(found_.end(), here.begin(), here.end());
        }
        for (const auto& id : known) found_.push_back(id.str() + ": the broker has no state of it");
    }

    Ledger& ledger_;
    std::set<protocol::CabinetId> cabinets_;
    boost::asio::io_context io_;
    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point end_;
    std::map<protocol::CabinetId, protocol::StateReport> states_;
    std::vector<std::string> found_;
    bool connected_ = false;
    std::string trouble_ = "the broker does not answer";
    Link link_;
};

}  // namespace

int check(Ledger& ledger, LinkOptions link, const std::set<protocol::CabinetId>& cabinets,
          std::chrono::seconds patience) {
    link.client_id += "-check";  // the dispatcher itself may be running
    link.session_expiry = 0s;
    return Check{ledger, link, cabinets, patience}.run();
}

}  // namespace lucheng::dispatcher
