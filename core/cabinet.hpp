// The rules of one cabinet as a state and a step: decide(now, input) -> Decision. No I/O, clock,
// thread or randomness: the same inputs give the same decisions, so a field log replays as a test.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/decision.hpp"
#include "core/screen.hpp"
#include "core/spec.hpp"

namespace lucheng::core {

class Cabinet {
public:
    struct State;  // core/state.hpp: for the rules alone

    // The ledger as the store gave it back. The first input must be Booted.
    Cabinet(CabinetSpec spec, Ledger ledger);
    ~Cabinet();
    Cabinet(Cabinet&&) noexcept;
    Cabinet& operator=(Cabinet&&) noexcept;

    // Moves the state ahead of the disk: when the commit of this decision fails, the process ends.
    [[nodiscard]] Decision decide(const Now& now, const Input& input);
    // When DeadlinePassed is due. One that comes early or late is harmless.
    [[nodiscard]] std::optional<Uptime> next_deadline() const;

    [[nodiscard]] Screen screen(const Now& now) const;
    // All of the state report but what the store and the shell know: journal, boot, time.
    [[nodiscard]] protocol::StateReport report() const;
    // Of the test that is under way, else of the last one in this run. All but the shell's words.
    [[nodiscard]] std::optional<protocol::TestReport> test_report() const;
    [[nodiscard]] const Ledger& ledger() const;
    [[nodiscard]] const CabinetSpec& spec() const;

private:
    std::unique_ptr<State> state_;
};

}  // namespace lucheng::core
