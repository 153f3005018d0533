// The one loop: decide, commit, act. Everything that happens becomes an input here; what the core
// decides is committed, and only a reported commit lets anything move or speak.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/cabinet.hpp"
#include "daemon/clock.hpp"
#include "daemon/in_hand.hpp"
#include "daemon/intake.hpp"
#include "daemon/kiosk_server.hpp"
#include "daemon/link.hpp"
#include "daemon/log.hpp"
#include "daemon/timer.hpp"
#include "db/store.hpp"
#include "hal/hardware.hpp"

namespace lucheng::daemon {

struct LoopParts {
    boost::asio::io_context& io;
    const Clock& clock;
    const Log& log;
    Intake& intake;
    db::Store& store;
    hal::Hardware& hardware;
    InHand& in_hand;
    protocol::BootId boot;
    protocol::CabinetId cabinet;
    core::Limits limits;
};

class Loop {
public:
    Loop(LoopParts parts, core::Cabinet cabinet);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Both are made after the loop, because they call it.
    void attach(Link& link);
    void attach(KioskServer& kiosk);

    // The first input. Must be given before anything else. `then`: it is durable, and screen and
    // state say what the switches said.
    void boot(core::Booted booted, std::function<void()> then);

    // What happens. All on the loop's thread.
    void happened(core::Input input);
    void message(Incoming incoming);
    // A whole line from the reader at this place of the configuration. Nothing of it is kept.
    void scanned(std::size_t reader, std::string_view line, KioskHandlers::Done done = {});
    void scans_dropped(std::uint64_t lines);
    void link_connected();
    void event_accepted(protocol::JournalNumber number);
    [[nodiscard]] KioskHandlers kiosk_handlers();

    // As last committed: what people and dispatch may see.
    [[nodiscard]] const core::Screen& screen() const { return seen_.screen; }
    [[nodiscard]] protocol::StateReport state() const;
    [[nodiscard]] const protocol::JournalHead& head() const { return head_; }
    void pruned(protocol::JournalNumber number) { head_.pruned = number; }
    [[nodiscard]] std::uint64_t refused_messages() const { return refused_messages_; }
    [[nodiscard]] std::uint64_t dropped_scans() const { return dropped_scans_; }
    // The slowest commit since the last call.
    [[nodiscard]] std::uint64_t take_commit_latency_us();
    // Floods of messages that nobody with a key sent, and of garbage from readers, become facts, a
    // few times an hour.
    void count_refused_messages();
    void space(bool low);
    void compare_clocks();
    [[nodiscard]] bool idle() const;

private:
    using Done = KioskHandlers::Done;
    struct Waiting {
        core::Input input;
        std::optional<ResponseTo> response{};
        Done done{};
    };
    struct Effect {  // what a durable decision lets happen, in the order of deciding
        std::optional<core::Action> action{};
        std::string reply_bytes{};
        ResponseTo response{};
        Done done{};
        std::optional<protocol::Refusal> refusal{};
    };
    struct Seen {
        core::Screen screen{};
        protocol::StateReport report{};
        protocol::TestReport test{};
        core::Uptime at{};
        // When the screen goes back by itself; the epoch: it does not.
        [[nodiscard]] core::Uptime goes_back() const;
    };
    struct TestWaiting {
        std::uint64_t after = 0;
        KioskHandlers::TestSeen seen;
    };

    void person(core::Input input, Done done);
    void wake();
    void pump();
    void take(Waiting waiting);
    void take(Incoming incoming);
    void submit();
    [[nodiscard]] Seen look() const;
    void see(Seen seen);
    [[nodiscard]] bool staff_told() const;
    void committed(const db::Committed& committed);
    void perform(std::vector<Effect> effects);
    void perform(Effect& effect);
    void act(const core::PulseLock& pulse, Effect& effect);
    void act(const core::SendReply& reply, Effect& effect);
    void act(const core::RepeatReply& repeat, Effect& effect);
    void act(const core::SetLamp& lamp, Effect& effect);
    void act(const core::SetBuzzer& buzzer, Effect& effect);
    void act(const core::PublishState& publish, Effect& effect);
    void act(const core::SendEventsFrom& send, Effect& effect);
    void act(const core::AcknowledgeJournal& acknowledge, Effect& effect);
    void act(const core::UseKeys& use, Effect& effect);
    void answer(const protocol::CommandId& id, std::optional<protocol::Refusal> refusal,
                const ResponseTo& to);
    void refuse(const Refused& refused, const ResponseTo& to);
    void show();
    [[nodiscard]] core::Screen screen_now() const;
    void watch_commit();
    void await_test(std::uint64_t after, KioskHandlers::TestSeen seen);
    void show_test();
    [[nodiscard]] KioskHandlers::Staff staff_handlers();
    void read_tail(const KioskHandlers::JournalSeen& seen);
    void publish_state();
    void arm_deadline();
    void check_shadow(const core::Changes& changes);

    LoopParts p_;
    core::Cabinet cabinet_;
    Link* link_ = nullptr;
    KioskServer* kiosk_ = nullptr;

    std::deque<Waiting> people_;  // and doors, deadlines: before messages
    std::deque<Incoming> messages_;
    bool woken_ = false;

    db::Batch batch_;  // decided, not yet handed to the store
    std::vector<Effect> effects_;
    std::size_t inputs_ = 0;
    bool changed_ = false;  // what people see may have changed in this batch
    bool committing_ = false;
    std::vector<Effect> committing_effects_;
    std::optional<Seen> committing_seen_;

    Seen seen_;
    protocol::JournalNumber seen_since_{};  // the newest entry when this screen came
    core::Screen shown_;                    // without the time that it has left
    core::Uptime shown_goes_back_{};
    std::deque<TestWaiting> tests_waiting_;
    protocol::JournalHead head_;
    std::uint64_t commits_ = 0;
    Timer commit_watch_;
    bool watching_ = false;
    bool stalled_ = false;
    Timer deadline_;
    std::optional<core::Uptime> armed_for_;
    bool deadline_waits_ = false;  // one lies in the queue already
    Timer state_timer_;
    bool state_due_ = false;

    std::map<protocol::Reason, std::uint64_t> refused_;
    std::uint64_t refused_messages_ = 0;
    std::uint64_t dropped_scans_ = 0;
    std::uint64_t slowest_commit_us_ = 0;
    std::optional<core::Milliseconds> clock_offset_;
    core::Ledger shadow_;  // of debug builds: a replay of the changes
};

}  // namespace lucheng::daemon
