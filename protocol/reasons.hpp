// The registry of reason codes: answers and facts carry these, never sentences.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lucheng::protocol {

enum class Reason : std::uint8_t {
    // the message itself
    malformed,          // not JSON of the documented shape; the argument names the field
    not_sealed,         // a code, card or token came in clear; the argument names the field
    sealed_elsewhere,   // the box is not for this cabinet's key; the argument is its fingerprint
    oversize,           // more bytes than a message may have
    unknown_verb,       // this version knows no such command
    bad_signature,      // the signature does not match the body
    unknown_key,        // no such key here, or it was revoked
    not_permitted,      // the key's role may not ask this
    wrong_cabinet,      // addressed to another cabinet
    retained,           // a command with the retain flag
    expired,            // expires_at has passed
    not_yet_valid,      // issued_at lies ahead of the cabinet's trusted clock
    validity_too_long,  // expires_at lies further behind issued_at than the longest validity
    too_old,            // issued before what this key's newest command allows
    wrong_boot,         // time is not trusted here: the command must quote status.boot
    id_reused,          // the same id came before with another body
    set_aside,          // this message was being handled when the process died, twice
    too_many_commands,  // more ids than can be remembered
    // deliveries
    superseded,         // a newer revision is known
    unknown_delivery,   // no such delivery here
    delivery_ended,     // it was collected, recalled, cancelled or taken back
    delivery_exists,    // adopt or assign of a delivery that is already here in another state
    code_in_use,        // the code opens another live delivery here
    no_compartment,     // none free of that size, shut, empty and in service
    wrong_state,        // the delivery's state does not allow it
    already_deposited,  // cancel after the deposit: recall it instead
    deadline_passed,    // the pickup deadline lies in the past
    bad_deadline,       // deadline missing or further ahead than allowed
    still_needed,       // who is to be forgotten has a delivery or a credential here
    // compartments and the cabinet
    unknown_compartment,     // no such number in this cabinet
    compartment_busy,        // holds something, or its door is being opened
    out_of_service,          // taken out by staff or by a fault
    cabinet_out_of_service,  // the whole cabinet is
    hardware_lost,           // its lines are gone
    jammed,                  // pulsed the last time and did not open
    store_full,              // the disk is full: no new drop-offs
    remote_cap,              // more remote openings this hour than allowed
    unexplained_occupant,    // something is sensed inside that the ledger does not know
    // the journal
    wrong_epoch,     // of another life of the database
    wrong_hash,      // the hash is not the entry's
    beyond_head,     // no such number yet
    not_in_journal,  // pruned, or never was
    // people at the cabinet
    code_unknown,  // no live delivery or credential has this code
    card_unknown,
    token_unknown,  // of a QR code
    scan_unknown,   // what a reader read fits no format, or came broken
    locked_out,     // too many wrong codes; the argument is the seconds left
    not_here,       // 本柜无此包裹
    no_session,     // nobody is logged in, or the session ended
    wrong_session,  // the session does not allow this step
    busy,           // somebody else is at the screen
    lapsed,         // the authorisation grew too old before it was durable
    returns_off,    // this cabinet takes no returns
    returns_full,   // no compartment for a return; the argument is where else, where that is known
    returns_limit,  // this card has as many returns here as it may
    // what a self-test or a commissioning finds
    no_opening_seen,  // a person was not there to say which
    switch_stuck,
    switch_inverted,
    switch_swapped,  // the right door opened
    lock_swapped,
    pair_swapped,
    two_opened,
    not_shut,
    no_sensor,
    sensor_stuck,
    nobody_there,  // no door was shut, or no question answered, and the test ended
    test_running,
    // why a delivery or a compartment changed
    too_large,
    no_space,
    damaged,
    wrong_parcel,
    wrong_compartment,
    by_staff,
    sensor_fault,
    door_fault,
    sensed_empty,
    sensed_occupied,
    power_cut,
    courier_left,
    walk_needed,
    // a walk through every compartment
    walk_cap,       // more of them today than allowed
    found_missing,  // staff looked, and it was not there
};

// May the sender try the same thing again, and when?
enum class TryAgain : std::uint8_t { never, later, after_change };

struct ReasonText {
    Reason reason{};
    std::string_view code;  // on the wire
    TryAgain try_again{};
    std::string_view english;
    std::string_view chinese;
};

// Every reason once, in the order of the enumeration.
[[nodiscard]] std::span<const ReasonText> reason_table();
[[nodiscard]] const ReasonText& text_of(Reason reason);
[[nodiscard]] std::string_view code_of(Reason reason);
[[nodiscard]] std::string_view code_of(TryAgain try_again);
[[nodiscard]] std::optional<Reason> reason_of(std::string_view code);

}  // namespace lucheng::protocol
