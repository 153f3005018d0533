#include "db/worker.hpp"

#include <algorithm>
#include <csignal>
#include <pthread.h>
#include <utility>

#include "db/fault.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::db {

using protocol::JournalHead;
using protocol::JournalNumber;
using protocol::number_of;

namespace {

// Of 4 KiB in the write-ahead log. From the first number on a checkpoint is worth its two syncs
// while nobody waits; at the second somebody has to, or the log would grow for ever.
constexpr int frames_when_quiet = 256;
constexpr int frames_at_most = 1024;

// Signals are the loop's: none may end a system call of this thread.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

template <class Write>
auto Store::Worker::with_room(const Write& write) {
    try {
        return write();
    } catch (const SqlError& error) {
        if (MUTANT(3)) return write();
        if (!error.is_full() || MUTANT(4) || !ballast_.release()) throw;
    }
    return write();
}

Store::Worker::Worker(const Options& options, Post post)
    : options_{options},
      file_{database_in(options.directory)},
      post_{std::move(post)},
      ballast_{options.directory, options.ballast_bytes} {
    auto opened = open_database(options_, ballast_);
    connection_ = std::move(opened.connection);
    journal_ = std::move(opened.journal);
    found_.born = opened.born;
    try {
        ballast_.restore();
        found_.ledger = load_ledger(*connection_);
        found_.head = journal_->head();
        found_.sent = journal_->sent();
        found_.newest_entry_at = journal_->newest_entry_at();
        rows_.emplace(*connection_);
        transactions_.emplace(*connection_);
        read_reply_.emplace(*connection_, "SELECT reply FROM command WHERE id = ?1");
        ageing_.emplace(*connection_, *journal_);
    } catch (...) {
        throw current_fault(file_, "read the ledger");
    }
    sent_ = number_of(found_.sent);
    if (!options_.own_thread) return;
    const SignalsBlocked inherited;
    thread_ = std::thread{[this] { run(); }};
}

Store::Worker::~Worker() {
    {
        const std::lock_guard lock{mutex_};
        closing_ = true;
    }
    if (thread_.joinable()) {
        asked_.notify_one();
        thread_.join();
    } else {
        run();
    }
}

void Store::Worker::FaultDesk::deliver() {
    if (!handler || !fault) return;
    const auto told = std::exchange(handler, nullptr);
    told(*fault);
}

void Store::Worker::on_fault(std::function<void(const StoreFault&)> handler) {
    desk_->handler = std::move(handler);
    desk_->deliver();
}

void Store::Worker::ask(std::string_view operation, std::function<void()> work) {
    {
        const std::lock_guard lock{mutex_};
        queue_.push_back({operation, std::move(work)});
    }
    asked_.notify_one();
}

void Store::Worker::note_sent(JournalNumber number) {
    sent_ = std::max(sent_.load(), number_of(number));
}

std::uint64_t Store::Worker::busy_for_ms() const {
    const auto since = busy_since_us_.load();
    if (since == 0) return 0;
    const auto now = uptime_us();
    return now > since ? (now - since) / 1000 : 0;
}

std::uint64_t Store::Worker::uptime_us() const {
    if (!options_.uptime) return 0;
    return static_cast<std::uint64_t>(options_.uptime().count());
}

std::optional<Store::Worker::Job> Store::Worker::next() {
    std::unique_lock lock{mutex_};
    asked_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return std::nullopt;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    return job;
}

bool Store::Worker::nobody_waits() const {
    const std::lock_guard lock{mutex_};
    return queue_.empty();
}

bool Store::Worker::step() {
    if (nobody_waits()) return false;
    carry_out(*next());
    return true;
}

void Store::Worker::run() {
    while (const auto job = next()) carry_out(*job);
    end();
}

void Store::Worker::carry_out(const Job& job) {
    // What was decided on top of something that did not happen must not happen either.
    if (failed_ || !try_to(job.operation, job.work)) return;
    try_to("bring a checkpoint to the disk", [this] { checkpoint_from(frames_at_most); });
}

void Store::Worker::end() {
    if (!failed_) try_to("close", [this] { close(); });
    ageing_.reset();
    read_reply_.reset();
    transactions_.reset();
    rows_.reset();
    journal_.reset();
    connection_.reset();
}

bool Store::Worker::try_to(std::string_view operation, const std::function<void()>& work) {
    busy_since_us_ = std::max<std::uint64_t>(uptime_us(), 1);
    try {
        work();
    } catch (...) {
        fail(current_fault(file_, operation));
    }
    busy_since_us_ = 0;
    return !failed_;
}

void Store::Worker::fail(const StoreFault& fault) {
    failed_ = true;
    post_([desk = desk_, fault] {
        desk->fault = fault;
        desk->deliver();
    });
}

void Store::Worker::checkpoint_from(int frames) {
    if (connection_->wal_frames() < frames) return;
    with_room([this] { connection_->checkpoint(SQLITE_CHECKPOINT_PASSIVE); });
}

void Store::Worker::close() {
    if (JournalNumber{sent_.load()} > journal_->sent()) {
        static_cast<void>(commit(Batch{}));
    }
    with_room([this] { connection_->checkpoint(SQLITE_CHECKPOINT_TRUNCATE); });
}

Committed Store::Worker::commit(const Batch& batch) {
    const auto begun = uptime_us();
    const JournalNumber sent{sent_.load()};
    if (!batch.changes.forgotten_people.empty()) {
        // First: after a cut in between the command comes again.
        remove_files_in(backups_in(options_.directory), std::nullopt);
        scrub_ = true;
    }
    auto position = with_room([&] {
        Transaction transaction{*transactions_};
        auto written = journal_->append(batch.facts, sent);
        if (MUTANT(2)) connection_->execute("COMMIT; BEGIN IMMEDIATE");
        rows_->write(batch.changes, batch.replies);
        transaction.commit();
        return written;
    });
    journal_->keep(position);
    return {journal_->head(), uptime_us() - begun, std::move(position.events)};
}

std::optional<std::string> Store::Worker::reply_of(const protocol::CommandId& id) {
    auto rows = read_reply_->query(id.str());
    if (!rows.next() || rows.is_null(0)) return std::nullopt;
    return std::string{rows.text(0)};
}

protocol::Result<JournalHead> Store::Worker::acknowledge(const protocol::EpochId& epoch,
                                                         JournalNumber number,
                                                         const protocol::Digest& hash) {
    if (auto refusal = journal_->refuse_acknowledgement(epoch, number, hash)) return *refusal;
    if (number <= journal_->head().acknowledged) return journal_->head();
    with_room([&] {
        Transaction transaction{*transactions_};
        journal_->mark_acknowledged(number);
        transaction.commit();
    });
    journal_->keep_acknowledged(number);
    return journal_->head();
}

void Store::Worker::scrub() {
    with_room([this] { connection_->checkpoint(SQLITE_CHECKPOINT_TRUNCATE); });
    scrub_ = false;
}

Aged Store::Worker::age(const Ages& ages) {
    Aged aged;
    const auto anchor = with_room([&] {
        Transaction transaction{*transactions_};
        aged.persons = ageing_->erase_persons(ages);
        const auto moved = ageing_->prune(ages);
        transaction.commit();
        return moved;
    });
    if (anchor) journal_->keep_pruned(*anchor);
    aged.pruned = journal_->pruned();
    aged.more = ageing_->has_more();
    scrub_ = scrub_ || aged.persons > 0 || anchor.has_value();
    if (scrub_ && !aged.more) scrub();
    remove_files_in(backups_in(options_.directory), ages.now - ages.persons);
    return aged;
}

Store::Space Store::Worker::check_space(std::uint64_t low_bytes) {
    auto free = free_bytes(options_.directory);
    const bool had = ballast_.stands();
    if (free < low_bytes / 4)
        ballast_.release();
    else if (free > 2 * low_bytes + ballast_.bytes())
        ballast_.restore();
    if (ballast_.stands() != had) free = free_bytes(options_.directory);
    // Asked for now and then, between people: the moment for what would keep one of them waiting.
    if (scrub_)
        scrub();
    else if (nobody_waits())
        checkpoint_from(frames_when_quiet);
    return {free, ballast_.stands()};
}

}  // namespace lucheng::db
