// The state behind Cabinet, and the turn in which one input is decided. Internal to core.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/cabinet.hpp"
#include "core/trial.hpp"

namespace lucheng::core {

using protocol::Door;
using protocol::Fact;
using protocol::FactKind;
using protocol::Occupancy;

enum class Phase : std::uint8_t {
    asked,   // authorised; a pulse is under way, or the door is awaited
    jammed,  // given up; a hand may still free the door while somebody stands there
    open,
    settling,  // shut; the sensor is given time
    shut,      // and settled: whoever walks is asked what is inside
};

// One authorisation being served at a door.
struct Opening {
    Authorisation leave;
    Phase phase{};
    std::uint8_t attempt = 1;
    std::optional<Uptime> deadline{};  // none while a pulse is under way or the door is open
    bool closed_told = false;
    bool left = false;                      // open for too long: who opened it is taken to be gone
    Occupancy before = Occupancy::unknown;  // sensed when it was authorised
    std::optional<Answer> on_shut{};        // what was said with the door still open
    bool untold = false;  // opened again, and nobody has said what was behind the door before
};

// After a pickup the same credential opens the same door again for a while.
struct Grace {
    Uptime until{};
    DeliveryId delivery;
    std::optional<SecretHash> code{};
    std::vector<SecretHash> cards{};
    std::optional<SecretHash> token{};
};

struct Compartment {
    CompartmentSpec spec;
    Door door = Door::unknown;
    Occupancy occupancy = Occupancy::unknown;
    bool lost = false;    // its lines are gone
    bool jammed = false;  // the last opening failed
    bool ajar = false;    // open for too long, and told of
    bool forced = false;  // opened without leave, not yet shut and looked at
    std::optional<DeliveryId> holder{};
    std::optional<protocol::ReturnId> returned{};  // the return that it holds, and then no delivery
    std::optional<Opening> opening{};
    std::optional<Uptime> ajar_at{};
    std::optional<Uptime> settle_at{};  // of a door that was opened without leave
    std::optional<Grace> grace{};
};

enum class Step : std::uint8_t {
    choosing,  // the courier's list
    opening,
    open,
    settling,
    still_occupied,   // shut after a pickup or recall, something sensed inside
    confirm_emptied,  // shut after a pickup or recall, no sensor
    sensed_empty,     // shut after a deposit, nothing sensed inside
    confirm_deposit,  // shut after a deposit, no sensor
    not_opened,       // jammed
    thanks,
    return_card,         // whose books are brought back?
    return_size,         // and how many?
    return_thanks,       // they are inside
    confirm_collection,  // shut after a collection, no sensor
    walk_question,       // shut in a walk: what is inside?
    walk_report,         // of a walk that is over
};

// A walk through every compartment.
struct Walk {
    std::vector<CompartmentNumber> doors{};
    std::size_t position = 0;  // of the next one
    WalkReport report{};
    bool adopted = false;  // since it began: the ledger has more now than was compared with it
    bool over = false;
};

struct Session {
    std::optional<PersonRole> role{};  // none: a patron
    PersonId person{};
    Means means{};
    std::vector<DeliveryId> queue{};  // a patron's deliveries, door after door
    std::size_t position = 0;
    Step step{};
    std::optional<CompartmentNumber> at{};
    std::optional<DeliveryId> delivery{};
    std::optional<protocol::ReturnId> returned{};  // or this, and no delivery
    Purpose purpose{};
    AuthorisationId leave{};  // the newest that was given in this session
    std::optional<DeliveryId> last_deposit{};
    std::optional<Refusal> notice{};
    std::optional<Uptime> idle_at{};
    Milliseconds idle_left{};  // of a courier who waits: what he had when the patron came
    bool left = false;         // a door stood open for too long: whoever shut it gets no other one
    bool moved = false;        // a return, to another door than the first
    std::optional<SecretHash> card{};  // of who brings books back, and its number sealed
    std::string sealed{};
    std::vector<protocol::ReturnId> collects{};  // a courier's, door after door
    std::optional<Walk> walk{};                  // of staff, likewise, until its report was read
};

// Who scans asks nobody who could answer: why it was refused stands on the screen for a moment.
inline constexpr Milliseconds notice_shown{8'000};
struct Told {
    Refusal refusal;
    Uptime until{};
};

// Declared by staff. In memory alone: after a restart nobody vouches for an open door.
struct Maintenance {
    Uptime until{};
    PersonId by{};
};

// What anybody can cause is listed a few times an hour, then counted.
struct Flood {
    Uptime window_ends{};
    std::int64_t listed = 0;
    std::uint64_t counted = 0;
};

struct Cabinet::State {
    CabinetSpec spec;
    Ledger ledger;
    std::map<CompartmentNumber, Compartment> compartments{};
    std::optional<Session> session{};
    std::optional<Session> waiting{};  // a courier whose place a patron took for a moment
    std::optional<Told> told{};
    std::set<std::string> readers_gone{};
    bool store_low = false;
    bool mains_failed = false;
    bool case_open = false;
    std::optional<Uptime> attempts_at{};  // when the times in ledger.cabinet.attempts were true
    std::optional<Uptime> serve_at{};     // when time served is recorded next
    std::map<std::tuple<FactKind, Reason, CompartmentNumber>, Flood> floods{};
    std::map<KeyId, WallTime> swept{};  // mark at which a key's old ids were last forgotten
    std::vector<Uptime> remote_openings{};
    std::vector<Uptime> staff_openings{};   // at the screen, where something lies inside
    std::vector<Uptime> walks{};            // begun at the screen
    std::vector<Uptime> returns_in_vain{};  // that left nothing here
    std::optional<Maintenance> maintenance{};
    std::optional<Trial> trial{};           // under way, or the last one's report
    std::optional<Uptime> wall_deadline{};  // when to look at deadlines of the wall clock again
};

// The decision in the making. Every change of a row goes through here, so that none is forgotten.
class Turn {
public:
    Turn(Cabinet::State& state, const Now& at) : s{state}, now{at} {}

    Cabinet::State& s;
    const Now& now;

    void record(Fact fact) { decision_.facts.push_back(std::move(fact)); }
    [[nodiscard]] const std::vector<Fact>& facts() const { return decision_.facts; }
    void act(Action action) { decision_.actions.push_back(std::move(action)); }
    void refuse(Reason reason, std::string argument = {});
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return decision_.refusal; }
    void show_change() { changed_ = true; }

    [[nodiscard]] Compartment* compartment(CompartmentNumber number);
    [[nodiscard]] const Limits& limits() const { return s.spec.limits; }
    [[nodiscard]] Delivery* delivery(const DeliveryId& id);
    [[nodiscard]] Return* book_return(protocol::ReturnId id);
    [[nodiscard]] CompartmentRow& row(const Compartment& compartment);

    // Marks a row as changed; its state at the end of the turn is what gets written.
    void touch(const Delivery& delivery) { deliveries_.insert(delivery.id); }
    void touch(const Return& one) { returns_.insert(one.id); }
    void remove(protocol::ReturnId id);
    void touch(const CompartmentRow& row) { compartments_.insert(row.number); }
    void touch_cabinet() { cabinet_ = true; }
    void keep(const Authorisation& authorisation);
    void keep(const Credential& credential);
    void revoke(const PersonId& person);
    void keep(const RememberedCommand& command);
    void set_keys(std::uint64_t serial, std::vector<protocol::TrustedKey> keys);
    void set_notice(Notice notice);
    void forget(const PersonId& person);
    void set_mark(const KeyId& key, WallTime mark);
    void forget_before(const KeyId& key, WallTime before);

    [[nodiscard]] Decision finish();

private:
    Decision decision_;
    std::set<DeliveryId> deliveries_;
    std::set<protocol::ReturnId> returns_;
    std::set<CompartmentNumber> compartments_;
    bool cabinet_ = false;
    bool changed_ = false;
};

// core/allocation.cpp
enum class For : std::uint8_t { deliveries, returns };
[[nodiscard]] bool is_free(const Cabinet::State& s, const Compartment& compartment);
[[nodiscard]] std::optional<CompartmentNumber> allocate(const Cabinet::State& s, SizeClass least,
                                                        bool easy_access, For purpose);
// None above the largest.
[[nodiscard]] std::optional<SizeClass> larger_than(const Compartment& compartment);

// core/deliveries.cpp: changes of a delivery's state, each with its fact
void hold(Turn& turn, Delivery& delivery, Compartment& compartment);
void end(Turn& turn, Delivery& delivery, DeliveryState state);
void store(Turn& turn, Delivery& delivery, const Authorisation& leave);
void dispute(Turn& turn, Delivery& delivery, Reason reason);
void expire_what_is_due(Turn& turn);
void move_passed_deadlines(Turn& turn);
void take_down_old_notice(Turn& turn);
[[nodiscard]] std::optional<Uptime> next_wall_deadline(const Cabinet::State& s, const Now& now);

// core/doors.cpp: locks, switches and sensors
struct Wish {
    Purpose purpose{};
    Means means{};
    std::optional<DeliveryId> delivery{};
    PersonId person{};
    std::optional<CommandId> command{};
    std::optional<KeyId> key{};
    bool although_open = false;  // pulsed even if the switch says that it stands open
};
AuthorisationId authorise(Turn& turn, Compartment& compartment, const Wish& wish);
void on_sensed(Turn& turn, const Senses& senses);
void on_pulse_ended(Turn& turn, const PulseEnded& ended);
void door_deadlines(Turn& turn);
void end_leave(Turn& turn, Opening& opening);
void end_in_vain(Turn& turn, Compartment& compartment);  // the door did not open
void on_hardware_lost(Turn& turn, const HardwareLost& lost);
void on_hardware_back(Turn& turn, const HardwareBack& back);

// core/outcomes.cpp: what a shut door means
[[nodiscard]] Occupancy sensed(const Compartment& compartment);
void settled(Turn& turn, Compartment& compartment);
void inspect(Turn& turn, Compartment& compartment);
void move_elsewhere(Turn& turn, Delivery& delivery, Reason why, bool open_at_once);
void take_back(Turn& turn, Delivery& delivery, Reason why);
void set_unexplained(Turn& turn, Compartment& compartment, bool unexplained);
void resolve_abandoned(Turn& turn);

// core/boot.cpp
void on_booted(Turn& turn, const Booted& booted);

// core/commands.cpp
void on_command(Turn& turn, const CommandReceived& received);
[[nodiscard]] bool count_remote_opening(Turn& turn);  // false: this hour has had its share
[[nodiscard]] bool count_staff_opening(Turn& turn);   // likewise
[[nodiscard]] bool count_walk(Turn& turn);            // of a day
void forget_older_than_an_hour(const Turn& turn, std::vector<Uptime>& times);

// core/staff.cpp: what staff ask at the screen beside a courier's errands
void on_opening_asked(Turn& turn, CompartmentNumber number);
void on_service_asked(Turn& turn, const protocol::SetService& service);
void on_test_asked(Turn& turn, const TestAsked& asked);
void on_test_answered(Turn& turn, const TestAnswered& answered);
void on_test_stopped(Turn& turn, const TestStopped& stopped);
void open_for_staff(Turn& turn, Compartment& compartment);
void open_in_their_name(Turn& turn, Compartment& compartment, Purpose purpose,
                        std::optional<DeliveryId> delivery);
void on_walk_asked(Turn& turn);
// Staff are logged in, in the middle of no errand; else refused, and false.
[[nodiscard]] bool are_staff_free(Turn& turn);
void stay_longer(Turn& turn);  // what they just did shows that they are there

// core/maintenance.cpp: doors that staff open with the mechanical key
void on_maintenance_asked(Turn& turn, bool on);
[[nodiscard]] bool is_maintained(const Turn& turn);
void end_maintenance(Turn& turn);
void maintenance_deadline(Turn& turn);

// core/self_test.cpp
[[nodiscard]] std::optional<Refusal> begin_test(Turn& turn, const protocol::TestOrder& order,
                                                const TestOrigin& origin);
void answer_test(Turn& turn, const protocol::TestAnswer& answer);
void stop_test(Turn& turn);
[[nodiscard]] bool is_testing(const Turn& turn);
[[nodiscard]] bool holds_something(Turn& turn, const Compartment& compartment);
void follow_test(Turn& turn);
void yield_to_person(Turn& turn, Compartment& compartment);
// Its switch is inverted: that it says open now means that a hand has shut it.
[[nodiscard]] bool is_awaited(const Turn& turn, const Compartment& compartment);
void end_test_of_last_run(Turn& turn);

// core/errands.cpp and core/answers.cpp: people at the cabinet
enum class CardOf : std::uint8_t { anybody, patrons, couriers };  // staff among them
void on_code(Turn& turn, const SecretHash& code);
void on_card(Turn& turn, const SecretHash& card, const std::string& sealed,
             CardOf whose = CardOf::anybody);
void on_token(Turn& turn, const SecretHash& token);
void on_chosen(Turn& turn, const DeliveryId& delivery);
void on_answer(Turn& turn, Answer answer);
void session_deadline(Turn& turn);
void open_next(Turn& turn);
void show(Turn& turn, Step step);
void ask(Turn& turn, Step step);
void to_list(Turn& turn, std::optional<Refusal> notice = {});
void end_session(Turn& turn);
void end_what_is_not_granted(Turn& turn);  // sessions whose credential is gone, over or another
void give_up(Turn& turn);                  // nobody answers any more
[[nodiscard]] bool may_collect(const Turn& turn, const Delivery& delivery);
[[nodiscard]] bool is_somebody_there(const Turn& turn);  // at the screen
[[nodiscard]] bool attends(const Turn& turn, const Compartment& compartment);
[[nodiscard]] bool is_busy(const Turn& turn);  // and must not be interrupted
void make_room(Turn& turn);
void open_again(Turn& turn);

// core/returns.cpp: books that a patron brings back
[[nodiscard]] bool takes_returns(const Cabinet::State& s);  // now
[[nodiscard]] bool brings_books(const Turn& turn);          // and has not chosen a size yet
[[nodiscard]] std::vector<SizeClass> sizes_for_returns(const Cabinet::State& s);
void on_return_asked(Turn& turn);
void on_return_card(Turn& turn, const SecretHash& card, const std::string& sealed);
void on_size_chosen(Turn& turn, SizeClass size);
void on_word_before_return(Turn& turn, Answer answer);
void on_word_after_return(Turn& turn, Answer answer, Occupancy inside);
void return_opened(Turn& turn, const Compartment& compartment);
void return_settled(Turn& turn, Compartment& compartment, bool attended);
void resolve_return(Turn& turn, Compartment& compartment, Reason why);
void move_return(Turn& turn, Compartment& from, Reason why, bool attended);
void inspect_return(Turn& turn, Compartment& compartment);
void dispute(Turn& turn, Return& one, Reason reason);

// core/collection.cpp: and a courier takes away
[[nodiscard]] std::vector<CompartmentNumber> waiting_returns(const Cabinet::State& s);
void on_collection_asked(Turn& turn);
void collect_next(Turn& turn);
void collection_settled(Turn& turn, Compartment& compartment, bool attended);
void on_word_after_collection(Turn& turn, Answer answer, Occupancy inside);
void on_word_at_return_jam(Turn& turn, Answer answer);

// core/walk.cpp: and staff compare every compartment with the ledger
struct Expected {
    std::optional<DeliveryId> delivery{};
    bool returned = false;  // or this, and no delivery; neither: it should be empty
    bool disputed = false;
};
[[nodiscard]] Expected expected_in(const Cabinet::State& s, const Compartment& compartment);
void begin_walk(Turn& turn);
void end_walk(Turn& turn, std::optional<Reason> why);
// Whoever walks stands at this door.
[[nodiscard]] bool is_walking(const Turn& turn, const Compartment& compartment);
void walk_settled(Turn& turn, Compartment& compartment);
void on_word_in_walk(Turn& turn, Answer answer);

// core/scanned.cpp: what readers read
void on_scanned(Turn& turn, const Scanned& scanned);
void on_reader_changed(Turn& turn, const ReaderChanged& changed);
void notice_deadline(Turn& turn);
void clear_notice(Turn& turn);  // somebody goes on

// core/attempts.cpp: wrong codes, lock-outs, floods
void serve_time(Turn& turn);
void attempt_deadlines(Turn& turn);
void wrong_code(Turn& turn);
void right_code(Turn& turn);
void record_bounded(Turn& turn, Fact fact);

}  // namespace lucheng::core
