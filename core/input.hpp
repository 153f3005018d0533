// Everything that happens to a cabinet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ledger.hpp"
#include "core/scan.hpp"
#include "protocol/command.hpp"

namespace lucheng::core {

// What switch and sensor say. Nothing: not read, or not fitted.
struct Senses {
    CompartmentNumber compartment{};
    std::optional<protocol::Door> door{};
    std::optional<protocol::Occupancy> occupancy{};
};

// The first input of a run: what the switches say now. Nothing is ever pulsed because of it.
struct Booted {
    std::vector<Senses> senses;
    std::string version;
    bool clean = true;  // the run before ended in order
};
struct Sensed {
    Senses senses;
};

enum class PulseEnd : std::uint8_t {
    done,    // the coil was on for its time
    lapsed,  // the authorisation had grown too old when its commit was reported; not pulsed
    lost,    // the line or the keeper was gone; perhaps pulsed
};
struct PulseEnded {
    AuthorisationId authorisation{};
    PulseEnd end{};
};
struct HardwareLost {
    std::vector<CompartmentNumber> compartments;
    std::string device;  // the chip's label
};
struct HardwareBack {
    std::vector<Senses> senses;
    std::string device;
};
struct MainsChanged {
    bool failed = false;
};
struct CaseMoved {
    bool open = false;
};
struct DeadlinePassed {};
struct StoreSpace {
    bool low = false;
};
struct ClockStepped {};  // the wall clock moved against the other by more than a second

// A command whose envelope was decoded and whose signature holds. Its secrets arrive hashed, and
// the clear ones are wiped before.
struct HashedSecrets {
    std::optional<SecretHash> code{};
    std::vector<SecretHash> cards{};
    std::optional<SecretHash> token{};
    [[nodiscard]] bool empty() const { return !code && cards.empty() && !token; }
};
struct CommandReceived {
    protocol::Command command;
    KeyId key;
    protocol::Role role{};
    Digest body{};
    HashedSecrets secrets{};
    protocol::BootId boot;  // this run's, for the rule of untrusted time
};
// Messages that nobody with a key sent: counted, never listed one by one.
struct MessagesRefused {
    Reason reason{};
    std::uint64_t count = 0;
};

// People at the cabinet.
struct CodeTyped {
    SecretHash code;
};
struct CardShown {
    SecretHash card;
    std::string sealed{};  // its number, sealed to dispatch, in base64; where returns are taken
};
struct TokenShown {  // scanned, or its sixteen digits typed
    SecretHash token;
};
struct ParcelChosen {
    DeliveryId delivery;
};
// A reader has read something, told apart by tell_apart() and hashed.
struct Scanned {
    std::string reader;                    // its id
    std::optional<ScanMeaning> meaning{};  // none: no format of this reader fits
    SecretHash secret{};                   // of a code, token or card
    DeliveryId parcel{};                   // of a label
    std::string sealed{};                  // of a card, as in CardShown
};
struct ReturnAsked {};  // somebody has books to bring back
struct SizeChosen {
    SizeClass size{};
};
struct CollectionAsked {};  // a courier takes the returns out, door after door
struct ReaderChanged {      // plugged in or out
    std::string reader;
    bool there = false;
};
enum class Answer : std::uint8_t {
    done,         // taken all, or put in: the courier's or patron's word
    again,        // open the same door again
    later,        // not now: back to the list
    too_large,    // does not fit: another compartment, or back with the courier
    damaged,      // back with the courier
    still_there,  // something is inside that should not be
    missing,      // nothing was inside that should be
    help,
    leave,  // log out
    stay,   // more time, please
};
[[nodiscard]] std::string_view code_of(Answer answer);
struct Answered {
    Answer answer{};
};

// Staff, logged in at the screen.
struct OpeningAsked {
    CompartmentNumber compartment{};
};
struct WalkAsked {};  // 逐格清点
struct ServiceAsked {
    protocol::SetService service;
};

// Somebody at the cabinet's own socket, or staff at the screen: then the order is the session's.
struct TestAsked {
    protocol::TestOrder order;
    bool at_screen = false;
};
struct TestAnswered {
    protocol::TestAnswer answer;
    bool at_screen = false;
};
struct TestStopped {
    bool at_screen = false;
};

using Input =
    std::variant<Booted, Sensed, PulseEnded, HardwareLost, HardwareBack, MainsChanged, CaseMoved,
                 DeadlinePassed, StoreSpace, ClockStepped, CommandReceived, MessagesRefused,
                 CodeTyped, CardShown, TokenShown, ParcelChosen, Scanned, ReaderChanged, Answered,
                 OpeningAsked, ServiceAsked, TestAsked, TestAnswered, TestStopped, ReturnAsked,
                 SizeChosen, CollectionAsked, WalkAsked>;

}  // namespace lucheng::core
