// Every limit in one place: unit, default, range and the reason for it. `cabinetd --check-config`
// checks [limits] against this table, and docs/configuration.md prints it.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/time.hpp"

namespace lucheng::core {

struct Limits {
    // locks and doors
    Milliseconds pulse{400};
    Milliseconds pulse_gap{300};
    Milliseconds door_springs_within{3'000};
    std::int64_t pulses_per_opening = 3;
    Milliseconds open_within{10'000};
    Milliseconds close_within{60'000};
    Milliseconds ajar_again{300'000};
    Milliseconds settle{1'000};
    Milliseconds reopen_grace{120'000};
    // people
    Milliseconds session_idle{60'000};
    Milliseconds question_idle{30'000};
    std::int64_t wrong_codes_before_lockout = 4;
    Milliseconds first_lockout{300'000};
    Milliseconds next_lockout{120'000};
    std::int64_t wrong_codes_a_day = 100;
    std::int64_t denied_entries_an_hour = 20;
    // deliveries
    Milliseconds pickup_time{std::chrono::hours{72}};
    Milliseconds pickup_time_max{std::chrono::hours{24 * 30}};
    Milliseconds pickup_after_outage{std::chrono::hours{24}};
    std::int64_t reserve_for_deliveries = 2;
    std::int64_t returns_a_card = 3;
    std::int64_t returns_in_vain_an_hour = 6;
    std::int64_t collect_after_expiry = 1;
    std::int64_t easy_access_from_mm = 400;
    std::int64_t easy_access_to_mm = 1'100;
    // the link
    Milliseconds command_validity_max{std::chrono::hours{24 * 7}};
    Milliseconds clock_tolerance{300'000};
    std::int64_t remembered_commands = 100'000;
    std::int64_t remote_openings_an_hour = 20;
    std::int64_t walks_a_day = 4;
    std::int64_t events_in_flight = 32;
    // the store
    Milliseconds personal_facts{std::chrono::hours{24 * 30}};
    Milliseconds audit{std::chrono::hours{24 * 180}};
    std::int64_t ballast_mb = 8;
    std::int64_t disk_low_mb = 16;
};

// One row a limit, in the order of the struct.
struct LimitRow {
    std::string_view key;  // as in [limits]; its unit is the last word
    std::int64_t least;
    std::int64_t most;
    std::string_view reason;
    Milliseconds Limits::*duration;  // one of the two is set
    std::int64_t Limits::*number;
    std::int64_t unit_ms;  // of a duration: milliseconds in one unit of the key
};

// By no path is a coil energised for longer; the keeper refuses more on its own.
inline constexpr Milliseconds pulse_ceiling{1'000};
// In commissioning a person walks round the cabinet between two answers.
inline constexpr Milliseconds commissioning_question_max{600'000};
inline constexpr std::size_t batch_inputs_max = 64;
inline constexpr std::size_t compartments_max = 96;

[[nodiscard]] std::span<const LimitRow> limit_table();

}  // namespace lucheng::core
