// Dispatch as a cabinet meets it: it signs commands, repeats them until they are answered, follows
// the journal, acknowledges it, and has a delivery's life end one way or another.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"
#include "tests/simulation/broker.hpp"
#include "tests/simulation/clocks.hpp"

namespace lucheng::simulation {

using protocol::CommandId;
using protocol::CompartmentNumber;
using protocol::DeliveryId;
using protocol::FactKind;
using protocol::Reason;

// Time was refused, not the matter: another command may fare better.
[[nodiscard]] bool is_about_time(Reason reason);

// Where the answer to another body under a known id goes besides: below the cabinet's replies.
constexpr std::string_view reused_topic = "/reply/reused";

// What dispatch knows of one parcel.
struct Parcel {
    DeliveryId id;
    protocol::PersonId patron;
    protocol::GroupId group{};
    protocol::SizeClass size{};
    std::uint16_t books = 1;
    bool easy_access = false;
    std::uint32_t revision = 1;
    std::string code{}, card{}, token{};
    std::vector<std::string> old_codes{};
    enum class Stage : std::uint8_t { planned, reserved, inside, ended } stage{};
    std::optional<CompartmentNumber> compartment{};
    bool recalled = false;
    bool deposited = false;   // ever
    bool returned = false;    // taken back by the courier
    std::uint64_t heard = 0;  // entries about it
    Milliseconds planned_at{0};
    Milliseconds pickup_after{0};
    bool never_comes = false;
    Random dice{1};
};

// One command, until it is answered.
struct Order {
    CommandId id;
    protocol::Verb verb;
    std::string bytes{};
    protocol::WallTime issued_at{}, expires_at{};
    Milliseconds wait{30'000};
    std::optional<protocol::Reply> answer{};
    std::function<void(const protocol::Reply&)> then{};
    bool important = true;   // asked anew when time, not the matter, was refused
    bool for_a_day = false;  // signed by the key for a day
    bool settled = false;
};

// The journal of one epoch, as far as it has come without a gap.
struct View {
    std::vector<protocol::Digest> hashes{};  // of entries 1, 2, ...
    std::uint64_t acknowledged = 0;
    bool acknowledging = false;
    Milliseconds asked_again_at{-3'600'000};
};

class Dispatch {
public:
    Dispatch(Timeline& time, const Clocks& clocks, Broker& broker, protocol::CabinetId cabinet,
             const protocol::SealingPublicKey& cabinet_key, Random dice);

    [[nodiscard]] static std::vector<protocol::TrustedKey> trusted();

    [[nodiscard]] std::string new_code();
    void plan(Parcel parcel);
    // Takes somebody's leave, and gives it back when that was heard and so long has passed.
    void suspend(const protocol::PersonId& person, Milliseconds time);
    void grant(const protocol::PersonId& person, protocol::PersonRole role, const std::string& code,
               const std::string& card);
    Order& ask(protocol::Verb verb, std::function<void(const protocol::Reply&)> then = {},
               bool important = true, bool for_a_day = false);
    void cancel(Parcel& parcel);
    void recall(Parcel& parcel);
    void resolve(Parcel& parcel);
    void rekey(Parcel& parcel);
    void extend(Parcel& parcel);
    void clear(CompartmentNumber number);  // staff goes there, has it opened and looks
    void hear(const daemon::LinkMessage& message);
    void replay_an_old_command();
    void reuse_an_id();
    // A dispatch whose queue was restored: what it has long replaced, as a new command.
    void ask_anew_what_is_old();
    void rotate_keys();
    void try_old_keys();
    void forget(const protocol::PersonId& person);
    void put_up_notice();
    void hurry();  // everything that waits is sent now
    void wind_down() { winding_down_ = true; }

    [[nodiscard]] std::map<DeliveryId, Parcel>& parcels() { return parcels_; }
    [[nodiscard]] const std::map<CommandId, Order>& orders() const { return orders_; }
    // Whether something else was sent under this id.
    [[nodiscard]] bool has_reused(const CommandId& id) const { return reused_.contains(id); }
    [[nodiscard]] const std::map<protocol::EpochId, View>& views() const { return views_; }
    [[nodiscard]] const std::set<CommandId>& unanswered() const { return unsettled_; }
    [[nodiscard]] const std::optional<protocol::StateReport>& state() const { return state_; }

    // For people and for the judge.
    std::function<void(Parcel&)> deposited{};  // tell the patron
    std::function<std::optional<CompartmentNumber>(const DeliveryId&)> lies_at{};  // in truth
    // Whether what a person says he found can be held against a sensor that sees well.
    std::function<bool(CompartmentNumber)> is_sensed_well{};
    std::function<void(CompartmentNumber)> somebody_look{};  // a staff member stands there
    std::function<void(const Order&, const protocol::Reply&, const std::string&)> replied{};
    std::function<void(const protocol::Entry&)> learned{};
    std::function<void(const std::string&)> broken{};  // the journal as received is not whole

private:
    Order& prepare(protocol::Verb verb, std::function<void(const protocol::Reply&)> then,
                   bool important, bool for_a_day);
    [[nodiscard]] protocol::SetNotice next_notice();
    void transmit(Order& order);
    void repeat(const CommandId& id);
    void sign(Order& order);
    void on_reply(const std::string& bytes);
    void on_event(const std::string& bytes);
    void on_state(const std::string& bytes);
    void on_fact(const protocol::Entry& entry);
    void on_fact_of(Parcel& parcel, const protocol::Fact& fact);
    [[nodiscard]] bool is_idle(const protocol::Verb& verb) const;
    void on_assigned(const DeliveryId& id, const protocol::Reply& reply);
    void assign(Parcel& parcel);
    void adopt(Parcel& parcel);
    void follow(const protocol::EpochId& epoch);
    void acknowledge(const protocol::EpochId& epoch);
    void grant_all();
    void later(Milliseconds least, Milliseconds most, const DeliveryId& id,
               void (Dispatch::*what)(Parcel&));

    Timeline& time_;
    const Clocks& clocks_;
    Broker& broker_;
    protocol::CabinetId cabinet_;
    protocol::SealingPublicKey cabinet_key_;
    Random dice_;
    protocol::SigningKey dispatch_key_, operations_key_;
    protocol::BootId boot_{};
    std::map<DeliveryId, Parcel> parcels_{};
    std::map<CommandId, Order> orders_{};
    std::deque<std::string> sent_{};  // old commands, for whoever plays them again
    std::map<protocol::EpochId, View> views_{};
    protocol::EpochId epoch_{};
    protocol::WallTime epoch_began_{};
    std::optional<protocol::StateReport> state_{};
    std::vector<protocol::Grant> grants_{};
    std::set<CommandId> unsettled_{}, reused_{};
    std::uint64_t keys_serial_ = 0;
    bool naming_keys_ = false, keys_known_ = false;
    protocol::WallTime keys_named_at_{};
    std::set<CompartmentNumber> clearing_{};
    std::map<protocol::ReturnId, CompartmentNumber> returns_{};  // as the record tells of them
    std::uint64_t commands_ = 0;
    std::uint64_t codes_ = 0;
    std::uint64_t notices_ = 0;
    bool winding_down_ = false;
};

}  // namespace lucheng::simulation
