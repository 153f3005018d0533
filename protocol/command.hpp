// What dispatch and operators may ask of a cabinet. Plain structs; codec.hpp makes and reads JSON.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/digest.hpp"
#include "protocol/ids.hpp"
#include "protocol/secret.hpp"
#include "protocol/time.hpp"

namespace lucheng::protocol {

inline constexpr std::size_t code_digits_min = 4, code_digits_max = 12;
inline constexpr std::size_t trusted_keys_max = 32;
inline constexpr std::size_t notice_bytes_max = 600;  // of one language: 200 Chinese characters
inline constexpr std::size_t token_digits = 16;       // of a QR code: too many to be guessed

enum class SizeClass : std::uint8_t { small, medium, large };
// Of a signing key. Authority signs lists of keys and nothing else: it is kept in a safe.
enum class Role : std::uint8_t { dispatch, operations, authority };
enum class PersonRole : std::uint8_t { courier, staff };  // of a credential at the cabinet

struct Secrets;
void wipe(Secrets& secrets);  // and empties it, but for the box

// In clear within this process only, never logged, never stored, and overwritten when it goes. What
// travels is the sealed box.
struct Secrets {
    std::string code{};                // pickup code or PIN: 4 to 12 digits; empty: none
    std::vector<std::string> cards{};  // reader cards
    std::string token{};               // of a QR code: 16 digits; empty: none
    std::string sealed{};              // the box of the others; see sealing.hpp
    [[nodiscard]] bool clear() const { return !code.empty() || !cards.empty() || !token.empty(); }
    ~Secrets() { wipe(*this); }
};

struct Assign {
    DeliveryId delivery;
    Revision revision{};
    PersonId patron;
    GroupId group{};  // empty: alone
    SizeClass size{};
    std::uint16_t books = 1;
    bool easy_access = false;             // a compartment from 400 to 1,100 mm, if one is free
    std::optional<WallTime> pickup_by{};  // none: the configured time after the deposit
    Secrets secrets{};
};
struct Cancel {
    DeliveryId delivery;
    Revision revision{};
};
struct Extend {
    DeliveryId delivery;
    Revision revision{};
    WallTime pickup_by{};
};
struct Rekey {
    DeliveryId delivery;
    Revision revision{};
    Secrets secrets{};
};
struct Recall {
    DeliveryId delivery;
    Revision revision{};
};
struct Grant {
    PersonId person;
    PersonRole role{};
    std::optional<WallTime> valid_until{};
    Secrets secrets{};
};
struct Revoke {
    PersonId person;
};
struct Open {
    CompartmentNumber compartment{};
};
struct SetService {
    std::optional<CompartmentNumber> compartment{};  // none: the whole cabinet
    bool in_service = true;
};
struct Snapshot {};
struct Replay {
    EpochId epoch;
    JournalNumber from{};
};
struct Acknowledge {
    EpochId epoch;
    JournalNumber number{};
    Digest hash{};
};
// This delivery already lies in that compartment: dispatch's ledger, after a dead card.
struct Adopt {
    Assign delivery;
    CompartmentNumber compartment{};
};

// Clicks locks one by one, with somebody at the cabinet who shuts each door again.
struct SelfTest {
    std::vector<CompartmentNumber> compartments{};  // empty: all
    bool occupied_too = false;                      // also those that hold something
    bool sensors = false;  // and have something put in at each sensor, and taken out again
};

using PublicKey = std::array<std::uint8_t, 32>;  // Ed25519
struct TrustedKey {
    KeyId id;
    Role role{};
    PublicKey key{};
    bool operator==(const TrustedKey&) const = default;
};
// From now on these keys sign, and no other: adds, replaces and revokes in one.
struct SetKeys {
    std::uint64_t serial = 0;  // higher than that of the list before
    std::vector<TrustedKey> keys{};
};

// What a person found who looked behind the door of a disputed delivery.
enum class Found : std::uint8_t { inside, gone };
struct Resolve {
    DeliveryId delivery;
    Found found{};
};

// Erases who that was from the record; what happened stays.
struct Forget {
    PersonId person;
};

// What the idle screen says, in the place of the notice before. Both empty: nothing any more.
struct SetNotice {
    std::string chinese{}, english{};
    std::optional<WallTime> until{};  // none: until the next
};

using Verb =
    std::variant<Assign, Cancel, Extend, Rekey, Recall, Grant, Revoke, Open, SetService, Snapshot,
                 Replay, Acknowledge, Adopt, SelfTest, SetKeys, Resolve, Forget, SetNotice>;

struct Command {
    CommandId id;
    CabinetId cabinet;
    WallTime issued_at{};
    WallTime expires_at{};
    BootId boot{};  // quoted from status; needed while the cabinet's time is not trusted
    Verb verb;
};

// What travels: the body is a string, so that the signature covers its exact bytes.
struct Envelope {
    KeyId key;
    std::string signature;  // 64 bytes
    std::string body;
};

[[nodiscard]] std::string_view name_of(const Verb& verb);
// By name; empty fields. None: no such verb.
[[nodiscard]] std::optional<Verb> verb_of(std::string_view name);
[[nodiscard]] std::string_view code_of(SizeClass size);
[[nodiscard]] std::string_view code_of(Role role);
[[nodiscard]] std::string_view code_of(PersonRole role);
[[nodiscard]] std::string_view code_of(Found found);
[[nodiscard]] std::optional<SizeClass> size_of(std::string_view code);
[[nodiscard]] std::optional<Role> role_of(std::string_view code);
[[nodiscard]] std::optional<PersonRole> person_role_of(std::string_view code);
[[nodiscard]] std::optional<Found> found_of(std::string_view code);
// What a role may ask: dispatch assigns and keeps the ledger, operations opens and services,
// authority says who the others are.
[[nodiscard]] bool may_ask(Role role, const Verb& verb);

}  // namespace lucheng::protocol
