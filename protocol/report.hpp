// What a cabinet says of itself: reply, status, state, health, event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/fact.hpp"

namespace lucheng::protocol {

struct Reply {
    CommandId id;
    CabinetId cabinet;
    BootId boot;
    std::optional<Refusal> refusal{};  // none: done
    std::optional<DeliveryId> delivery{};
    std::optional<CompartmentNumber> compartment{};  // reserved, opened or changed
    std::optional<AuthorisationId> authorisation{};
    bool operator==(const Reply&) const = default;
};

enum class Link : std::uint8_t { init, ready, disconnected, lost };
struct Status {
    CabinetId cabinet;
    Link link{};
    std::string version;
    BootId boot;
    WallTime since{};
    bool time_trusted = false;
};

enum class Door : std::uint8_t { unknown, shut, open };
enum class Occupancy : std::uint8_t { unknown, empty, occupied };
enum class DeliveryState : std::uint8_t {
    assigned,
    depositing,
    not_deposited,
    cancelled,
    stored,
    collecting,
    collected,
    expired,
    recalling,
    recalled,
    disputed
};
// Of books that a patron brings back. When they are taken out, nothing is left of it here.
enum class ReturnState : std::uint8_t {
    opening,   // its door has not opened yet
    open,      // it may have been: what lies inside is not known yet
    stored,    // something is inside, or it must be taken to be
    disputed,  // stored, and ledger and senses disagree
};

struct CompartmentReport {
    CompartmentNumber number{};
    SizeClass size{};
    Door door{};
    Occupancy occupancy{};
    bool jammed = false;
    bool ajar = false;
    bool unexplained = false;  // an occupant that the ledger does not know
    std::optional<Reason> out_of_service{};
    std::optional<DeliveryId> delivery{};
    std::optional<DeliveryState> delivery_state{};
    std::optional<ReturnId> book_return{};
    std::optional<ReturnState> return_state{};
};

struct JournalHead {
    EpochId epoch;
    JournalNumber number{};        // newest entry
    Digest hash{};                 // its hash: dispatch's witness
    JournalNumber acknowledged{};  // end to end, by dispatch
    JournalNumber pruned{};        // so far nothing is kept any more
};

struct StateReport {
    CabinetId cabinet;
    BootId boot{};
    WallTime at{};
    bool time_trusted = false;
    bool in_service = true;
    bool walk_needed = false;  // doors and ledger must be compared by a person first
    bool store_low = false;
    std::vector<CompartmentReport> compartments{};
    std::uint16_t free_small = 0, free_medium = 0, free_large = 0;
    JournalHead journal{};
};

struct Health {
    CabinetId cabinet;
    WallTime at{};
    std::uint64_t uptime_s = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t commit_latency_us = 0;  // the slowest of the last minute
    std::uint64_t outbox_depth = 0;       // entries not yet acknowledged by the broker
    std::uint64_t refused_messages = 0;   // since start: malformed, unsigned, misaddressed
    // Until the first certificate expires that the connection needs; 0: today, or it has.
    std::optional<std::uint64_t> certificate_days_left{};
    std::optional<double> temperature_c{};
    // Scanners and card readers that should be plugged in and are not; nothing without any.
    std::optional<std::uint64_t> readers_missing{};
    std::optional<std::uint64_t> dropped_scans{};  // since start: half, garbage, too many at once
};

// An entry as it travels: the exact bytes that are hashed, and beside them what may be erased.
struct Event {
    std::string entry;
    Digest hash{};
    std::optional<Personal> personal{};
};

[[nodiscard]] std::string_view code_of(Link link);
[[nodiscard]] std::string_view code_of(Door door);
[[nodiscard]] std::string_view code_of(Occupancy occupancy);
[[nodiscard]] std::string_view code_of(DeliveryState state);
[[nodiscard]] std::string_view code_of(ReturnState state);
[[nodiscard]] std::optional<Link> link_of(std::string_view code);
[[nodiscard]] std::optional<Door> door_of(std::string_view code);
[[nodiscard]] std::optional<Occupancy> occupancy_of(std::string_view code);
[[nodiscard]] std::optional<DeliveryState> delivery_state_of(std::string_view code);
[[nodiscard]] std::optional<ReturnState> return_state_of(std::string_view code);

}  // namespace lucheng::protocol
