// What a cabinet answers to an input: facts to record, rows to write, and, once both are durable,
// actions to take.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/input.hpp"
#include "protocol/fact.hpp"
#include "protocol/report.hpp"

namespace lucheng::core {

struct PulseLock {
    CompartmentNumber compartment{};
    AuthorisationId authorisation{};
    std::uint8_t attempt = 1;
    Uptime not_after{};  // later than this it is not pulsed but reported as lapsed
    bool operator==(const PulseLock&) const = default;
};
// The first answer to a command. Its bytes are stored in the same transaction.
struct SendReply {
    protocol::Reply reply;
    bool stored = true;  // false: this answer must not stand in the way of a later one
    bool operator==(const SendReply&) const = default;
};
// The same command came again: the stored bytes once more, and nothing else.
struct RepeatReply {
    CommandId id;
    bool operator==(const RepeatReply&) const = default;
};
struct SetLamp {
    CompartmentNumber compartment{};
    bool lit = false;
    bool operator==(const SetLamp&) const = default;
};
enum class Sound : std::uint8_t { none, look_here, alarm };
struct SetBuzzer {
    Sound sound{};
    bool operator==(const SetBuzzer&) const = default;
};
struct PublishState {
    bool operator==(const PublishState&) const = default;
};
// Dispatch lost entries: publish again from here. The store knows whether they are its own.
struct SendEventsFrom {
    CommandId id;
    protocol::EpochId epoch;
    protocol::JournalNumber from{};
    bool operator==(const SendEventsFrom&) const = default;
};
// Dispatch has the journal up to here; the store checks the hash before it believes it.
struct AcknowledgeJournal {
    CommandId id;
    protocol::EpochId epoch;
    protocol::JournalNumber number{};
    Digest hash{};
    bool operator==(const AcknowledgeJournal&) const = default;
};

// From now on these may sign, beside the authority.
struct UseKeys {
    std::vector<protocol::TrustedKey> keys;
    bool operator==(const UseKeys&) const = default;
};

using Action = std::variant<PulseLock, SendReply, RepeatReply, SetLamp, SetBuzzer, PublishState,
                            SendEventsFrom, AcknowledgeJournal, UseKeys>;

struct Decision {
    std::vector<protocol::Fact> facts{};
    Changes changes{};
    std::vector<Action> actions{};
    std::optional<Refusal> refusal{};  // to a person at the cabinet
};

}  // namespace lucheng::core
