// Does the ledger agree with what every cabinet says of itself?
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tools/dispatcher/ledger.hpp"
#include "tools/dispatcher/link.hpp"

namespace lucheng::dispatcher {

// One sentence a disagreement, beginning with the cabinet.
[[nodiscard]] std::vector<std::string> disagreements(const std::vector<Delivery>& live,
                                                     const Journal& journal,
                                                     const protocol::StateReport& state);

// Asks the broker for every cabinet's state and prints where ledger and cabinet differ; the exit
// code. A difference that goes away within `patience` was only on its way. Throws Failure when the
// broker is not reached.
[[nodiscard]] int check(Ledger& ledger, LinkOptions link,
                        const std::set<protocol::CabinetId>& cabinets,
                        std::chrono::seconds patience);

}  // namespace lucheng::dispatcher
