// Whether the promises were kept, judged from outside: by what happened to books, doors and
// messages, and by the record as it can be read after it became durable. Knows no rule of the
// cabinet's own; each check names its promise.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tests/simulation/people.hpp"

namespace lucheng::simulation {

// A promise that was not kept ends the run.
class Broken : public std::runtime_error {
public:
    Broken(std::string which, const std::string& how)
        : std::runtime_error{which + ": " + how}, promise{std::move(which)} {}
    std::string promise;
};

struct JudgeParts {
    Timeline& time;
    Disk& disk;
    Machine& machine;
    Doors& doors;
    Dispatch& dispatch;
    People& people;
};

class Judge {
public:
    explicit Judge(JudgeParts parts) : p_{parts} {}

    // What happened.
    void opened(const protocol::JournalHead& head);
    void booted();
    void gone(const std::string& how);
    void recorded(const std::vector<db::StoredEvent>& events);
    void pulsed(const core::PulseLock& pulse);
    void replied(const Order& order, const protocol::Reply& reply, const std::string& bytes);
    void overheard(const daemon::LinkMessage& message);
    void taken(const daemon::LinkMessage& message);  // the broker has it
    void begins_to_send() { sent_ = taken_; }        // with what the broker does not have
    void presenting(const std::string& text, bool card);
    void presented(const People::Presented& done);
    // Staff at the screen were told that it was done.
    void told_of_service(CompartmentNumber number, bool in) { ++services_told_[{number, in}]; }
    void maintenance_declared() { maintenance_declared_at_ = p_.time.now(); }
    void touched() { touched_at_ = p_.time.now(); }  // the screen, by somebody
    // By a person's word or hand: what it says of the compartment may be wrong from now on.
    void misled(CompartmentNumber number) {
        misled_.insert(number);
        misled_at_[number] = p_.time.now();
    }
    void put_right(CompartmentNumber number) { misled_.erase(number); }
    void disk_was_lost();
    void clock_was_stepped() { stepped_at_ = p_.time.now(); }
    // After every step.
    void look();
    // Now and then: is what dispatch asked answered when nothing stands in the way?
    void look_at_talk(bool is_well);
    // When faults have stopped and everybody had time.
    void at_end();

private:
    struct Leave {
        CompartmentNumber compartment{};
        std::optional<DeliveryId> delivery{};
        protocol::Purpose purpose{};
        std::uint64_t entry = 0;  // its number in the record
        std::vector<std::uint8_t> attempts{};
    };
    struct Pulse {
        core::PulseLock asked;
        std::uint64_t first_entry = 0;  // of the run that asked for it
    };
    // A delivery as the record tells of it.
    struct Told {
        std::optional<CompartmentNumber> place{};
        std::optional<CompartmentNumber> last_place{};
        bool inside = false;
        bool recalling = false;
        Milliseconds ended_at{-1};
        std::uint32_t revision = 0;  // of the newest command that had its way
        std::string code{}, card{}, token{};
        std::vector<std::pair<std::string, Milliseconds>> before{};  // codes, and until when
    };
    struct Secret {
        std::string text;
        bool card = false;
        Milliseconds at{0};
    };

    [[noreturn]] static void broken(const std::string& promise, const std::string& how) {
        throw Broken{promise, how};
    }
    void on_entry(const db::StoredEvent& event);
    void on_fact(const protocol::Fact& fact);
    void on_delivery(const protocol::Fact& fact, Told& told);
    void on_unlock(const protocol::Fact& fact);
    void check_pickup(const protocol::Fact& fact);
    void on_unlock_for_return(const protocol::Fact& fact);
    void forget_awaited(CompartmentNumber number, protocol::ReturnId but = {});
    void on_return_stored(const protocol::Fact& fact);
    void on_return_collected(const protocol::Fact& fact);
    void check_given(CompartmentNumber number, const char* to);
    void on_leave_of_staff(const protocol::Fact& fact);
    void on_walk_found(const protocol::Fact& fact);
    void on_walked(const protocol::Fact& fact);
    void check_need_of_walk();
    void check_returned_books();
    void compare_returns();
    void check_inspection(const protocol::Fact& fact);
    void settle_services();
    void check_opened_by_key(CompartmentNumber number);
    void on_placed(const protocol::Fact& fact, Told& told);
    void on_deposited(const protocol::Fact& fact);
    void on_taken_out(const protocol::Fact& fact);
    void on_command(const protocol::Fact& fact);
    void check_flood(const protocol::Fact& fact);
    void settle_pulses();
    void settle_replies();
    void check_pulse(const Pulse& pulse);
    void check_open_doors();
    void check_screen_of_open(const core::Screen& screen);
    void check_notice(const core::Screen& screen);
    void check_state();
    void check_attempts();
    [[nodiscard]] bool may_hide_something(CompartmentNumber number);
    [[nodiscard]] bool was_out_of_sight(CompartmentNumber number) const;
    [[nodiscard]] bool may_seem_full(CompartmentNumber number);
    void compare_rows();
    [[nodiscard]] bool is_key_to(const DeliveryId& id, const Secret& shown) const;
    [[nodiscard]] bool lives(const std::string& code) const;
    [[nodiscard]] Milliseconds window() const;
    void check_stolen();
    void check_other_body(const daemon::LinkMessage& message);
    void check_order(const daemon::LinkMessage& event);
    void check_opened(const protocol::Fact& fact);
    void on_forgotten(const protocol::Fact& fact);
    void on_resolved(const protocol::Fact& fact, Told& told);
    void check_end_of_books();
    void check_end_of_talk();

    JudgeParts p_;
    protocol::EpochId epoch_{};
    std::vector<protocol::Digest> hashes_{};
    std::uint64_t told_head_ = 0, checked_head_ = 0;
    bool disk_lost_ = true;  // the first epoch is new as well
    Milliseconds recorded_at_{0}, recorded_before_{0};
    Milliseconds booted_at_{0}, unwell_at_{0};
    std::map<protocol::AuthorisationId, Leave> leaves_{};
    std::vector<Pulse> pulses_{};  // not yet matched with the record
    std::map<DeliveryId, Told> told_{};
    std::map<CompartmentNumber, std::pair<DeliveryId, Milliseconds>> stored_{};  // and since when
    std::map<protocol::ReturnId, CompartmentNumber> returns_{};  // from the first opening
    std::set<protocol::ReturnId> awaited_{};  // those of them that are not stored yet
    std::set<CompartmentNumber> misled_{}, out_of_service_{};
    std::set<CompartmentNumber> walked_{};  // opened in the walk that is under way
    bool staff_granted_ = false;            // says the record
    bool walk_owed_ = false, adopted_in_walk_ = false;
    std::map<CompartmentNumber, Milliseconds> misled_at_{};
    std::uint64_t first_entry_ = 0;
    bool rows_to_compare_ = false;
    std::map<CommandId, std::string> answers_{};
    std::unordered_set<std::string> said_{};  // replies, with this disk
    Milliseconds lost_at_{-1};                // the disk
    std::uint64_t taken_ = 0;                 // entries that the broker has, without a gap
    std::uint64_t sent_ = 0;                  // and those that are on their way to it
    std::map<CommandId, int> effects_{};
    std::map<std::pair<CompartmentNumber, bool>, int> services_told_{}, services_recorded_{};
    std::set<CommandId> promised_{};  // answered with ok, its effect not yet seen
    std::deque<Secret> shown_{};
    std::optional<bool> code_lived_{};  // when it was typed
    std::map<std::string, std::deque<Milliseconds>> floods_{};
    std::map<CompartmentNumber, Milliseconds> graces_{};  // until when, at least
    std::optional<Milliseconds> maintenance_declared_at_{};
    std::map<CompartmentNumber, Milliseconds> forced_{}, ajar_{}, unlocked_{}, closed_{};
    bool low_ = false;
    // wrong codes, in time that the cabinet ran
    Milliseconds ran_{0}, looked_at_{0};
    int wrong_in_row_ = 0;
    Milliseconds last_wrong_ran_{0};
    std::deque<Milliseconds> wrong_today_{};
    bool row_known_ = true;  // false: an answer was lost, or came late, since the last right code
    bool right_unread_ = false;
    int asking_ = 0;
    Milliseconds touched_at_{-1};
    Milliseconds stepped_at_{-1};
    std::optional<Milliseconds> called_shut_at_{};  // an open door, by the screen
    core::Notice notice_{};                         // the newest on record
    bool notice_over_ = false;                      // its time has passed, by the cabinet's clock
    std::optional<Milliseconds> miscalled_at_{};    // since when the screen says another
};

}  // namespace lucheng::simulation
