// style: table
#include "core/limits.hpp"

#include <array>

namespace lucheng::core {
namespace {

constexpr std::int64_t ms = 1, s = 1'000, h = 3'600'000, d = 24 * h;

constexpr LimitRow row(std::string_view key, Milliseconds Limits::*field, std::int64_t unit_ms,
                       std::int64_t least, std::int64_t most, std::string_view reason) {
    return {key, least, most, reason, field, nullptr, unit_ms};
}
constexpr LimitRow row(std::string_view key, std::int64_t Limits::*field, std::int64_t least,
                       std::int64_t most, std::string_view reason) {
    return {key, least, most, reason, nullptr, field, 1};
}

constexpr auto table = std::to_array<LimitRow>({
    row("pulse_ms", &Limits::pulse, ms, 50, 1'000,
        "a cabinet lock opens within 300 to 500 ms; its coil burns when it stays on"),
    row("pulse_gap_ms", &Limits::pulse_gap, ms, 100, 5'000,
        "two coils close together brown out a small supply"),
    row("door_springs_within_ms", &Limits::door_springs_within, ms, 500, 10'000,
        "a door springs in well under a second; after this it is pulsed again"),
    row("pulses_per_opening", &Limits::pulses_per_opening, 1, 5,
        "a lock that did not open at the third pulse needs a hand"),
    row("open_within_ms", &Limits::open_within, ms, 1'000, 60'000,
        "who asked longer ago than this no longer stands before the door"),
    row("close_within_s", &Limits::close_within, s, 10, 600,
        "long enough to unload a parcel, short enough to catch who forgot the door"),
    row("ajar_again_s", &Limits::ajar_again, s, 30, 3'600, "a door left open is told of again"),
    row("settle_ms", &Limits::settle, ms, 200, 5'000,
        "doors bounce and sensors flap after closing: 0.5 to 3 s"),
    row("reopen_grace_s", &Limits::reopen_grace, s, 0, 600,
        "who forgot a book may open the same door again"),
    row("session_idle_s", &Limits::session_idle, s, 15, 600,
        "the screen goes back to the start when nobody touches it"),
    row("question_idle_s", &Limits::question_idle, s, 10, 300,
        "a question at the screen that nobody answers"),
    row("wrong_codes_before_lockout", &Limits::wrong_codes_before_lockout, 2, 10,
        "four honest typing errors"),
    row("first_lockout_s", &Limits::first_lockout, s, 60, 3'600, "after so many wrong codes"),
    row("next_lockout_s", &Limits::next_lockout, s, 60, 3'600,
        "after each further wrong code until a right one"),
    row("wrong_codes_a_day", &Limits::wrong_codes_a_day, 10, 1'000,
        "100 a day on 8 digits and 40 live codes: 0.03 % in a week"),
    row("denied_entries_an_hour", &Limits::denied_entries_an_hour, 1, 1'000,
        "beyond this, refused cards and messages are counted, not listed: the journal is finite"),
    row("pickup_time_h", &Limits::pickup_time, h, 1, 720,
        "how long a delivery waits when its assignment does not say"),
    row("pickup_time_max_h", &Limits::pickup_time_max, h, 1, 8'760,
        "a deadline further ahead is a mistake of the sender"),
    row("pickup_after_outage_h", &Limits::pickup_after_outage, h, 1, 168,
        "a deadline that passed while the door could not open is moved by this"),
    row("reserve_for_deliveries", &Limits::reserve_for_deliveries, 0, 96,
        "compartments that returns never take"),
    row("returns_a_card", &Limits::returns_a_card, 1, 96,
        "nobody fills the cabinet alone; counted while they lie here"),
    row("returns_in_vain_an_hour", &Limits::returns_in_vain_an_hour, 1, 1'000,
        "returns that left nothing here: beyond this none is taken, for any card begins one"),
    row("collect_after_expiry", &Limits::collect_after_expiry, 0, 1,
        "1: an expired delivery may be collected until its recall begins"),
    row("easy_access_from_mm", &Limits::easy_access_from_mm, 0, 3'000,
        "within reach from a wheelchair"),
    row("easy_access_to_mm", &Limits::easy_access_to_mm, 0, 3'000,
        "within reach from a wheelchair"),
    row("command_validity_max_h", &Limits::command_validity_max, h, 1, 720,
        "ids are remembered for as long as this"),
    row("clock_tolerance_s", &Limits::clock_tolerance, s, 1, 3'600,
        "how far a sender's clock may run ahead of the cabinet's"),
    row("remembered_commands", &Limits::remembered_commands, 1'000, 1'000'000,
        "about 200 bytes of memory each"),
    row("remote_openings_an_hour", &Limits::remote_openings_an_hour, 1, 1'000,
        "2,732 parcel doors were opened in one night by a stolen login"),
    row("walks_a_day", &Limits::walks_a_day, 0, 24,
        "staff at the screen open every door in one: a copied badge does so no more often"),
    row("events_in_flight", &Limits::events_in_flight, 1, 1'000,
        "journal entries sent and not yet acknowledged by the broker"),
    row("personal_facts_d", &Limits::personal_facts, d, 1, 365,
        "who collected what is erased so long after the delivery's end; the facts stay"),
    row("audit_d", &Limits::audit, d, 180, 3'650,
        "the record is kept at least so long, and until dispatch has acknowledged it"),
    row("ballast_mb", &Limits::ballast_mb, 1, 1'024,
        "let go when the disk is full, so that pickups can still be recorded"),
    row("disk_low_mb", &Limits::disk_low_mb, 1, 65'536,
        "below this much free space no new drop-off is accepted"),
});

}  // namespace

std::span<const LimitRow> limit_table() { return table; }

}  // namespace lucheng::core
