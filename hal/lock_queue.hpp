// One queue for all locks: pulses in the order of asking, one at a time, a gap between them, and
// a lock keeper that is replaced as soon as it does not answer. Never blocks the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/decision.hpp"
#include "core/limits.hpp"
#include "hal/keeper_process.hpp"

namespace lucheng::hal {

class LockQueue {
public:
    struct Listener {
        std::function<void(core::AuthorisationId, core::PulseEnd)> ended;  // once for each pulse
        std::function<void(std::string)> trouble;
    };
    struct Parts {
        KeeperCommand keeper;
        core::Milliseconds pulse, gap;
        std::function<core::Uptime()> uptime;
        // Every lock line inactive, past the keeper: it is dead, and its lines are as it left them.
        std::function<void()> release_all;
    };

    // Starts the keeper. Throws std::system_error when there is none to start.
    LockQueue(boost::asio::io_context& loop, Parts parts);
    ~LockQueue();
    LockQueue(const LockQueue&) = delete;
    LockQueue& operator=(const LockQueue&) = delete;

    // Callbacks come from the loop, never from inside a call.
    void start(Listener listener) { listener_ = std::move(listener); }
    void pulse(const core::PulseLock& pulse, std::uint16_t line);
    // From now on keepers are started by this command; the one that is there is replaced between
    // two pulses, without a word.
    void replace_keeper(KeeperCommand command);
    // False while there is no keeper that answers.
    [[nodiscard]] bool healthy() const { return phase_ == Phase::ready; }
    // Of the keeper that is alive now; nothing between two of them.
    [[nodiscard]] std::optional<pid_t> keeper() const;

private:
    enum class Phase : std::uint8_t {
        absent,    // the next one starts at `launch_at_`
        starting,  // started, not heard of yet
        ready,
        dying,  // killed, not dead yet
    };
    struct Waiting {
        core::PulseLock pulse;
        std::uint16_t line;
    };
    struct InHand {
        core::AuthorisationId authorisation;
        std::uint64_t ticket;
        core::Uptime due;
    };

    void step();
    void drop_lapsed(core::Uptime now);
    void go_on_ready(core::Uptime now);
    void arm(core::Uptime now);
    [[nodiscard]] std::optional<core::Uptime> next_step() const;
    void launch(core::Uptime now);
    void listen();
    void hear();
    void drain();
    std::function<void(boost::system::error_code)> only_for_this_keeper(std::function<void()> then);
    void understand(const keeper::Answer& answer);
    [[nodiscard]] core::Uptime after_gap() const;
    void finish(core::PulseEnd end);
    void give_up(std::string why);
    void bury();
    void tell(core::AuthorisationId authorisation, core::PulseEnd end);
    void report(std::string what);

    boost::asio::io_context& loop_;
    Parts parts_;
    Listener listener_;
    boost::asio::steady_timer timer_;
    std::optional<core::Uptime> armed_for_{};
    std::unique_ptr<KeeperProcess> process_;
    std::uint64_t generation_ = 0;
    Phase phase_ = Phase::absent;
    std::deque<Waiting> waiting_;
    std::optional<InHand> in_hand_{};
    std::uint64_t ticket_ = 0;
    core::Uptime quiet_until_{};  // the gap
    core::Uptime ping_at_{};
    std::optional<core::Uptime> answer_due_{};  // to a ping, to a start, to a kill
    core::Uptime launched_at_{}, launch_at_{};
    core::Milliseconds backoff_{0};
    bool outdated_ = false;  // the keeper that is there, by its command
    bool told_unlocked_ = false;
    // Handlers that the loop still holds look whether we are.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace lucheng::hal
