// Walks through the cabinet: what was found stands in the ledger, and only who saw everything may
// say that ledger and doors agree.
#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <variant>

#include "tests/simulation/judge.hpp"

namespace lucheng::simulation {

using protocol::Fact;
using protocol::number_of;

// There is one of them.
void Judge::on_leave_of_staff(const Fact& fact) {
    const auto& verb = p_.dispatch.orders().at(*fact.command).verb;
    if (const auto* grant = std::get_if<protocol::Grant>(&verb)) {
        if (grant->role == protocol::PersonRole::staff) staff_granted_ = true;
    }
    const auto* revoke = std::get_if<protocol::Revoke>(&verb);
    if (revoke != nullptr && revoke->person == protocol::PersonId::of("staff-1")) {
        staff_granted_ = false;
    }
}

void Judge::on_walk_found(const Fact& fact) {
    if (fact.detail != "missing") return;
    const auto number = *fact.compartment;
    if (stored_.contains(number)) {
        broken("P14", fmt::format("behind door {} something was found missing, and the record has "
                                  "it as stored",
                                  number_of(number)));
    }
    const auto& box = p_.doors.box(number);
    const bool sees = box.spec.has_sensor && !box.stuck && !box.lost && box.wrong_until < window();
    const bool changed = box.opened_at >= window() || box.open;
    if (sees && !changed && !box.inside.empty() && !may_hide_something(number)) {
        broken("P14", fmt::format("{} counts as missing and lies behind door {}",
                                  box.inside.front().str(), number_of(number)));
    }
}

void Judge::on_walked(const Fact& fact) {
    const auto walked = std::exchange(walked_, {});
    const bool adopted = std::exchange(adopted_in_walk_, false);
    if (!fact.detail->starts_with("whole")) return;
    for (const auto& [number, box] : p_.doors.boxes()) {
        if (walked.contains(number)) continue;
        broken("P14", fmt::format("a walk was whole, and did not open door {}", number_of(number)));
    }
    if (!adopted) walk_owed_ = false;
}

// Whoever adopted what lies here on the word of another ledger has somebody look at all of it.
void Judge::check_need_of_walk() {
    if (p_.machine.loop().state().walk_needed == walk_owed_) return;
    broken("P23", walk_owed_ ? "nobody has walked through the cabinet, and no walk is needed"
                             : "somebody has walked through the cabinet, and a walk is needed");
}

}  // namespace lucheng::simulation
