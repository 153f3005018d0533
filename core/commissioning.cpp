// What a pulse has shown. The switches tell half of it: two locks swapped together with their
// switches look right to any self-test, so that only the number on the door finds them.
#include <cstdlib>

#include "core/trial.hpp"

namespace lucheng::core {

using protocol::Finding;
using protocol::TestWord;

namespace {

// A switch of another door that answered instead; the first, if there are several.
std::optional<CompartmentNumber> other_switch(CompartmentNumber compartment,
                                              const Evidence& evidence) {
    for (const auto number : evidence.moved) {
        if (number != compartment) return number;
    }
    return {};
}

// The person saw `door` open, the lock was that of `compartment`.
std::vector<Finding> judge_door(CompartmentNumber compartment, CompartmentNumber door,
                                const Evidence& evidence) {
    const bool own_switch = evidence.moved.contains(compartment);
    const auto other = other_switch(compartment, evidence);
    if (door == compartment) {
        if (own_switch) return {};
        if (other) return {{Reason::switch_swapped, other}};
        return {{Reason::switch_stuck, {}}};
    }
    if (own_switch) return {{Reason::pair_swapped, door}};
    return {{Reason::lock_swapped, door}};
}

// Nobody said anything: only the switches speak.
std::vector<Finding> judge_switches(CompartmentNumber compartment, const Evidence& evidence) {
    if (!evidence.gave_up) return {};
    // It stood open, as far as anybody could tell, and nothing could be learned of its lock.
    if (evidence.read_open && !evidence.said_shut) return {{Reason::not_shut, {}}};
    return {{Reason::no_opening_seen, other_switch(compartment, evidence)}};
}

std::vector<Finding> judge_word(CompartmentNumber compartment, const Evidence& evidence) {
    if (!evidence.said) return judge_switches(compartment, evidence);
    switch (evidence.said->word) {
        case TestWord::door: return judge_door(compartment, evidence.said->door, evidence);
        case TestWord::two: return {{Reason::two_opened, other_switch(compartment, evidence)}};
        case TestWord::none:
            // A switch that moves while its door does not is no better than a jam.
            if (!evidence.gave_up) return {{Reason::door_fault, {}}};
            return {{Reason::jammed, {}}};
        case TestWord::shut:
        case TestWord::empty:
        case TestWord::not_empty: break;
    }
    std::abort();
}

}  // namespace

std::vector<Finding> judge(CompartmentNumber compartment, const Evidence& evidence) {
    auto findings = judge_word(compartment, evidence);
    if (evidence.inverted) findings.insert(findings.begin(), Finding{Reason::switch_inverted, {}});
    return findings;
}

}  // namespace lucheng::core
