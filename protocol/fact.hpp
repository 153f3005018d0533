// What happened: one entry of the journal. One flat struct; which fields a kind carries stands in
// the table of docs/protocol.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/command.hpp"

namespace lucheng::protocol {

enum class FactKind : std::uint8_t {
    // a delivery's life
    assigned,
    deposited,
    collected,
    collected_late,
    left_behind,
    expired,
    recalling,
    recalled,
    cancelled,
    not_deposited,
    reassigned,
    extended,
    rekeyed,
    disputed,
    resolved,
    adopted,
    // doors and locks
    unlock_authorised,
    lapsed,
    interrupted,
    opened,
    closed,
    ajar,
    forced,
    jammed,
    unjammed,
    occupancy_mismatch,
    wrong_compartment,
    confirmed_empty,
    // people
    granted,
    revoked,
    denied,
    locked_out,
    help_requested,
    // the cabinet
    booted,
    service_changed,
    hardware_lost,
    hardware_back,
    mains_lost,
    mains_back,
    tampered,
    clock_changed,
    store_low,
    store_well,
    refused,
    counted,
    self_tested,
    commissioned,
    keys_changed,
    forgotten,
    notice_changed,
    return_stored,
    return_collected,
    walk_found,
    walked,
};

// By what somebody was let in.
enum class Means : std::uint8_t { code, card, qr, remote, local };
// What an opening is for.
enum class Purpose : std::uint8_t {
    deposit,
    pickup,
    recall,
    inspection,
    returning,
    collection,
    walk
};

struct Fact {
    FactKind kind{};
    std::optional<DeliveryId> delivery{};
    std::optional<ReturnId> book_return{};
    std::optional<CompartmentNumber> compartment{};
    std::optional<AuthorisationId> authorisation{};
    std::optional<Means> means{};
    std::optional<Purpose> purpose{};
    std::optional<Reason> reason{};
    std::optional<CommandId> command{};
    std::optional<KeyId> key{};
    std::optional<std::uint64_t> count{};  // books, attempts, or how often, by kind
    std::optional<std::string> detail{};   // a version, a device's name; never personal
    std::optional<PersonId> person{};      // kept beside the chain, which holds a commitment to it
    std::optional<std::string> sealed{};   // instead of a person: the box of a return's card number
    bool operator==(const Fact&) const = default;
};

// Where an entry stands in the chain.
struct EntryHeader {
    CabinetId cabinet;
    EpochId epoch;
    JournalNumber number{};
    WallTime at{};
    bool time_trusted = false;
    Digest previous{};  // hash of the entry before; zero for the first
};

// The person behind an entry, beside the chain: erasing it leaves the chain whole, because the
// entry holds only BLAKE2b-256(salt, person). Who brought a return is known to dispatch alone: in
// the place of a person stands the card's number, sealed to dispatch, in base64.
struct Personal {
    PersonId person{};
    Digest salt{};
    std::string sealed{};
};

[[nodiscard]] std::string_view code_of(FactKind kind);
[[nodiscard]] std::string_view code_of(Means means);
[[nodiscard]] std::string_view code_of(Purpose purpose);
[[nodiscard]] std::optional<FactKind> fact_kind_of(std::string_view code);
[[nodiscard]] std::optional<Means> means_of(std::string_view code);
[[nodiscard]] std::optional<Purpose> purpose_of(std::string_view code);

}  // namespace lucheng::protocol
