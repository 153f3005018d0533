// Dispatch's view of a cabinet: every event it was sent, read, and checked against the chain.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/codec.hpp"
#include "tests/rig/mqtt_peer.hpp"

namespace lucheng::system_test {

struct Journal {
    std::string epoch;
    std::vector<protocol::Entry> entries;  // 1..n
    protocol::Digest head{};
};

// All epochs of what was heard, in the order they came. Throws std::runtime_error when an entry is
// missing, altered, out of order at its first coming, or does not hang on the one before.
[[nodiscard]] std::vector<Journal> journals(const std::vector<rig::Received>& heard,
                                            const std::string& event_topic);

[[nodiscard]] std::optional<protocol::Entry> entry_in(const rig::Received& message);

[[nodiscard]] std::size_t count(const std::vector<protocol::Entry>& entries,
                                protocol::FactKind kind);
[[nodiscard]] std::size_t count(const std::vector<protocol::Entry>& entries,
                                protocol::FactKind kind, const std::string& delivery);
[[nodiscard]] std::size_t count(const std::vector<protocol::Entry>& entries,
                                protocol::FactKind kind, std::uint16_t compartment);
// `assigned unlock_authorised ...`, of one delivery or of all.
[[nodiscard]] std::string kinds(const std::vector<protocol::Entry>& entries,
                                const std::string& delivery = {});

}  // namespace lucheng::system_test
