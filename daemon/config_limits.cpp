#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>

#include "daemon/config_sections.hpp"

namespace lucheng::daemon {
namespace {

// Two limits of which the first may not be the greater.
struct Order {
    std::string_view less;
    std::string_view more;
    bool may_equal = false;
    std::string_view otherwise;
};

constexpr auto orders = std::to_array<Order>({
    {"pulse_ms", "door_springs_within_ms", false, "a door is judged after its pulse"},
    {"pickup_time_h", "pickup_time_max_h", true, "its own default would be refused"},
    {"easy_access_from_mm", "easy_access_to_mm", false, "no compartment would be within reach"},
    {"ballast_mb", "disk_low_mb", true,
     "letting the ballast go would admit new drop-offs to a full disk"},
});

// In milliseconds where it is a time.
std::int64_t plain(const core::Limits& limits, std::string_view key) {
    for (const auto& row : core::limit_table()) {
        if (row.key != key) continue;
        return row.duration == nullptr ? limits.*row.number : (limits.*row.duration).count();
    }
    std::abort();
}

void check_orders(const Table& table, const core::Limits& limits, Problems& problems) {
    for (const auto& order : orders) {
        const auto less = plain(limits, order.less);
        const auto more = plain(limits, order.more);
        if (less < more || (order.may_equal && less == more)) continue;
        problems.add(table.at(table.has(order.less) ? order.less : order.more),
                     fmt::format("limits.{} is {}; it must {} {} ({}): {}", order.less,
                                 with_unit(table.number(order.less), order.less),
                                 order.may_equal ? "not be more than" : "be less than", order.more,
                                 with_unit(table.number(order.more), order.more), order.otherwise));
    }
}

}  // namespace

void read_limits(const Value& root, Config& config, Problems& problems) {
    const Table table{section_of(root, "limits", problems), "limits", "limits.", problems};
    auto& limits = config.cabinet.limits;
    for (const auto& row : core::limit_table()) {
        const auto number = table.number(row.key);
        if (row.duration != nullptr)
            limits.*row.duration = core::Milliseconds{number * row.unit_ms};
        if (row.number != nullptr) limits.*row.number = number;
    }
    check_orders(table, limits, problems);

    const auto count = static_cast<std::int64_t>(config.cabinet.compartments.size());
    if (table.has("reserve_for_deliveries") && limits.reserve_for_deliveries >= count &&
        count > 0) {
        table.refuse(
            "reserve_for_deliveries",
            fmt::format("the cabinet has {} compartments, so no return would ever find one",
                        count));
    } else if (count > 0) {
        limits.reserve_for_deliveries = std::min(limits.reserve_for_deliveries, count - 1);
    }
    config.link.events_in_flight = static_cast<std::size_t>(limits.events_in_flight);
}

}  // namespace lucheng::daemon
