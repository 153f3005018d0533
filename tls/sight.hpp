// A look at the broker's side of TLS, by a handshake of our own: the MQTT library says only that it
// failed. Bounded, and for a thread that may wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tls/files.hpp"

namespace lucheng::tls {

struct Look {
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 0;
    Files files{};
    protocol::WallTime now{};                           // what certificates' days are compared with
    std::function<std::chrono::milliseconds()> uptime;  // of a clock that is never set
    std::chrono::milliseconds within{5'000};            // each of: connection, handshake, verdict
    // In TLS 1.3 the broker judges our certificate after our side is done: wait for its word.
    bool await_verdict = false;
};

struct Sight {
    std::string trouble{};  // a sentence: what is wrong, with whom, what to do; empty: well
    std::vector<Expiry> expiries{};  // of the broker's certificate and of those that vouch for it
};

[[nodiscard]] Sight look_at_broker(const Look& look);

}  // namespace lucheng::tls
