#include "tests/simulation/judge.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

#include "protocol/codec.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;
using protocol::number_of;

namespace {

// Refused for the moment, and not kept: the same message may fare better later.
bool is_for_now(const protocol::Reply& reply) {
    if (!reply.refusal) return false;
    switch (reply.refusal->reason) {
        case Reason::expired:
        case Reason::not_yet_valid:
        case Reason::wrong_boot:
        case Reason::too_old:
        case Reason::too_many_commands:
        case Reason::set_aside:
        case Reason::retained:
        case Reason::id_reused:
        case Reason::unknown_key: return true;  // revoked since, or not yet named
        default: return false;
    }
}

bool is_of_the_journal(const protocol::Verb& verb) {
    return std::holds_alternative<protocol::Replay>(verb) ||
           std::holds_alternative<protocol::Acknowledge>(verb);
}

constexpr auto remembered = std::chrono::hours{24 * 7 - 2};

}  // namespace

void Judge::disk_was_lost() {
    disk_lost_ = true;
    told_head_ = 0;
    hashes_.clear();
    leaves_.clear();
    pulses_.clear();
    effects_.clear();
    promised_.clear();
    services_told_.clear();
    services_recorded_.clear();
    answers_.clear();
    said_.clear();
    lost_at_ = p_.time.now();
    told_.clear();
    notice_ = {};
    notice_over_ = false;
    stored_.clear();
    returns_.clear();
    awaited_.clear();
    out_of_service_.clear();
    walked_.clear();
    staff_granted_ = walk_owed_ = false;
    wrong_in_row_ = 0;
    row_known_ = true;
    wrong_today_.clear();
    low_ = false;
    // Without a sensor, only whoever adopts what lies there, or is put there before the new ledger
    // begins, can tell of it.
    for (const auto& [number, box] : p_.doors.boxes()) {
        if (!box.spec.has_sensor && (box.open || !box.inside.empty())) misled(number);
    }
}

void Judge::opened(const protocol::JournalHead& head) {
    booted_at_ = p_.time.now();
    first_entry_ = number_of(head.number) + 1;
    p_.disk.forget_failures();
    if (head.epoch != epoch_) {
        if (!disk_lost_) broken("P10", "a new epoch, though the disk was not lost");
        epoch_ = head.epoch;
        taken_ = sent_ = 0;
        disk_lost_ = false;
        return;
    }
    if (number_of(head.number) < told_head_) {
        broken("P8", fmt::format("the record ends at {}, and {} was told to be durable",
                                 number_of(head.number), told_head_));
    }
    const auto number = number_of(head.number);
    if (number > 0 && number <= hashes_.size() && hashes_[number - 1] != head.hash) {
        broken("P19", "the newest entry is not what it was");
    }
}

void Judge::booted() { rows_to_compare_ = true; }

// The rows and the record are one transaction: they tell the same of every delivery.
void Judge::compare_rows() {
    rows_to_compare_ = false;
    std::map<DeliveryId, CompartmentNumber> rows;
    for (const auto& line : p_.machine.loop().state().compartments) {
        if (line.delivery) rows.emplace(*line.delivery, line.number);
    }
    for (const auto& [id, told] : told_) {
        const auto row = rows.find(id);
        const auto place = row == rows.end() ? std::nullopt : std::optional{row->second};
        if (place != told.place) broken("P9", "rows and record disagree about " + id.str());
    }
    compare_returns();
}

void Judge::gone(const std::string& how) {
    // Power cuts, failures and a full disk damage no file: that is the store's to prevent.
    if (how.starts_with(Machine::condemned)) broken("P9", how);
    // What the tables themselves refuse must never get so far.
    if (how.find("SQLITE_CONSTRAINT") != std::string::npos) broken("P9", how);
    if (how.find("FULL") != std::string::npos && p_.disk.ran_full() && p_.disk.reserved() > 0 &&
        !p_.disk.has_failed()) {
        broken("P21", "left because of a full disk, with the ballast still there");
    }
    p_.disk.forget_failures();
    // A door that had not yet settled may spring back, and its opening goes on: nothing can tell
    // that from a hand in the dark.
    for (auto& [number, at] : closed_) {
        if (at + 2s > p_.time.now() || p_.machine.stalled()) at = Milliseconds{-1};
    }
    if (asking_ > 0) row_known_ = false;
    asking_ = 0;
}

void Judge::pulsed(const core::PulseLock& pulse) {
    pulses_.push_back({pulse, first_entry_});
    if (p_.disk.sync_failed()) broken("P16", "a pulse after a failed sync");
    if (p_.machine.all_told()) settle_pulses();
}

// Everything durable has been read: whoever was pulsed for must be in the record.
void Judge::settle_pulses() {
    for (const auto& pulse : pulses_) check_pulse(pulse);
    pulses_.clear();
}

void Judge::check_pulse(const Pulse& pulse) {
    const auto number = number_of(pulse.asked.compartment);
    const auto id = number_of(pulse.asked.authorisation);
    const auto found = leaves_.find(pulse.asked.authorisation);
    if (found == leaves_.end()) {
        broken("P2", fmt::format("door {} was pulsed for #{}, which is not durable", number, id));
    }
    Leave& leave = found->second;
    if (leave.compartment != pulse.asked.compartment) {
        broken("P4", fmt::format("#{} was for another door than {}", id, number));
    }
    if (leave.entry < pulse.first_entry) {
        broken("P3", fmt::format("door {} was pulsed for #{} of an earlier run", number, id));
    }
    const auto attempt = pulse.asked.attempt;
    const bool again =
        std::find(leave.attempts.begin(), leave.attempts.end(), attempt) != leave.attempts.end();
    leave.attempts.push_back(attempt);
    if (again || leave.attempts.size() > 3) {
        broken("P3", fmt::format("door {} was pulsed once too often for #{}", number, id));
    }
}

void Judge::settle_replies() {
    for (const auto& id : promised_) {
        if (!effects_.contains(id))
            broken("P8", "answered with ok, but not in the record: " + id.str());
    }
    promised_.clear();
}

void Judge::settle_services() {
    for (const auto& [what, times] : services_told_) {
        if (times <= services_recorded_[what]) continue;
        broken("P9", fmt::format("door {} was taken {} service, and the record does not say so",
                                 number_of(what.first), what.second ? "into" : "out of"));
    }
}

void Judge::replied(const Order& order, const protocol::Reply& reply, const std::string& bytes) {
    if (reply.refusal && reply.refusal->reason == Reason::id_reused) return;
    if (is_of_the_journal(order.verb)) return;
    if (!said_.contains(bytes)) return;  // before the disk was lost; it was long on its way
    // Which of two bodies under one id a new ledger sees first is chance.
    const bool known_once = Clocks::begin + lost_at_ > order.issued_at;
    if (known_once && p_.dispatch.has_reused(order.id)) return;
    const auto [known, first] = answers_.try_emplace(order.id);
    if (is_for_now(reply)) {
        const auto age = Clocks::begin + p_.time.now() - order.issued_at;
        const bool by_machinery = reply.refusal->reason == Reason::set_aside ||
                                  reply.refusal->reason == Reason::retained ||
                                  reply.refusal->reason == Reason::unknown_key;
        if (!known->second.empty() && age < remembered && !by_machinery) {
            broken("P6", "once answered, now refused: " + bytes);
        }
        if (known->second.empty()) answers_.erase(known);
        return;
    }
    if (!known->second.empty() && known->second != bytes) {
        broken("P6", "two answers to one command: " + known->second + " and " + bytes);
    }
    known->second = bytes;
    if (reply.refusal || std::holds_alternative<protocol::Snapshot>(order.verb)) return;
    if (!effects_.contains(order.id)) promised_.insert(order.id);
    if (p_.machine.all_told()) settle_replies();
}

void Judge::overheard(const daemon::LinkMessage& message) {
    if (message.bytes.find("CARD-") != std::string::npos) {
        broken("P20", "a card number in a message: " + message.bytes);
    }
    if (message.topic.ends_with("/reply")) said_.insert(message.bytes);
    if (message.topic.ends_with("/event")) check_order(message);
    if (message.topic.ends_with(reused_topic)) check_other_body(message);
}

namespace {

// Of the entry in an event: read in full where it arrives.
std::uint64_t number_in(const daemon::LinkMessage& event) {
    constexpr std::string_view before = R"(\"number\":)";
    const auto found = event.bytes.find(before);
    if (found == std::string::npos) return 0;
    return std::strtoull(event.bytes.c_str() + found + before.size(), nullptr, 10);
}

}  // namespace

// Entries leave one after the other, and again from the first that the broker does not have.
void Judge::check_order(const daemon::LinkMessage& event) {
    const auto number = number_in(event);
    if (number == 0 || number > sent_ + 1) {
        broken("P11", fmt::format("entry {} leaves, and the broker has none after {}", number,
                                  std::max(sent_, taken_)));
    }
    sent_ = std::max(sent_, number);
}

void Judge::taken(const daemon::LinkMessage& message) {
    if (message.topic.ends_with("/event") && number_in(message) == taken_ + 1) ++taken_;
    sent_ = std::max(sent_, taken_);
}

// Whoever sends something else under an id that was answered gets a refusal, and not that answer.
void Judge::check_other_body(const daemon::LinkMessage& message) {
    const auto reply = protocol::decode_reply(message.bytes);
    if (!reply) broken("P6", "a reply that cannot be read: " + message.bytes);
    const auto first = answers_.find(reply.value().id);
    const auto order = p_.dispatch.orders().find(reply.value().id);
    if (first == answers_.end() || first->second.empty()) return;
    const auto age = Clocks::begin + p_.time.now() - order->second.issued_at;
    if (age < remembered && !is_for_now(reply.value())) {
        broken("P6", "another body under a known id was answered: " + message.bytes);
    }
}

constexpr auto answered_within = 100min;  // dispatch repeats itself every 20 minutes

void Judge::look_at_talk(bool is_well) {
    const auto now = p_.time.now();
    if (!is_well) unwell_at_ = now;
    if (now < std::max(unwell_at_, booted_at_) + answered_within) return;
    for (const auto& id : p_.dispatch.unanswered()) {
        const auto asked_at = p_.dispatch.orders().at(id).issued_at - Clocks::begin;
        if (now > asked_at + answered_within) {
            broken("P7", "all was well for 100 minutes, and not answered: " + id.str());
        }
    }
}

// After everything that can happen in one moment has happened.
void Judge::look() {
    const auto now = p_.time.now();
    if (p_.machine.runs()) ran_ += now - looked_at_;
    looked_at_ = now;
    if (!p_.machine.serves()) return;
    if (p_.disk.sync_failed()) broken("P16", "went on after a failed sync");
    told_head_ = std::max(told_head_, number_of(p_.machine.loop().head().number));
    if (p_.machine.all_told()) {
        settle_pulses();
        settle_replies();
        settle_services();
        check_need_of_walk();
        if (rows_to_compare_) compare_rows();
    }
    if (told_head_ != checked_head_) check_state();
    checked_head_ = told_head_;
    check_open_doors();
    check_stolen();
    check_returned_books();
}

void Judge::check_state() {
    std::set<DeliveryId> seen;
    for (const auto& line : p_.machine.loop().state().compartments) {
        if (line.delivery && !seen.insert(*line.delivery).second) {
            broken("P1", line.delivery->str() + " is in two compartments");
        }
    }
}

// What the record calls stored lies there, as far as a sensor that is in order can tell.
void Judge::check_stolen() {
    constexpr auto noticed_within = 20s;
    const auto now = p_.time.now();
    if (p_.machine.stalled() || !p_.machine.all_told()) return;
    for (const auto& [number, stored] : stored_) {
        const auto& box = p_.doors.boxes().at(number);
        if (!box.inside.empty() || !box.spec.has_sensor || box.open || box.lost || box.stuck)
            continue;
        if (box.wrong_until >= box.shut_at) continue;
        const auto since = std::max({box.shut_at, booted_at_, box.readable_since, stored.second});
        if (now > since + noticed_within) {
            broken("P14", fmt::format("{} is gone from behind door {}, and nobody knows",
                                      stored.first.str(), number_of(number)));
        }
    }
}

// Nobody shuts a door that the screen calls shut. For a moment it may: contacts bounce.
void Judge::check_screen_of_open(const core::Screen& screen) {
    const auto now = p_.time.now();
    const bool called_shut = screen.name == core::ScreenName::settling && screen.compartment &&
                             p_.doors.box(*screen.compartment).open &&
                             !p_.doors.box(*screen.compartment).lost;
    if (!called_shut) return called_shut_at_.reset();
    if (!called_shut_at_) called_shut_at_ = now;
    if (now > *called_shut_at_ + 5s) {
        broken("P23", fmt::format("door {} stands open, and the screen has it shut",
                                  number_of(*screen.compartment)));
    }
}

// The newest notice is on the screen, as long as it is meant to be; when its time is over, the
// cabinet looks at the clock within the hour.
void Judge::check_notice(const core::Screen& screen) {
    const auto now = p_.time.now();
    const auto clock = p_.machine.clock_says();
    const bool is_over = notice_.until && clock.trusted && clock.wall >= *notice_.until;
    if (is_over) notice_over_ = true;  // and gone for good, if the cabinet has looked meanwhile
    const bool says_it = screen.chinese == notice_.chinese && screen.english == notice_.english;
    const bool says_nothing = screen.chinese.empty() && screen.english.empty();
    const bool cannot_tell = notice_over_ && says_it && !is_over;
    if ((notice_over_ ? says_nothing : says_it) || cannot_tell || !p_.machine.all_told()) {
        return miscalled_at_.reset();
    }
    if (!miscalled_at_) miscalled_at_ = now;
    const auto patience = notice_over_ && says_it ? Milliseconds{61min} : Milliseconds{5s};
    if (now > std::max(*miscalled_at_, booted_at_) + patience) {
        broken("P23", fmt::format("the screen says \"{}\", and was told \"{}\"", screen.chinese,
                                  notice_over_ ? "" : notice_.chinese));
    }
}

void Judge::check_open_doors() {
    const auto now = p_.time.now();
    if (p_.machine.stalled()) {
        miscalled_at_.reset();
        return called_shut_at_.reset();
    }
    const auto screen = p_.machine.loop().screen();
    check_screen_of_open(screen);
    check_notice(screen);
    for (const auto& [number, box] : p_.doors.boxes()) {
        if (!box.open || box.lost) continue;
        const auto since =
            std::max({box.opened_at, booted_at_, box.readable_since, box.bounced_at});
        const auto at = [number = number](const auto& facts) {
            const auto found = facts.find(number);
            return found == facts.end() ? Milliseconds{-1} : found->second;
        };
        // A leave that was given and not yet shut covers a door that a hand has opened.
        const bool covered = at(unlocked_) > at(closed_) || at(unlocked_) >= box.opened_at - 30s;
        if (box.by_force && !covered && now > since + 1'500ms && at(forced_) < box.opened_at) {
            broken("P22",
                   fmt::format("door {} was forced, and nobody was told", number_of(number)));
        }
        if (now > since + 65s && at(ajar_) < box.opened_at && now > recorded_at_ + 1s) {
            broken("P22",
                   fmt::format("door {} stands open, and nobody was told", number_of(number)));
        }
    }
}

}  // namespace lucheng::simulation
