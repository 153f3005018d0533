// What will happen in a run: a list, thrown by one seed, of which any part can be left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/simulation/random.hpp"

namespace lucheng::simulation {

enum class Act : std::uint8_t {
    parcel,
    courier,
    guesser,
    vandal,
    remote_open,
    cancel,
    recall,
    rekey,
    extend,
    replay,
    reuse_id,
    garbage,
    power_cut,
    power_cut_in_write,
    power_cut_at_pulse,
    kill,
    restart,
    clock_step,
    clock_lies,
    clock_unsure,
    clock_right,
    no_network,
    deaf_upward,
    deaf_downward,
    nobody_there,
    forgetful_broker,
    doubling_broker,
    slow_network,
    connection_reset,
    session_lost,
    disk_failure,
    disk_full,
    disk_stall,
    disk_lost,
    jam,
    sensor_stuck,
    bounce,
    chip_gone,
    patron,
    burglar,
    old_request,
    cancel_at_door,
    used_code,
    new_keys,
    old_keys,
    forget,
    notice,
    scans,
    bring_back,
    staff,
    walk,
};
constexpr std::size_t acts_count = 51;
[[nodiscard]] std::string_view name_of(Act act);

struct Item {
    Milliseconds at{0};
    Act act{};
    std::uint64_t seed = 0;  // of its own dice
};

struct Settings {
    std::uint64_t seed = 1;
    Milliseconds length{std::chrono::hours{24 * 4}};
    std::uint32_t parcels_a_day = 9;
    bool faults = true;
    int wind_down_hours = 24;
};

struct Plan {
    Settings settings;
    std::vector<Item> items;  // in the order of time
};
[[nodiscard]] Plan plan_of(const Settings& settings);

}  // namespace lucheng::simulation
