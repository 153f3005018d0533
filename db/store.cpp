#include "db/store.hpp"

#include <utility>

#include "db/worker.hpp"

namespace lucheng::db {

bool Batch::empty() const { return facts.empty() && changes.empty() && replies.empty(); }

Store::Store(const Options& options, Post post)
    : worker_{std::make_unique<Worker>(options, std::move(post))} {}

Store::~Store() = default;

const core::Ledger& Store::ledger() const { return worker_->found().ledger; }
core::Ledger Store::take_ledger() { return worker_->take_ledger(); }
const protocol::JournalHead& Store::head() const { return worker_->found().head; }
protocol::JournalNumber Store::sent() const { return worker_->found().sent; }
bool Store::born() const { return worker_->found().born; }

std::optional<protocol::WallTime> Store::newest_entry_at() const {
    return worker_->found().newest_entry_at;
}

void Store::on_fault(std::function<void(const StoreFault&)> handler) {
    worker_->on_fault(std::move(handler));
}

void Store::commit(Batch batch, std::function<void(const Committed&)> done) {
    worker_->ask("commit", [this, batch = std::move(batch), done = std::move(done)]() mutable {
        auto committed = worker_->commit(batch);
        worker_->post(
            [done = std::move(done), committed = std::move(committed)] { done(committed); });
    });
}

void Store::read_reply(const protocol::CommandId& id,
                       std::function<void(std::optional<std::string>)> done) {
    worker_->ask("read a reply", [this, id, done = std::move(done)]() mutable {
        auto bytes = worker_->reply_of(id);
        worker_->post([done = std::move(done), bytes = std::move(bytes)] { done(bytes); });
    });
}

void Store::read_events(protocol::JournalNumber from, std::size_t count,
                        std::function<void(std::vector<StoredEvent>)> done) {
    worker_->ask("read the journal", [this, from, count, done = std::move(done)]() mutable {
        auto events = worker_->journal().read(from, count);
        worker_->post([done = std::move(done), events = std::move(events)]() mutable {
            done(std::move(events));
        });
    });
}

void Store::acknowledge(const protocol::EpochId& epoch, protocol::JournalNumber number,
                        const protocol::Digest& hash,
                        std::function<void(protocol::Result<protocol::JournalHead>)> done) {
    worker_->ask("acknowledge", [this, epoch, number, hash, done = std::move(done)]() mutable {
        auto answer = worker_->acknowledge(epoch, number, hash);
        worker_->post([done = std::move(done), answer = std::move(answer)] { done(answer); });
    });
}

void Store::note_sent(protocol::JournalNumber number) { worker_->note_sent(number); }

std::uint64_t Store::busy_for_ms() const { return worker_->busy_for_ms(); }

bool Store::step() { return worker_->step(); }
bool Store::idle() const { return worker_->nobody_waits(); }

void Store::check_space(std::uint64_t low_bytes, std::function<void(Space)> done) {
    worker_->ask("look after the disk", [this, low_bytes, done = std::move(done)]() mutable {
        const auto space = worker_->check_space(low_bytes);
        worker_->post([done = std::move(done), space] { done(space); });
    });
}

void Store::age(const Ages& ages, std::function<void(Aged)> done) {
    worker_->ask("let go of what is old", [this, ages, done = std::move(done)]() mutable {
        const auto aged = worker_->age(ages);
        worker_->post([done = std::move(done), aged] { done(aged); });
    });
}

}  // namespace lucheng::db
