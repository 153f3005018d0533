// Staff open doors with the mechanical key, and say so before: that is no break-in.
#include <string>
#include <string_view>
#include <utility>

#include "core/state.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::core {
namespace {

void record(Turn& turn, PersonId by, std::string_view detail) {
    turn.record({.kind = FactKind::maintenance_changed,
                 .means = Means::local,
                 .detail = std::string{detail},
                 .person = std::move(by)});
    turn.show_change();
}

}  // namespace

void on_maintenance_asked(Turn& turn, bool on) {
    if (!are_staff_free(turn)) return;
    const PersonId who = turn.s.session->person;
    if (on) {
        const auto time = turn.limits().maintenance * (MUTANT(74) ? 100 : 1);
        turn.s.maintenance = Maintenance{turn.now.uptime + time, who};
        record(turn, who, "begun");
    } else if (turn.s.maintenance) {
        turn.s.maintenance.reset();
        record(turn, who, "ended");
    }
    stay_longer(turn);
}

bool is_maintained(const Turn& turn) {
    return turn.s.maintenance && turn.now.uptime < turn.s.maintenance->until;
}

// Its time is over, or the word of who declared it counts no more.
void end_maintenance(Turn& turn) {
    const PersonId by = turn.s.maintenance->by;
    turn.s.maintenance.reset();
    record(turn, by, "over");
}

void maintenance_deadline(Turn& turn) {
    if (turn.s.maintenance && !is_maintained(turn)) end_maintenance(turn);
}

}  // namespace lucheng::core
