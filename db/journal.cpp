#include "db/journal.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "db/columns.hpp"
#include "protocol/codec.hpp"
#include "protocol/mutants.hpp"
#include "protocol/sodium_ready.hpp"

namespace lucheng::db {

using protocol::Digest;
using protocol::Fact;
using protocol::JournalHead;
using protocol::JournalNumber;
using protocol::number_of;
using protocol::Personal;
using protocol::Reason;
using protocol::Refusal;

namespace {

// Of the newest entries that are checked at every start: enough to notice a file that was cut or
// edited at its end, little enough for the slowest card.
constexpr std::uint64_t checked_at_start = 64;

Digest random_salt() {
    protocol::sodium_ready();
    Digest salt{};
    randombytes_buf(salt.data(), salt.size());
    return salt;
}

std::string say(JournalNumber number, std::string_view what) {
    return fmt::format("journal entry {}: {}", number_of(number), what);
}

}  // namespace

std::optional<Personal> personal_in(const Rows& rows, const Columns& row) {
    if (row.is_null(4)) return std::nullopt;
    Personal personal{row.id_or_empty<protocol::PersonId>(3), row.digest(4), {}};
    if (!row.is_null(5)) personal.sealed = rows.text(5);
    return personal;
}

namespace {

JournalNumber following(JournalNumber number) { return JournalNumber{number_of(number) + 1}; }

}  // namespace

Journal::Journal(Connection& connection)
    : connection_{connection},
      insert_entry_{connection, "INSERT INTO journal (number, entry, hash) VALUES (?1, ?2, ?3)"},
      insert_personal_{connection,
                       "INSERT INTO personal (number, person, salt, delivery, sealed, book_return) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      update_position_{connection,
                       "UPDATE meta SET head = ?1, head_hash = ?2, sent = ?3 WHERE one = 1"},
      update_acknowledged_{connection, "UPDATE meta SET acknowledged = ?1 WHERE one = 1"},
      update_anchor_{connection,
                     "UPDATE meta SET pruned = ?1, pruned_hash = "
                     "(SELECT hash FROM journal WHERE number = ?1) WHERE one = 1"},
      remove_entries_{connection, "DELETE FROM journal WHERE number <= ?1"},
      read_hash_{connection, "SELECT hash FROM journal WHERE number = ?1"},
      read_events_{connection,
                   "SELECT journal.number, entry, hash, person, salt, sealed FROM journal "
                   "LEFT JOIN personal ON personal.number = journal.number "
                   "WHERE journal.number >= ?1 ORDER BY journal.number LIMIT ?2"} {
    Statement read{connection,
                   "SELECT cabinet, epoch, head, head_hash, sent, acknowledged, pruned FROM meta"};
    auto rows = read.query();
    if (!rows.next()) throw BadRow{"meta, its only row is missing"};
    const Columns row{rows, "meta"};
    cabinet_ = row.id<protocol::CabinetId>(0);
    head_.epoch = row.id<protocol::EpochId>(1);
    head_.number = row.strong<JournalNumber>(2);
    head_.hash = row.digest(3);
    sent_ = row.strong<JournalNumber>(4);
    head_.acknowledged = row.strong<JournalNumber>(5);
    head_.pruned = row.strong<JournalNumber>(6);
}

std::optional<protocol::WallTime> Journal::newest_entry_at() {
    const auto newest = read(head_.number, 1);
    if (newest.empty()) return std::nullopt;
    const auto entry = protocol::decode_entry(newest.front().event.entry);
    if (!entry) throw BadRow{say(head_.number, "it cannot be read")};
    return entry.value().header.at;
}

std::optional<std::string> Journal::broken_at_end() {
    const auto kept = number_of(head_.number) - number_of(head_.pruned);
    const JournalNumber before{number_of(head_.number) - std::min(kept, checked_at_start)};
    Digest anchor{};
    if (before > head_.pruned) {
        auto rows = read_hash_.query(number_of(before));
        if (!rows.next()) return say(before, "it is missing");
        anchor = Columns{rows, "journal"}.digest(0);
    } else {
        Statement pruned{connection_, "SELECT pruned_hash FROM meta"};
        auto rows = pruned.query();
        if (rows.next()) anchor = Columns{rows, "meta"}.digest(0);
    }
    ChainWalk walk{cabinet_, head_.epoch, before, anchor};
    // One more than there should be: an entry behind the head is as wrong as a missing one.
    for (const auto& event : read(following(before), checked_at_start + 1)) {
        if (auto broken = walk.step(event.number, event.event.entry, event.event.hash)) {
            return broken;
        }
    }
    if (walk.number() != head_.number || walk.hash() != head_.hash) {
        return say(std::min(following(walk.number()), head_.number),
                   "the journal does not end where it was last written");
    }
    return std::nullopt;
}

Journal::Position Journal::append(std::span<const StampedFact> facts, JournalNumber sent) {
    Position next{head_, sent_};
    next.events.reserve(facts.size());
    for (const auto& fact : facts) next.events.push_back(append_one(fact, next.head));
    next.sent = std::min(std::max(sent, sent_), next.head.number);
    if ((!facts.empty() || next.sent != sent_) && !MUTANT(43)) {
        update_position_.run(number_of(next.head.number), next.head.hash, number_of(next.sent));
    }
    return next;
}

StoredEvent Journal::append_one(const StampedFact& stamped, JournalHead& head) {
    const protocol::EntryHeader header{cabinet_,   head.epoch,           following(head.number),
                                       stamped.at, stamped.time_trusted, head.hash};
    std::optional<Personal> personal;
    const Fact& fact = stamped.fact;
    if (fact.person) personal = Personal{*fact.person, random_salt(), {}};
    if (fact.sealed) personal = Personal{{}, random_salt(), *fact.sealed};
    auto entry = protocol::encode_entry(header, stamped.fact, personal ? &*personal : nullptr);
    head.number = header.number;
    head.hash = protocol::digest_of(entry);
    insert_entry_.run(number_of(head.number), entry, head.hash);
    if (personal) {
        std::optional<std::string_view> delivery, sealed;
        std::optional<std::uint64_t> book_return;
        if (fact.delivery) delivery = fact.delivery->str();
        if (fact.sealed) sealed = *fact.sealed;
        if (fact.sealed && fact.book_return) book_return = number_of(*fact.book_return);
        insert_personal_.run(number_of(head.number), or_null(personal->person), personal->salt,
                             delivery, sealed, book_return);
    }
    return {head.number, {std::move(entry), head.hash, std::move(personal)}};
}

void Journal::keep(const Position& position) {
    head_ = position.head;
    sent_ = position.sent;
}

std::optional<Refusal> Journal::refuse_acknowledgement(const protocol::EpochId& epoch,
                                                       JournalNumber number, const Digest& hash) {
    const auto refuse = [number](Reason reason) {
        return Refusal{reason, std::to_string(number_of(number))};
    };
    if (epoch != head_.epoch) return Refusal{Reason::wrong_epoch, epoch.str()};
    if (number > head_.number) return refuse(Reason::beyond_head);
    auto rows = read_hash_.query(number_of(number));
    if (!rows.next()) return refuse(Reason::not_in_journal);
    if (Columns{rows, "journal"}.digest(0) != hash) return refuse(Reason::wrong_hash);
    return std::nullopt;
}

void Journal::mark_acknowledged(JournalNumber number) {
    update_acknowledged_.run(number_of(number));
}

// The anchor keeps the hash of the last entry that goes: the chain is verified from there.
Journal::Anchor Journal::prune(JournalNumber number) {
    update_anchor_.run(number_of(number));
    remove_entries_.run(number_of(number));
    return {number};
}

std::vector<StoredEvent> Journal::read(JournalNumber from, std::size_t count) {
    std::vector<StoredEvent> events;
    auto rows = read_events_.query(number_of(from), count);
    while (rows.next()) {
        const Columns row{rows, "journal"};
        StoredEvent& stored = events.emplace_back();
        stored.number = row.strong<JournalNumber>(0);
        stored.event.entry = rows.text(1);
        stored.event.hash = row.digest(2);
        stored.event.personal = personal_in(rows, row);
    }
    return events;
}

ChainWalk::ChainWalk(protocol::CabinetId cabinet, protocol::EpochId epoch, JournalNumber number,
                     const Digest& hash)
    : cabinet_{std::move(cabinet)}, epoch_{std::move(epoch)}, number_{number}, hash_{hash} {}

std::optional<std::string> ChainWalk::step(JournalNumber number, std::string_view entry,
                                           std::span<const std::uint8_t> hash) {
    const auto expected = following(number_);
    if (number != expected) return say(expected, "it is missing");
    const auto digest = protocol::digest_of(entry);
    if (!std::equal(digest.begin(), digest.end(), hash.begin(), hash.end())) {
        return say(number, "its bytes do not have its hash");
    }
    const auto decoded = protocol::decode_entry(entry);
    if (!decoded) return say(number, "it cannot be read");
    const auto& header = decoded.value().header;
    if (header.number != number) return say(number, "it bears another number");
    if (header.previous != hash_) return say(number, "it does not continue the one before");
    if (header.epoch != epoch_) return say(number, "it is of another epoch");
    if (header.cabinet != cabinet_) return say(number, "it is of another cabinet");
    number_ = number;
    hash_ = digest;
    at_ = header.at;
    commitment_ = decoded.value().commitment;
    return std::nullopt;
}

std::optional<std::string> ChainWalk::check_personal(const Personal& personal) {
    if (commitment_ == protocol::commitment_to(personal)) return std::nullopt;
    return say(number_, "the person beside it is not the one it was written for");
}

}  // namespace lucheng::db
