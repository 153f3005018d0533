// Plays a cabinet against somebody's dispatcher, and reports what that did wrong.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/cabinetctl/conformance_judge.hpp"

namespace lucheng::cabinetctl {

struct ConformanceOptions {
    protocol::CabinetId cabinet;
    std::vector<protocol::TrustedKey> keys;
    protocol::CodeKey code_key;
    std::chrono::milliseconds within{60'000};  // for whatever the dispatcher must do
    std::chrono::milliseconds quiet{10'000};   // for what it must not do any more
    std::size_t deliveries = 7;                // as many as there are ways to answer an assign
};

class Conformance {
public:
    Conformance(Session& session, const ConformanceOptions& options, const Printer& printer);
    // Plays all of it, takes the cabinet off the broker, and prints what was found; the exit code.
    [[nodiscard]] int run();

private:
    // How the assigns of one delivery are answered.
    enum class Way : std::uint8_t {
        lose_reply,    // done at once, and answered at the second time
        later,         // refused for want of room; taken when it is asked again
        code_in_use,   // refused until there is another code
        never,         // refused for good
        later_reason,  // refused for a reason that nobody knows yet
        given_up,      // refused for its time, then for good; and then the first is done after all
        over_restart,  // not answered before the cabinet has restarted
        taken,
    };
    struct Case {
        Way way{};
        std::vector<protocol::CommandId> asked{};
        bool settled = false;
        protocol::Digest refused{};  // the secrets that are in use
    };

    // conformance.cpp: the play, in its order
    void open();
    void play_answers();
    void judge_answers();
    void play_given_up();
    void play_twice_told();
    void play_gap();
    void play_behind();
    void play_out_of_order();
    void play_forged();
    void play_later_version();
    void play_restart();
    void play_new_epoch();
    void play_end();
    [[nodiscard]] Case* find(Way way);
    [[nodiscard]] protocol::DeliveryId delivery_of(const Case& one) const;
    [[nodiscard]] bool is_settled(const Case& one) const;
    [[nodiscard]] std::optional<protocol::DeliveryId> assigned_one() const;
    void say(const std::string& line) const;
    template <class Done>
    bool until(Done done, std::chrono::milliseconds within);
    bool until_acknowledged();
    // ... and whether it came in time is the check.
    void must_acknowledge(Check check, const std::string& otherwise);
    [[nodiscard]] bool has_journal() const { return findings_.passed(Check::acknowledges); }

    // conformance_answers.cpp: as a cabinet answers
    void take(const Heard& heard);
    void obey(Asked& asked);
    void repeated(Asked& asked);
    void answer(Asked& asked, const protocol::Reply& reply);
    void answer_raw(Asked& asked, const std::string& bytes);
    void refuse(Asked& asked, protocol::Reason reason, const std::string& argument = {});
    [[nodiscard]] protocol::Reply reply_to(const Asked& asked) const;
    [[nodiscard]] protocol::Fact fact_of(const Asked& asked, protocol::FactKind kind) const;
    void on(Asked& asked, const protocol::Assign& assign);
    void on(Asked& asked, const protocol::Cancel& cancel);
    void on(Asked& asked, const protocol::Adopt& adopt);
    void on(Asked& asked, const protocol::Acknowledge& acknowledge);
    void on(Asked& asked, const protocol::Replay& replay);
    void on(Asked& asked, const protocol::Snapshot& snapshot);
    void on(Asked& asked, const protocol::Extend& extend);
    void on(Asked& asked, const protocol::Rekey& rekey);
    void on(Asked& asked, const protocol::Recall& recall);
    void on(Asked& asked, const protocol::Grant& grant);
    void on(Asked& asked, const protocol::Revoke& revoke);
    void on(Asked& asked, const protocol::Forget& forget);
    void on(Asked& asked, const protocol::SetNotice& notice);
    template <class Verb>
    void on(Asked& asked, const Verb& verb);  // what needs hands at a door
    void first_time(Case& one, Asked& asked, const protocol::Assign& assign);
    void next_time(Case& one, Asked& asked, const protocol::Assign& assign);
    void accept(Asked& asked, const protocol::Assign& assign, bool answered);
    void change(Asked& asked, const protocol::DeliveryId& delivery, protocol::FactKind kind,
                protocol::DeliveryState state);

    Session& session_;
    ConformanceOptions options_;
    const Printer& printer_;
    Findings findings_{};
    PlayedCabinet cabinet_;
    Judge judge_;
    std::map<protocol::DeliveryId, Case> cases_{};
    bool restarted_ = false;
    bool answered_any_ = false;
    std::uint64_t forged_ = 0;                // the entry that was told with other bytes
    std::optional<std::uint64_t> missing_{};  // the first that the dispatcher cannot have
    Check missing_check_{};
    std::uint64_t stuck_at_ = 0;  // the head when an acknowledgement did not come in time
    protocol::WallTime epoch_began_{};
    std::map<protocol::DeliveryId, Held> lost_{};  // what lay there before the memory was lost
    std::optional<protocol::DeliveryId> unwanted_{};
};

}  // namespace lucheng::cabinetctl
