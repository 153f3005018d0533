// Every command that comes, as a cabinet judges it: read, verified, opened, and held against what
// came before. What is not as the protocol says is a finding.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"
#include "tools/cabinetctl/conformance_cabinet.hpp"
#include "tools/cabinetctl/conformance_checks.hpp"

namespace lucheng::cabinetctl {

using Instant = std::chrono::steady_clock::time_point;

struct Asked {
    protocol::Command command;
    protocol::KeyId key;
    protocol::Digest body{};     // of its bytes
    protocol::Digest secrets{};  // of what was in the box
    std::string answer{};        // as published; empty: none yet
    Instant answered{};
};

struct Verdict {
    Asked* asked = nullptr;  // to be obeyed, unless refused
    bool again = false;      // its bytes came before
    // Refused at the door; the id is empty where none could be read.
    protocol::CommandId id{};
    std::optional<protocol::Refusal> refusal{};
};

class Judge {
public:
    Judge(Findings& findings, const PlayedCabinet& cabinet, std::vector<protocol::TrustedKey> keys,
          const protocol::CodeKey& code_key)
        : findings_{findings}, cabinet_{cabinet}, keys_{std::move(keys)}, box_{code_key} {}

    [[nodiscard]] Verdict hear(const Heard& heard);
    [[nodiscard]] Asked& asked(const protocol::CommandId& id) { return asked_.at(id); }
    [[nodiscard]] bool heard_any() const { return !asked_.empty(); }

private:
    [[nodiscard]] std::optional<protocol::Refusal> unfit(const Heard& heard,
                                                         const protocol::Command& command,
                                                         protocol::Role role);
    [[nodiscard]] std::optional<protocol::Refusal> open(protocol::Command& command,
                                                        protocol::Digest& secrets);
    [[nodiscard]] std::optional<protocol::Refusal> out_of_boot(const protocol::Command& command);
    [[nodiscard]] Verdict again(Asked& known, const protocol::Digest& body);
    void check_lifetime(const protocol::Command& command);
    void check_revision(const protocol::Command& command);

    Findings& findings_;
    const PlayedCabinet& cabinet_;
    std::vector<protocol::TrustedKey> keys_;
    protocol::SealingKey box_;
    std::map<protocol::CommandId, Asked> asked_{};
    std::map<protocol::DeliveryId, protocol::Revision> revisions_{};
    // Since when a sender can know that the boot must be quoted.
    std::optional<Instant> told_of_boot_{};
};

}  // namespace lucheng::cabinetctl
