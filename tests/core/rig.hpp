// A test rig: one cabinet, people and dispatch around it, and a transcript of what was decided.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/cabinet.hpp"
#include "core/describe.hpp"

namespace lucheng::test {

using namespace std::chrono_literals;
using core::Answer;
using core::DeliveryState;
using core::Milliseconds;
using core::Reason;
using protocol::CompartmentNumber;
using protocol::DeliveryId;
using protocol::Door;
using protocol::Occupancy;
using protocol::SizeClass;

[[nodiscard]] core::SecretHash secret(std::string_view text);

// Two small with sensors (one of them within reach), one medium with, one small without, one large.
[[nodiscard]] core::CabinetSpec usual_spec();
[[nodiscard]] core::CabinetSpec without_sensors();

// What a test says of an assignment; the rest is usual.
struct Parcel {
    std::string id = "D-1";
    std::string code = "11112222";
    std::vector<std::string> cards{};
    std::string token{};
    SizeClass size = SizeClass::small;
    std::uint32_t revision = 1;
    bool easy_access = false;
    std::string patron = "P-1";
    std::string group{};
    std::optional<core::WallTime> pickup_by{};
};

class Rig {
public:
    explicit Rig(core::CabinetSpec spec = usual_spec());

    // Dispatch. Returns the answer's reason; none: done.
    std::optional<Reason> assign(const Parcel& parcel = {});
    std::optional<Reason> cancel(const std::string& id, std::uint32_t revision);
    std::optional<Reason> send(protocol::Verb verb, core::HashedSecrets secrets = {});
    std::optional<Reason> send(core::CommandReceived received);
    [[nodiscard]] core::CommandReceived command(protocol::Verb verb,
                                                core::HashedSecrets secrets = {});
    void grant_courier(const std::string& code = "900001");

    // People.
    std::optional<Reason> code(std::string_view digits);
    std::optional<Reason> card(std::string_view number);
    std::optional<Reason> token(std::string_view digits);
    std::optional<Reason> choose(const std::string& id);
    std::optional<Reason> answer(Answer answer);
    std::optional<Reason> bring_back();  // 还书, at the start
    std::optional<Reason> size(SizeClass size);
    std::optional<Reason> collect();
    // 还书, the card, the size: its door is open after it.
    std::optional<Reason> bring(std::string_view card, SizeClass size = SizeClass::small);

    // The hardware. A pulse that is asked for springs its door, unless the lock is jammed.
    void shut(int number);
    void force(int number);
    void silently_shut(int number) { boxes_.at(CompartmentNumber(number)).door = Door::shut; }
    void silently_force(int number) { boxes_.at(CompartmentNumber(number)).door = Door::open; }
    void put(int number);  // the sensor sees it, where one is fitted
    void take(int number);
    std::vector<int> jammed;  // locks that do not open
    // Wiring that is not as the configuration says: which door a compartment's lock opens, which
    // one its switch tells of; switches that read the wrong way round, or nothing at all.
    std::map<int, int> lock_to{}, switch_to{};
    std::set<int> inverted{}, dead{};
    bool pulses_answered = true;

    void wait(Milliseconds time);  // deadlines on the way are met in time
    void reboot(bool clean = false);
    // At the cabinet's own socket.
    std::optional<Reason> test(protocol::TestKind kind, protocol::SelfTest what = {});
    std::optional<Reason> say(int number, protocol::TestWord word, int door = 0);
    [[nodiscard]] protocol::TestReport report() const { return *cabinet.test_report(); }
    // What was found, a line a compartment that is not well: "3 switch_stuck; 4 lock_swapped 5".
    [[nodiscard]] std::string found() const;
    [[nodiscard]] std::string step() const;  // "shut 3"

    core::Decision feed(const core::Input& input);

    // What was decided since the last call, a line an input that decided anything.
    [[nodiscard]] std::string story();
    [[nodiscard]] int pulses(int number) const;
    [[nodiscard]] bool lamp(int number) const { return boxes_.at(CompartmentNumber(number)).lamp; }
    [[nodiscard]] DeliveryState state(const std::string& id) const;
    [[nodiscard]] std::optional<int> place(const std::string& id) const;
    [[nodiscard]] std::string returns() const;  // what lies where: "1 stored, 4 open"
    [[nodiscard]] std::string screen() const;
    [[nodiscard]] bool free(int number) const;
    [[nodiscard]] std::vector<protocol::Fact> facts(protocol::FactKind kind) const;

    core::CabinetSpec spec;
    core::Now now{.uptime = core::Uptime{1h}, .wall = core::WallTime{500'000h}, .trusted = true};
    core::Ledger stored;  // what the disk holds
    core::Cabinet cabinet;
    std::vector<protocol::Fact> journal;

private:
    struct Box {
        Door door = Door::shut;
        bool books = false;
        int pulses = 0;
        bool lamp = false;
    };
    void act(const core::Action& action);
    void settle_pulses();
    void tell_of(int door);
    [[nodiscard]] core::Senses senses(CompartmentNumber number) const;

    std::map<CompartmentNumber, Box> boxes_;
    std::vector<core::PulseLock> asked_;
    std::optional<protocol::Refusal> last_answer_;
    std::ostringstream story_;
    std::uint64_t commands_ = 0;
};

}  // namespace lucheng::test
