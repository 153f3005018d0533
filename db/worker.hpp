// The store's thread and the queue before it. Internal to db.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "db/ageing.hpp"
#include "db/connection.hpp"
#include "db/files.hpp"
#include "db/journal.hpp"
#include "db/opening.hpp"
#include "db/rows.hpp"
#include "db/store.hpp"

namespace lucheng::db {

class Store::Worker {
public:
    Worker(const Options& options, Post post);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    struct Found {
        core::Ledger ledger;
        protocol::JournalHead head;
        protocol::JournalNumber sent{};
        std::optional<protocol::WallTime> newest_entry_at{};
        bool born = false;
    };
    [[nodiscard]] const Found& found() const { return found_; }

    // All of these are called from the loop.
    [[nodiscard]] core::Ledger take_ledger() { return std::exchange(found_.ledger, {}); }
    void on_fault(std::function<void(const StoreFault&)> handler);
    void ask(std::string_view operation, std::function<void()> work);
    void note_sent(protocol::JournalNumber number);
    [[nodiscard]] std::uint64_t busy_for_ms() const;
    [[nodiscard]] bool nobody_waits() const;
    // On the thread of the caller, who has given this none of its own.
    bool step();

    // These run on the store's thread, as work that was asked for.
    [[nodiscard]] Committed commit(const Batch& batch);
    [[nodiscard]] std::optional<std::string> reply_of(const protocol::CommandId& id);
    [[nodiscard]] protocol::Result<protocol::JournalHead> acknowledge(
        const protocol::EpochId& epoch, protocol::JournalNumber number,
        const protocol::Digest& hash);
    [[nodiscard]] Space check_space(std::uint64_t low_bytes);
    [[nodiscard]] Aged age(const Ages& ages);
    [[nodiscard]] Journal& journal() { return *journal_; }
    void post(std::function<void()> answer) { post_(std::move(answer)); }

private:
    struct Job {
        std::string_view operation;
        std::function<void()> work;
    };
    // Touched on the loop alone, and outlives this for what was posted and not yet run.
    struct FaultDesk {
        std::function<void(const StoreFault&)> handler{};
        std::optional<StoreFault> fault{};
        void deliver();
    };

    void run();
    [[nodiscard]] std::optional<Job> next();
    void carry_out(const Job& job);
    void end();
    // Runs `work` on the store's thread; false: it failed, and so does everything from now on.
    bool try_to(std::string_view operation, const std::function<void()>& work);
    void fail(const StoreFault& fault);
    void checkpoint_from(int frames);
    void scrub();
    void close();
    // Runs `write` again when the disk was full and the ballast could be let go.
    template <class Write>
    auto with_room(const Write& write);
    [[nodiscard]] std::uint64_t uptime_us() const;

    Options options_;
    std::filesystem::path file_;
    Post post_;
    Ballast ballast_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Journal> journal_;
    std::optional<LedgerWriter> rows_;
    std::optional<TransactionStatements> transactions_;
    std::optional<Statement> read_reply_;
    std::optional<Ageing> ageing_;
    Found found_;
    bool failed_ = false;
    bool scrub_ = false;  // the log still holds bytes of who is to be forgotten
    std::shared_ptr<FaultDesk> desk_ = std::make_shared<FaultDesk>();

    std::atomic<std::uint64_t> sent_{0};
    std::atomic<std::uint64_t> busy_since_us_{0};  // 0: idle

    mutable std::mutex mutex_;
    std::condition_variable asked_;
    std::deque<Job> queue_;
    bool closing_ = false;
    std::thread thread_;  // last: all else stands when it begins
};

}  // namespace lucheng::db
