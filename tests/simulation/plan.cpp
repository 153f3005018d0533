// style: table
#include "tests/simulation/plan.hpp"

#include <algorithm>
#include <array>

namespace lucheng::simulation {

using namespace std::chrono_literals;

namespace {

struct Rate {
    Act act;
    std::string_view name;
    std::uint32_t a_hundred_days;  // how often; 0: counted elsewhere
    bool fault;                    // of machine, disk, network, clock or doors
};

constexpr auto rates = std::to_array<Rate>({
    {Act::parcel, "parcel", 0, false},
    {Act::courier, "courier", 0, false},
    {Act::guesser, "guesser", 40, false},
    {Act::vandal, "vandal", 40, false},
    {Act::remote_open, "remote opening", 40, false},
    {Act::cancel, "cancel", 60, false},
    {Act::recall, "recall", 40, false},
    {Act::rekey, "rekey", 60, false},
    {Act::extend, "extend", 40, false},
    {Act::replay, "old command again", 100, false},
    {Act::reuse_id, "id used again", 30, false},
    {Act::garbage, "garbage", 30, false},
    {Act::power_cut, "power cut", 30, true},
    {Act::power_cut_in_write, "power cut in a write", 60, true},
    {Act::power_cut_at_pulse, "power cut at a pulse", 40, true},
    {Act::kill, "kill", 30, true},
    {Act::restart, "restart", 15, true},
    {Act::clock_step, "clock step", 20, true},
    {Act::clock_lies, "false time", 15, true},
    {Act::clock_unsure, "time unsure", 15, true},
    {Act::clock_right, "time corrected", 60, true},
    {Act::no_network, "no network", 30, true},
    {Act::deaf_upward, "deaf upward", 20, true},
    {Act::deaf_downward, "deaf downward", 20, true},
    {Act::nobody_there, "dispatch away", 20, true},
    {Act::forgetful_broker, "forgetful broker", 10, true},
    {Act::doubling_broker, "doubling broker", 20, true},
    {Act::slow_network, "slow network", 20, true},
    {Act::connection_reset, "connection reset", 60, true},
    {Act::session_lost, "session lost", 20, true},
    {Act::disk_failure, "disk failure", 20, true},
    {Act::disk_full, "disk full", 8, true},
    {Act::disk_stall, "disk stall", 60, true},
    {Act::disk_lost, "disk lost", 2, true},
    {Act::jam, "jam", 30, true},
    {Act::sensor_stuck, "sensor stuck", 15, true},
    {Act::bounce, "bounce", 100, true},
    {Act::chip_gone, "chip gone", 15, true},
    {Act::patron, "patron", 0, false},  // they come by themselves; this one when he is told to
    {Act::burglar, "burglar", 25, true},
    {Act::old_request, "old request anew", 60, false},
    {Act::cancel_at_door, "cancel at the door", 60, false},
    {Act::used_code, "used code", 60, false},
    {Act::new_keys, "new keys", 30, false},
    {Act::old_keys, "old keys", 60, false},
    {Act::forget, "forget", 60, false},
    {Act::notice, "notice", 60, false},
    {Act::scans, "stray scans", 40, false},
    {Act::bring_back, "return", 100, false},
    {Act::staff, "staff at the screen", 60, false},
    {Act::walk, "walk through the cabinet", 30, false},
});

static_assert(rates.size() == acts_count);

constexpr Milliseconds day{24h};

}  // namespace

std::string_view name_of(Act act) {
    for (const auto& rate : rates) {
        if (rate.act == act) return rate.name;
    }
    return "?";
}

Plan plan_of(const Settings& settings) {
    Random dice{settings.seed};
    Plan plan{settings, {}};
    const auto add = [&](Milliseconds at, Act act) {
        if (at < settings.length) plan.items.push_back({at, act, dice.next()});
    };
    const auto days = (settings.length + day - 1ms) / day;
    for (Milliseconds::rep i = 0; i < days; ++i) {
        const Milliseconds begin = day * i;
        for (std::uint32_t n = 0; n < settings.parcels_a_day; ++n) {
            add(begin + dice.between(5h, 22h), Act::parcel);
        }
        const std::uint32_t rounds = 3 + settings.parcels_a_day / 20;
        for (std::uint32_t n = 0; n < rounds; ++n) {
            add(begin + dice.between(7h, 23h), Act::courier);
        }
    }
    // Each run has its own mixture: some kinds not at all, some four times as often.
    for (const auto& rate : rates) {
        const std::uint64_t mood = dice.below(5);
        const std::uint64_t times = mood < 2 ? 0 : mood < 4 ? 1 : 4;
        if (rate.a_hundred_days == 0 || (rate.fault && !settings.faults)) continue;
        for (Milliseconds::rep i = 0; i < days; ++i) {
            for (std::uint64_t n = 0; n < times; ++n) {
                if (!dice.percent(rate.a_hundred_days)) continue;
                add(day * i + dice.between(0ms, day), rate.act);
            }
        }
    }
    std::stable_sort(plan.items.begin(), plan.items.end(),
                     [](const Item& a, const Item& b) { return a.at < b.at; });
    return plan;
}

}  // namespace lucheng::simulation
