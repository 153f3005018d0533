// A store on a directory of its own, asked and answered in one line each.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "core/ledger.hpp"
#include "db/store.hpp"

namespace lucheng::test {

using core::Changes;
using core::Delivery;
using db::Batch;
using db::StoreFault;
using protocol::Reason;

class Directory {
public:
    Directory();
    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path state() const { return path_ / "state"; }
    [[nodiscard]] std::filesystem::path database() const { return state() / "cabinet.db"; }
    [[nodiscard]] db::Options options() const;

private:
    std::filesystem::path path_;
};

// What the store posts runs on the thread of the test, when the test waits for something.
class Loop {
public:
    [[nodiscard]] db::Post post();
    // Fails the test when it does not come true.
    void run_until(const std::function<bool()>& done);
    void run_ready();

private:
    struct Queue {
        std::mutex mutex;
        std::condition_variable posted;
        std::deque<std::function<void()>> functions;
    };
    std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
};

class OpenStore {
public:
    explicit OpenStore(const db::Options& options);
    explicit OpenStore(const Directory& directory) : OpenStore{directory.options()} {}

    // None: the store failed, and fault() tells how.
    [[nodiscard]] std::optional<db::Committed> try_commit(Batch batch);
    db::Committed commit(Batch batch);
    [[nodiscard]] std::vector<db::StoredEvent> events(std::uint64_t from, std::size_t count);
    [[nodiscard]] std::optional<std::string> reply(std::string_view id);
    [[nodiscard]] protocol::Result<protocol::JournalHead> acknowledge(
        const protocol::EpochId& epoch, std::uint64_t number, const protocol::Digest& hash);
    [[nodiscard]] db::Store::Space space(std::uint64_t low_bytes);

    [[nodiscard]] db::Store& store() { return *store_; }
    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] const std::optional<StoreFault>& fault() const { return fault_; }
    [[nodiscard]] int faults_told() const { return faults_told_; }

private:
    // Waits until `ask` has called what it was given, or the store has failed.
    template <class Answer, class Ask>
    std::optional<Answer> answer_to(const Ask& ask);

    Loop loop_;
    std::optional<StoreFault> fault_;
    int faults_told_ = 0;
    std::unique_ptr<db::Store> store_;
};

// What opening fails with; none: it opens.
[[nodiscard]] std::optional<StoreFault> fault_at_opening(const db::Options& options);
// Runs SQL on a closed database, as somebody at a shell would.
void edit_by_hand(const std::filesystem::path& database, const std::string& sql);
[[nodiscard]] std::string look_by_hand(const std::filesystem::path& database,
                                       const std::string& sql);

// Of a child of this process.
[[nodiscard]] int exit_code_of(pid_t child);

[[nodiscard]] protocol::WallTime at(std::int64_t seconds);
[[nodiscard]] core::SecretHash secret(std::string_view text);
[[nodiscard]] db::StampedFact fact(protocol::FactKind kind, std::string_view person = {});
[[nodiscard]] Batch facts(int count, std::string_view person = {});
[[nodiscard]] Delivery stored_in(std::string_view id, std::uint16_t compartment);
[[nodiscard]] Delivery ended(std::string_view id);
[[nodiscard]] Batch rows(Changes changes);
// A row in every table, every optional column once with and once without.
// As many as a database of that version can hold.
[[nodiscard]] Changes rows_of_every_kind(std::int64_t version = 6);

}  // namespace lucheng::test
