// A self-test or a commissioning under way. In memory only: a power cut ends it. Internal to core.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/ledger.hpp"
#include "protocol/self_test.hpp"

namespace lucheng::core {

// Who asked: a person at the cabinet, or a signed command.
struct TestOrigin {
    Means means = Means::local;
    std::optional<protocol::CommandId> command{};
    std::optional<protocol::KeyId> key{};
    bool at_screen = false;  // by whoever is logged in there; ends with the session
};

// What is known of the compartment under test.
struct Evidence {
    std::map<CompartmentNumber, protocol::Door> before{};  // every switch, when it was authorised
    std::set<CompartmentNumber> moved{};                   // switches that have changed since
    bool read_open = false;                                // its own, before the pulse
    bool said_shut = false;                                // although a person said it was shut
    bool inverted = false;                                 // said open at rest, and shut when open
    bool gave_up = false;                                  // pulsed in vain, says its switch
    std::optional<protocol::TestAnswer> said{};            // which door opened
};

struct Trial {
    protocol::TestReport report{};  // its step and compartment are the state
    protocol::TestOrder order{};
    TestOrigin origin{};
    std::vector<CompartmentNumber> plan{};
    std::size_t next = 0;  // in the plan
    AuthorisationId leave{};
    std::optional<Uptime> deadline{};  // of the present step
    Evidence evidence{};
    protocol::TestedCompartment result{};
    int unshut_in_row = 0;
};

// core/commissioning.cpp: what switches and a person's word tell of one lock and one switch.
[[nodiscard]] std::vector<protocol::Finding> judge(CompartmentNumber compartment,
                                                   const Evidence& evidence);

}  // namespace lucheng::core
