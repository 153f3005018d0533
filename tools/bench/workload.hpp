// What a contender is asked, and how its answer is told. The floor takes anything; a cabinet takes
// signed commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"

namespace lucheng::bench {

class Workload {
public:
    virtual ~Workload() = default;
    // The bytes of the nth command of a contender's life, from 0. Called in order.
    virtual std::string command(std::uint64_t n) = 0;
    // The command that this reply says is done. Throws when it says anything else: a refusal is
    // cheaper than a command, so it must not be measured as one.
    [[nodiscard]] virtual std::uint64_t done(const std::string& reply) const = 0;
};

// A number, and padding up to `bytes`.
[[nodiscard]] std::unique_ptr<Workload> floor_workload(std::size_t bytes);

// Whose commands a cabinet obeys.
struct CommandSource {
    protocol::CabinetId cabinet;
    protocol::SigningKey key;
    protocol::SealingPublicKey cabinet_key;

    // Good for an hour, codes and cards sealed. The bytes to publish.
    [[nodiscard]] std::string sign(protocol::CommandId id, protocol::Verb verb) const;
};

// Assigns a delivery, cancels it, assigns the next: each is a decision, a commit, journal entries
// and a reply, and a cabinet of any size takes any number.
[[nodiscard]] std::unique_ptr<Workload> cabinet_workload(CommandSource dispatch);

}  // namespace lucheng::bench
