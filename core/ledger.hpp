// What survives a power cut: the rows of the ledger, and what a decision changes in them. The
// store keeps exactly these; the state in memory is what restoring them gives.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "protocol/fact.hpp"
#include "protocol/report.hpp"
#include "protocol/self_test.hpp"

namespace lucheng::core {

using protocol::AuthorisationId;
using protocol::CommandId;
using protocol::CompartmentNumber;
using protocol::DeliveryId;
using protocol::DeliveryState;
using protocol::Digest;
using protocol::KeyId;
using protocol::Means;
using protocol::PersonId;
using protocol::PersonRole;
using protocol::Purpose;
using protocol::Reason;
using protocol::Refusal;
using protocol::SecretHash;
using protocol::SizeClass;

// One parcel for one patron. After its end the row stays as a tombstone, without patron, code and
// cards, until no command that is still acceptable could bring it back.
struct Delivery {
    DeliveryId id;
    protocol::Revision revision{};
    DeliveryState state{};
    std::optional<CompartmentNumber> compartment{};  // set while live, and only then
    PersonId patron{};
    protocol::GroupId group{};
    SizeClass size{};
    std::uint16_t books = 0;
    bool easy_access = false;
    std::optional<WallTime> pickup_by{};
    std::optional<SecretHash> code{};
    std::vector<SecretHash> cards{};
    std::optional<SecretHash> token{};  // of its QR code
    WallTime issued_at{};               // of the newest command about it
    bool operator==(const Delivery&) const = default;
};

// A delivery that holds a compartment. The database refuses a second one in the same.
[[nodiscard]] bool is_live(DeliveryState state);

// Books that a patron brings back. It holds a compartment from its first opening until a courier
// has taken the books out; then nothing is left of it but the record.
struct Return {
    protocol::ReturnId id{};
    protocol::ReturnState state{};
    CompartmentNumber compartment{};
    SizeClass size{};                  // as chosen
    std::optional<SecretHash> card{};  // for the limit of returns a card
    std::string sealed{};  // the card's number, sealed to dispatch; gone once that is in the record
    bool operator==(const Return&) const = default;
};

struct CompartmentRow {
    CompartmentNumber number{};
    std::optional<Reason> out_of_service{};
    bool unexplained = false;  // opened and not known to be empty, or an occupant of no delivery
    bool operator==(const CompartmentRow&) const = default;
};

enum class Outcome : std::uint8_t {
    granted,
    opened,
    ended
};  // ended: shut, jammed, lapsed, unknown

// Leave to open one compartment once. Durable before the lock is pulsed.
struct Authorisation {
    AuthorisationId id{};
    CompartmentNumber compartment{};
    Purpose purpose{};
    Means means{};
    std::optional<DeliveryId> delivery{};
    PersonId person{};  // or empty, for a remote opening: the key is in the journal
    Outcome outcome{};
    bool operator==(const Authorisation&) const = default;
};

// A courier's or staff member's leave to log in, granted by dispatch, good without network.
struct Credential {
    PersonId person;
    PersonRole role{};
    std::optional<WallTime> valid_until{};
    std::optional<SecretHash> code{};
    std::vector<SecretHash> cards{};
    bool operator==(const Credential&) const = default;
};

// An answered command. The reply's bytes lie in the store alone.
struct RememberedCommand {
    CommandId id;
    Digest body{};  // a second body under the same id is refused
    KeyId key;
    WallTime issued_at{};
    bool operator==(const RememberedCommand&) const = default;
};

// Wrong codes and lock-outs, as time served: a restart or a clock step forgives nothing.
struct Attempts {
    std::int64_t wrong_in_row = 0;
    std::int64_t wrong_today = 0;
    Milliseconds today_left{};    // until wrong_today is forgotten
    Milliseconds lockout_left{};  // zero: none
    bool operator==(const Attempts&) const = default;
};

// What dispatch has the idle screen say. Once over it has no text; the mark stays, so that no older
// notice takes the place of a newer.
struct Notice {
    std::string chinese{}, english{};
    std::optional<WallTime> until{};
    WallTime issued_at{};  // of the command
    [[nodiscard]] bool empty() const { return chinese.empty() && english.empty(); }
    bool operator==(const Notice&) const = default;
};

struct CabinetRow {
    bool in_service = true;
    bool walk_needed = false;
    AuthorisationId last_authorisation{};
    Attempts attempts{};
    std::optional<protocol::TestKind> testing{};  // begun and not ended
    std::uint64_t keys_serial = 0;                // of the newest list of keys; 0: the config's
    bool operator==(const CabinetRow&) const = default;
};

struct Ledger {
    CabinetRow cabinet{};
    std::map<CompartmentNumber, CompartmentRow> compartments{};
    std::map<DeliveryId, Delivery> deliveries{};
    std::map<protocol::ReturnId, Return> returns{};
    std::map<AuthorisationId, Authorisation> authorisations{};  // those not ended
    std::map<PersonId, Credential> credentials{};
    std::map<KeyId, WallTime> marks{};  // newest accepted issued_at of each key
    std::map<CommandId, RememberedCommand> commands{};
    // Of the newest list that came, and none before the first: then the configuration's sign.
    std::vector<protocol::TrustedKey> keys{};
    Notice notice{};
    bool operator==(const Ledger&) const = default;
};

// Rows to write, whole, and rows to remove: one transaction together with the decision's facts.
struct Changes {
    std::optional<CabinetRow> cabinet{};
    std::vector<CompartmentRow> compartments{};
    std::vector<Delivery> deliveries{};
    std::vector<DeliveryId> forgotten_deliveries{};
    std::vector<Return> returns{};
    std::vector<protocol::ReturnId> ended_returns{};
    std::vector<Authorisation> authorisations{};  // one that has ended is removed
    std::vector<Credential> credentials{};
    std::vector<PersonId> revoked_credentials{};
    std::vector<std::pair<KeyId, WallTime>> marks{};
    std::vector<RememberedCommand> commands{};
    // of this key, all that were issued before
    std::vector<std::pair<KeyId, WallTime>> forgotten_commands{};
    std::optional<std::vector<protocol::TrustedKey>> keys{};  // in the place of all
    std::optional<Notice> notice{};
    std::vector<PersonId> forgotten_people{};  // from the record
    [[nodiscard]] bool empty() const;
    bool operator==(const Changes&) const = default;
};

// Puts the later changes over the earlier: one transaction for several decisions.
void merge(Changes& earlier, Changes later);

// What the store does with changes, on the rows in memory: tests and debug builds compare.
void apply(Ledger& ledger, const Changes& changes);

}  // namespace lucheng::core
