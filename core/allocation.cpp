// Which compartment a parcel gets.
#include <algorithm>
#include <tuple>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {

bool is_free(const Cabinet::State& s, const Compartment& compartment) {
    const auto row = s.ledger.compartments.find(compartment.spec.number);
    const bool in_service = row != s.ledger.compartments.end() && !row->second.out_of_service;
    const bool explained = row != s.ledger.compartments.end() && !row->second.unexplained;
    const bool empty = compartment.spec.has_sensor ? compartment.occupancy == Occupancy::empty
                                                   : compartment.occupancy != Occupancy::occupied;
    return (in_service || MUTANT(15)) && (explained || MUTANT(16)) && (empty || MUTANT(17)) &&
           (compartment.door == Door::shut || MUTANT(18)) && !compartment.lost &&
           !compartment.jammed && (!compartment.forced || MUTANT(18)) && !compartment.holder &&
           (!compartment.returned || MUTANT(62)) && !compartment.opening &&
           (!compartment.grace || MUTANT(14));
}

std::optional<CompartmentNumber> allocate(const Cabinet::State& s, SizeClass least,
                                          bool easy_access, For purpose) {
    const auto within_reach = [&](const Compartment& c) {
        return c.spec.height_mm >= s.spec.limits.easy_access_from_mm &&
               c.spec.height_mm <= s.spec.limits.easy_access_to_mm;
    };
    // The smallest that fits; within reach for who needs that, out of it for everybody else, so
    // that some stay; then the lowest number.
    const auto rank = [&](const Compartment& c) {
        return std::tuple{easy_access && !within_reach(c), c.spec.size,
                          !easy_access && within_reach(c), c.spec.number};
    };
    std::int64_t free = 0;
    const Compartment* best = nullptr;
    for (const auto& [number, c] : s.compartments) {
        if (!is_free(s, c)) continue;
        ++free;
        if (c.spec.size < least) continue;
        if (best == nullptr || rank(c) < rank(*best)) best = &c;
    }
    if (best == nullptr) return {};
    if (purpose == For::returns && free <= s.spec.limits.reserve_for_deliveries) return {};
    return best->spec.number;
}

std::optional<SizeClass> larger_than(const Compartment& c) {
    if (c.spec.size == SizeClass::large) return {};
    return SizeClass(protocol::number_of(c.spec.size) + 1);
}

}  // namespace lucheng::core
