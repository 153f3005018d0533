// Credentials: what they open, and how often they may be guessed.
#include <algorithm>
#include <fmt/format.h>

#include "tests/simulation/judge.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;
using protocol::number_of;

namespace {

constexpr auto session_at_most = 40min;
// From one word at the screen to the next door: a door is taken for left after a minute.
constexpr auto at_screen_at_most = 3min;

}  // namespace

bool Judge::lives(const std::string& code) const {
    return std::any_of(told_.begin(), told_.end(), [&](const auto& entry) {
        const Told& told = entry.second;
        return told.inside && !told.recalling && told.place && told.code == code;
    });
}

void Judge::presenting(const std::string& text, bool card) {
    shown_.push_back({text, card, p_.time.now()});
    while (shown_.front().at < p_.time.now() - session_at_most) shown_.pop_front();
    ++asking_;
    code_lived_ = !card && p_.machine.all_told() && lives(text);
}

void Judge::presented(const People::Presented& done) {
    asking_ = std::max(asking_ - 1, 0);
    if (!done.refused) {
        wrong_in_row_ = 0;
        row_known_ = true;
        right_unread_ = !p_.machine.all_told();  // what was wrong before it may come to light yet
        return;
    }
    const bool token = !done.card && done.text.size() == protocol::token_digits;
    if ((done.card || token) && *done.refused == Reason::locked_out) {
        broken("P17", "a lock-out shuts out a card or a token");
    }
    if (*done.refused != Reason::code_unknown || !code_lived_.value_or(false)) return;
    if (!lives(done.text)) return;
    // A recall decided before it may be in the same transaction, and is read after it.
    p_.time.after(1s, [this, text = done.text] {
        if (!p_.machine.all_told() || !lives(text)) return;
        broken("P5", "a code was refused that opens a delivery here");
    });
}

// A wrong code was judged, says the record. In time that the cabinet ran, since neither a clock
// step nor a restart forgives anything.
void Judge::check_attempts() {
    if (p_.machine.stalled()) row_known_ = false;
    const auto since = ran_ - last_wrong_ran_;
    last_wrong_ran_ = ran_;
    ++wrong_in_row_;
    const auto least = !row_known_ ? 0s : wrong_in_row_ == 5 ? 300s : wrong_in_row_ > 5 ? 120s : 0s;
    if (since < least) {
        broken("P17", fmt::format("wrong code {} in a row was judged after {} s", wrong_in_row_,
                                  since / 1s));
    }
    wrong_today_.push_back(ran_);
    while (wrong_today_.front() < ran_ - 23h) wrong_today_.pop_front();
    if (wrong_today_.size() > 100) broken("P17", "more than a hundred wrong codes in a day");
}

bool Judge::is_key_to(const DeliveryId& id, const Secret& shown) const {
    const auto found = told_.find(id);
    if (found == told_.end()) return false;
    const Told& told = found->second;
    if (shown.card) return shown.text == told.card;
    if (shown.text == told.code || shown.text == told.token) return true;
    return std::any_of(told.before.begin(), told.before.end(), [&](const auto& old) {
        return old.first == shown.text && old.second >= shown.at - 1min;
    });
}

// Somebody was let in: by a key that was shown here, to a delivery that lives.
void Judge::on_unlock(const protocol::Fact& fact) {
    const auto now = p_.time.now();
    const auto number = *fact.compartment;
    leaves_[*fact.authorisation] = {.compartment = number,
                                    .delivery = fact.delivery,
                                    .purpose = *fact.purpose,
                                    .entry = hashes_.size(),
                                    .attempts = {}};
    unlocked_[number] = now;
    graces_.erase(number);
    if (fact.means == protocol::Means::remote) {
        const auto order =
            fact.command ? p_.dispatch.orders().find(*fact.command) : p_.dispatch.orders().end();
        const auto* open = order == p_.dispatch.orders().end()
                               ? nullptr
                               : std::get_if<protocol::Open>(&order->second.verb);
        if (open == nullptr || open->compartment != number) {
            broken("P4", "a remote opening that nobody asked for");
        }
        return;
    }
    if (touched_at_ < window() - at_screen_at_most) {
        broken("P5",
               fmt::format("door {} was opened for somebody who is long gone", number_of(number)));
    }
    if (fact.purpose == protocol::Purpose::pickup) return check_pickup(fact);
    if (fact.purpose == protocol::Purpose::returning) return on_unlock_for_return(fact);
    if (fact.means == protocol::Means::local) return check_inspection(fact);
    const bool courier = std::any_of(shown_.begin(), shown_.end(), [&](const Secret& secret) {
        return secret.text == (secret.card ? p_.people.courier_card() : p_.people.courier_code());
    });
    if (!courier) broken("P5", "a courier's door was opened without a courier");
}

// Staff look behind a door: then they are there, and have shown that they are staff.
void Judge::check_inspection(const protocol::Fact& fact) {
    const bool walks = fact.purpose == protocol::Purpose::walk;
    if (!walks && fact.purpose != protocol::Purpose::inspection) {
        broken("P5", fmt::format("door {} was opened for staff, for no look behind it",
                                 number_of(*fact.compartment)));
    }
    if (!staff_granted_) {
        broken("P5", fmt::format("door {} was opened for staff whose leave was taken",
                                 number_of(*fact.compartment)));
    }
    if (walks) walked_.insert(*fact.compartment);
    const bool staff = std::any_of(shown_.begin(), shown_.end(), [&](const Secret& secret) {
        return secret.text == (secret.card ? p_.people.staff_card() : p_.people.staff_code());
    });
    if (!staff) {
        broken("P5", fmt::format("door {} was opened for staff, and none have come",
                                 number_of(*fact.compartment)));
    }
}

void Judge::check_pickup(const protocol::Fact& fact) {
    const auto& id = *fact.delivery;
    const Told& told = told_[id];
    if (told.last_place != fact.compartment) {
        broken("P4", fmt::format("door {} was opened for {}, which lies elsewhere",
                                 number_of(*fact.compartment), id.str()));
    }
    const auto& mates = p_.dispatch.parcels();
    const auto self = mates.find(id);
    const bool shown = std::any_of(shown_.begin(), shown_.end(), [&](const Secret& secret) {
        if (is_key_to(id, secret)) return true;
        return std::any_of(mates.begin(), mates.end(), [&](const auto& mate) {
            return self != mates.end() && !self->second.group.empty() &&
                   mate.second.group == self->second.group && is_key_to(mate.first, secret);
        });
    });
    if (!shown) broken("P5", "nobody has shown a key to " + id.str());
    if (told.recalling) broken("P5", "opened for pickup after its recall: " + id.str());
    if (told.place) {
        if (!told.inside) broken("P5", "opened for pickup before its deposit: " + id.str());
        return;
    }
    for (const auto& [other, there] : told_) {
        if (there.place == fact.compartment) {
            broken("P4", fmt::format("opened again for {}, where {} lies", id.str(), other.str()));
        }
    }
    if (told.ended_at < window() - 125s) {
        broken("P5", "opened for pickup after its end: " + id.str());
    }
}

}  // namespace lucheng::simulation
