// What survives a power cut: one SQLite file, one connection, one thread. Everything here is asked
// for from the loop and answered on the loop, in the order of asking.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/ledger.hpp"
#include "protocol/report.hpp"

namespace lucheng::db {

// A disk that refuses. Nothing that was asked for after it has happened; the process must leave.
class StoreFault : public std::runtime_error {
public:
    // `what` names file, operation and SQLite's or the system's error; `advice` says what to do.
    StoreFault(const std::string& what, std::string advice, int exit_code);
    [[nodiscard]] const std::string& advice() const { return advice_; }
    [[nodiscard]] int exit_code() const { return exit_code_; }  // after sysexits

private:
    std::string advice_;
    int exit_code_;
};

struct StampedFact {
    protocol::Fact fact;
    protocol::WallTime at{};
    bool time_trusted = false;
};
struct StoredReply {
    protocol::CommandId id;
    std::string bytes;
};
// All that was decided while the commit before was under way: one transaction, one sync.
struct Batch {
    std::vector<StampedFact> facts;
    core::Changes changes;  // of all its decisions, the later over the earlier
    std::vector<StoredReply> replies;
    [[nodiscard]] bool empty() const;
};
struct StoredEvent {
    protocol::JournalNumber number{};
    protocol::Event event;
};
struct Committed {
    protocol::JournalHead head;
    std::uint64_t latency_us = 0;
    // The entries that this commit made, in order: whoever has sent all before them need not ask.
    std::vector<StoredEvent> events{};
};
// What is kept no longer, and by which clock.
struct Ages {
    protocol::WallTime now{};
    protocol::Milliseconds persons{};  // after the entry, and the end of its delivery
    protocol::Milliseconds entries{};  // after the entry, once dispatch has it
};
struct Aged {
    std::uint64_t persons = 0;         // erased now
    protocol::JournalNumber pruned{};  // nothing is kept up to here
    bool more = false;                 // ask again
};
struct Verification {
    protocol::JournalHead head;
    std::uint64_t entries = 0;
    std::optional<std::string> broken{};  // which entry, what is wrong; none: the chain is whole
};

struct Options {
    std::filesystem::path directory;  // holds cabinet.db, backups/, ballast
    protocol::CabinetId cabinet;
    std::int64_t ballast_bytes = 8 << 20;
    // Since some fixed moment, from any thread; latency and busy_for_ms are zero without.
    std::function<std::chrono::microseconds()> uptime{};
    // False: no thread; what is asked for is done by step(), on the caller's.
    bool own_thread = true;
};

// Hands a function over to the loop's thread.
using Post = std::function<void(std::function<void()>)>;

class Store {
public:
    // Opens or creates the file, migrates it (a backup before), checks that a checkpoint reaches
    // the disk, starts the thread. Throws StoreFault: newer file, corrupt, read-only, I/O error.
    Store(const Options& options, Post post);
    ~Store();  // finishes what was asked for, checkpoints, closes
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    [[nodiscard]] const core::Ledger& ledger() const;  // as it was when opened
    // Hands it over, once; afterwards ledger() is empty. A hundred thousand remembered commands are
    // worth some memory, and nobody needs them twice.
    [[nodiscard]] core::Ledger take_ledger();
    [[nodiscard]] const protocol::JournalHead& head() const;  // likewise
    [[nodiscard]] protocol::JournalNumber sent() const;  // likewise: newest accepted by the broker
    [[nodiscard]] std::optional<protocol::WallTime> newest_entry_at() const;  // likewise
    [[nodiscard]] bool born() const;  // this opening created the file

    // A fault is reported once through this, on the loop; after it nothing is answered any more.
    void on_fault(std::function<void(const StoreFault&)> handler);

    void commit(Batch batch, std::function<void(const Committed&)> done);
    void read_reply(const protocol::CommandId& id,
                    std::function<void(std::optional<std::string>)> done);
    // At most `count` entries from `from` on, in order.
    void read_events(protocol::JournalNumber from, std::size_t count,
                     std::function<void(std::vector<StoredEvent>)> done);
    // Refused with wrong_epoch, beyond_head, wrong_hash, not_in_journal; otherwise durable.
    void acknowledge(const protocol::EpochId& epoch, protocol::JournalNumber number,
                     const protocol::Digest& hash,
                     std::function<void(protocol::Result<protocol::JournalHead>)> done);
    // What the broker has accepted; made durable with the next commit, not by one of its own.
    void note_sent(protocol::JournalNumber number);
    // Milliseconds since the operation under way was handed to the disk; zero when idle. From any
    // thread: the watchdog of a stalled disk.
    [[nodiscard]] std::uint64_t busy_for_ms() const;
    // Bytes free for this file's disk, and whether the ballast still stands. Lets the ballast go
    // below a quarter of `low_bytes`, makes it anew above twice and its own size; and does what
    // would otherwise keep somebody waiting one day, so it is worth asking once a minute.
    struct Space {
        std::uint64_t free_bytes = 0;
        bool ballast = false;
    };
    void check_space(std::uint64_t low_bytes, std::function<void(Space)> done);

    // Erases persons and drops entries that are too old, a bounded number a call. To be asked for
    // now and then, by a clock that is trusted. Bytes that were deleted are overwritten.
    void age(const Ages& ages, std::function<void(Aged)> done);

    // Of a store without a thread of its own: does the next thing that was asked for. False: there
    // was nothing.
    bool step();
    [[nodiscard]] bool idle() const;  // nothing that was asked for waits to be done

private:
    class Worker;
    std::unique_ptr<Worker> worker_;
};

// Offline, for `cabinetd --verify-journal`: reads the file, changes nothing. Throws StoreFault.
[[nodiscard]] Verification verify_journal(const std::filesystem::path& database);

}  // namespace lucheng::db
