#include <fmt/format.h>
#include <set>
#include <utility>

#include "daemon/config_sections.hpp"

namespace lucheng::daemon {
namespace {

// Two doors cannot be in one place, and a picture of half the doors would mislead.
void check_columns(const Config& config, Problems& problems) {
    const auto& columns = config.front.columns;
    if (columns.empty()) return;
    std::set<std::pair<std::uint16_t, std::uint16_t>> taken;
    for (const auto& door : config.cabinet.compartments) {
        const auto number = protocol::number_of(door.number);
        const auto found = columns.find(door.number);
        if (found == columns.end()) {
            problems.add({},
                         fmt::format("compartment {} has no column, and others have: give it to "
                                     "all or to none",
                                     number));
            continue;
        }
        if (!taken.emplace(found->second, door.height_mm).second) {
            problems.add({}, fmt::format("compartment {} is in column {} at {} mm, where another "
                                         "one is",
                                         number, found->second, door.height_mm));
        }
    }
}

}  // namespace

void read_front(const Value& root, Config& config, Problems& problems) {
    check_columns(config, problems);
    const auto* value = section_of(root, "screen", problems);
    if (value == nullptr) return;
    const Table table{value, "screen", "screen.", problems};
    const auto number = [&table](std::string_view key) {
        return static_cast<std::uint16_t>(table.number(key));
    };
    config.front.screen = FrontPlan::Screen{.column = number("column"),
                                            .columns = number("columns"),
                                            .height_mm = number("height_mm"),
                                            .tall_mm = number("tall_mm")};
    if (config.front.columns.empty()) {
        problems.add(value->at, "[screen] has its place among columns: give every compartment one");
    }
}

}  // namespace lucheng::daemon
