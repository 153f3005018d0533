// The one append-only record: entries chained by their hashes, and how far they were sent and
// acknowledged. Every question goes by number; none grows with the journal. Internal to db.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/connection.hpp"
#include "db/store.hpp"

namespace lucheng::db {

class Journal {
public:
    // Reads where the journal stands; the database must have its meta row.
    explicit Journal(Connection& connection);

    [[nodiscard]] const protocol::CabinetId& cabinet() const { return cabinet_; }
    [[nodiscard]] const protocol::JournalHead& head() const { return head_; }
    [[nodiscard]] protocol::JournalNumber sent() const { return sent_; }
    [[nodiscard]] std::optional<protocol::WallTime> newest_entry_at();
    // None, or what is wrong with the newest entries. Bounded, however long the journal.
    [[nodiscard]] std::optional<std::string> broken_at_end();

    // Within a transaction. What these give becomes true with keep(), after the commit: a
    // transaction that was rolled back has moved nothing.
    struct Position {
        protocol::JournalHead head;
        protocol::JournalNumber sent{};
        std::vector<StoredEvent> events{};  // what was appended
    };
    [[nodiscard]] Position append(std::span<const StampedFact> facts, protocol::JournalNumber sent);
    void keep(const Position& position);

    // None: this is so. Then mark_acknowledged, within a transaction.
    [[nodiscard]] std::optional<protocol::Refusal> refuse_acknowledgement(
        const protocol::EpochId& epoch, protocol::JournalNumber number,
        const protocol::Digest& hash);
    void mark_acknowledged(protocol::JournalNumber number);
    void keep_acknowledged(protocol::JournalNumber number) { head_.acknowledged = number; }

    // Within a transaction: drops what comes up to here; keep_pruned() after the commit.
    struct Anchor {
        protocol::JournalNumber number{};
    };
    [[nodiscard]] Anchor prune(protocol::JournalNumber number);
    void keep_pruned(const Anchor& anchor) { head_.pruned = anchor.number; }
    [[nodiscard]] protocol::JournalNumber pruned() const { return head_.pruned; }

    [[nodiscard]] std::vector<StoredEvent> read(protocol::JournalNumber from, std::size_t count);

private:
    [[nodiscard]] StoredEvent append_one(const StampedFact& stamped, protocol::JournalHead& head);

    Connection& connection_;
    protocol::CabinetId cabinet_;
    protocol::JournalHead head_;
    protocol::JournalNumber sent_{};
    Statement insert_entry_;
    Statement insert_personal_;
    Statement update_position_;
    Statement update_acknowledged_;
    Statement update_anchor_;
    Statement remove_entries_;
    Statement read_hash_;
    Statement read_events_;
};

class Columns;
// Of a row whose columns 3 to 5 are person, salt and sealed; none: there was none, or it is erased.
[[nodiscard]] std::optional<protocol::Personal> personal_in(const Rows& rows, const Columns& row);

// Entry after entry against the chain. The first that does not fit is told, with its number.
class ChainWalk {
public:
    ChainWalk(protocol::CabinetId cabinet, protocol::EpochId epoch, protocol::JournalNumber number,
              const protocol::Digest& hash);  // of the entry before the first, or zeros

    // What is wrong with this entry; none: it is the next of the chain.
    [[nodiscard]] std::optional<std::string> step(protocol::JournalNumber number,
                                                  std::string_view entry,
                                                  std::span<const std::uint8_t> hash);
    // The person kept beside the entry just stepped to.
    [[nodiscard]] std::optional<std::string> check_personal(const protocol::Personal& personal);

    [[nodiscard]] protocol::JournalNumber number() const { return number_; }
    [[nodiscard]] const protocol::Digest& hash() const { return hash_; }
    [[nodiscard]] protocol::WallTime at() const { return at_; }

private:
    protocol::CabinetId cabinet_;
    protocol::EpochId epoch_;
    protocol::JournalNumber number_;
    protocol::Digest hash_;
    protocol::WallTime at_{};
    std::optional<protocol::Digest> commitment_{};
};

}  // namespace lucheng::db
