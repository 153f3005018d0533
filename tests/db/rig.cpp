#include "tests/db/rig.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <sqlite3.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lucheng::test {

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;  // for a machine under load; no test waits as long when it passes

class ByHand {
public:
    explicit ByHand(const std::filesystem::path& database) {
        if (sqlite3_open(database.c_str(), &handle_) != SQLITE_OK) throw fault();
    }
    ~ByHand() { sqlite3_close(handle_); }
    ByHand(const ByHand&) = delete;
    ByHand& operator=(const ByHand&) = delete;

    std::string run(const std::string& sql) {
        const auto keep_last = [](void* text, int count, char** values, char**) {
            auto& last = *static_cast<std::string*>(text);
            last.clear();
            for (int i = 0; i < count; ++i) {
                if (i > 0) last += '|';
                if (values[i] != nullptr) last += values[i];
            }
            return 0;
        };
        std::string last;
        if (sqlite3_exec(handle_, sql.c_str(), keep_last, &last, nullptr) != SQLITE_OK) {
            throw fault();
        }
        return last;
    }

private:
    std::runtime_error fault() { return std::runtime_error{sqlite3_errmsg(handle_)}; }
    sqlite3* handle_ = nullptr;
};

}  // namespace

// In memory where there is such a place: what reaches a disk and when is FaultyDisk's to judge.
Directory::Directory() {
    const std::filesystem::path memory = "/dev/shm";
    const bool in_memory = std::getenv("TMPDIR") == nullptr && ::access(memory.c_str(), W_OK) == 0;
    const auto above = in_memory ? memory : std::filesystem::temp_directory_path();
    auto name = (above / "lucheng-db-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error{errno, std::generic_category(), name};
    }
    path_ = name;
}

Directory::~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

db::Options Directory::options() const {
    db::Options options;
    options.directory = state();
    options.cabinet = protocol::CabinetId::of("KS-017");
    options.ballast_bytes = 0;
    options.uptime = [] { return std::chrono::microseconds{1}; };
    return options;
}

db::Post Loop::post() {
    return [queue = queue_](std::function<void()> function) {
        {
            const std::lock_guard lock{queue->mutex};
            queue->functions.push_back(std::move(function));
        }
        queue->posted.notify_one();
    };
}

void Loop::run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        std::unique_lock lock{queue_->mutex};
        const bool came = queue_->posted.wait_until(lock, deadline,
                                                    [this] { return !queue_->functions.empty(); });
        if (!came) throw std::runtime_error{"the store did not answer"};
        const auto function = std::move(queue_->functions.front());
        queue_->functions.pop_front();
        lock.unlock();
        function();
    }
}

void Loop::run_ready() {
    bool empty = false;
    while (!empty) {
        std::unique_lock lock{queue_->mutex};
        empty = queue_->functions.empty();
        if (empty) return;
        const auto function = std::move(queue_->functions.front());
        queue_->functions.pop_front();
        lock.unlock();
        function();
    }
}

OpenStore::OpenStore(const db::Options& options)
    : store_{std::make_unique<db::Store>(options, loop_.post())} {
    store_->on_fault([this](const StoreFault& fault) {
        fault_ = fault;
        ++faults_told_;
    });
}

template <class Answer, class Ask>
std::optional<Answer> OpenStore::answer_to(const Ask& ask) {
    // Shared, because after a fault the answer may still lie in the loop's queue.
    const auto answer = std::make_shared<std::optional<Answer>>();
    ask([answer](Answer given) { answer->emplace(std::move(given)); });
    loop_.run_until([&] { return answer->has_value() || fault_.has_value(); });
    return std::move(*answer);
}

std::optional<db::Committed> OpenStore::try_commit(Batch batch) {
    return answer_to<db::Committed>(
        [&](auto done) { store_->commit(std::move(batch), std::move(done)); });
}

db::Committed OpenStore::commit(Batch batch) {
    auto committed = try_commit(std::move(batch));
    if (!committed) throw std::runtime_error{fault_->what()};
    return *committed;
}

std::vector<db::StoredEvent> OpenStore::events(std::uint64_t from, std::size_t count) {
    return answer_to<std::vector<db::StoredEvent>>([&](auto done) {
               store_->read_events(protocol::JournalNumber{from}, count, std::move(done));
           })
        .value();
}

std::optional<std::string> OpenStore::reply(std::string_view id) {
    return answer_to<std::optional<std::string>>(
               [&](auto done) { store_->read_reply(protocol::CommandId::of(id), std::move(done)); })
        .value();
}

protocol::Result<protocol::JournalHead> OpenStore::acknowledge(const protocol::EpochId& epoch,
                                                               std::uint64_t number,
                                                               const protocol::Digest& hash) {
    return answer_to<protocol::Result<protocol::JournalHead>>([&](auto done) {
               store_->acknowledge(epoch, protocol::JournalNumber{number}, hash, std::move(done));
           })
        .value();
}

db::Store::Space OpenStore::space(std::uint64_t low_bytes) {
    return answer_to<db::Store::Space>(
               [&](auto done) { store_->check_space(low_bytes, std::move(done)); })
        .value();
}

std::optional<StoreFault> fault_at_opening(const db::Options& options) {
    try {
        Loop loop;
        const db::Store store{options, loop.post()};
        return std::nullopt;
    } catch (const StoreFault& fault) {
        return fault;
    }
}

void edit_by_hand(const std::filesystem::path& database, const std::string& sql) {
    ByHand{database}.run(sql);
}

std::string look_by_hand(const std::filesystem::path& database, const std::string& sql) {
    return ByHand{database}.run(sql);
}

int exit_code_of(pid_t child) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

protocol::WallTime at(std::int64_t seconds) {
    return protocol::WallTime{std::chrono::seconds{1'790'000'000 + seconds}};
}

core::SecretHash secret(std::string_view text) { return {protocol::digest_of(text)}; }

db::StampedFact fact(protocol::FactKind kind, std::string_view person) {
    db::StampedFact stamped;
    stamped.fact.kind = kind;
    if (!person.empty()) stamped.fact.person = protocol::PersonId::of(person);
    stamped.at = at(0);
    stamped.time_trusted = true;
    return stamped;
}

Batch facts(int count, std::string_view person) {
    Batch batch;
    for (int i = 0; i < count; ++i) {
        batch.facts.push_back(fact(protocol::FactKind::opened, person));
        batch.facts.back().at = at(i);
    }
    return batch;
}

Delivery stored_in(std::string_view id, std::uint16_t compartment) {
    Delivery delivery;
    delivery.id = protocol::DeliveryId::of(id);
    delivery.revision = protocol::Revision{1};
    delivery.state = core::DeliveryState::stored;
    delivery.compartment = protocol::CompartmentNumber{compartment};
    delivery.patron = protocol::PersonId::of("P-1");
    delivery.code = secret("11112222");
    delivery.issued_at = at(0);
    return delivery;
}

Delivery ended(std::string_view id) {
    Delivery delivery;
    delivery.id = protocol::DeliveryId::of(id);
    delivery.state = core::DeliveryState::collected;
    delivery.issued_at = at(0);
    return delivery;
}

Batch rows(Changes changes) {
    Batch batch;
    batch.changes = std::move(changes);
    return batch;
}

Changes rows_of_every_kind(std::int64_t version) {
    using namespace protocol;
    Changes changes;
    changes.cabinet = core::CabinetRow{
        false, true, AuthorisationId{9}, {3, 7, Milliseconds{80'000'000}, Milliseconds{1}}};
    changes.compartments = {{CompartmentNumber{1}, std::nullopt, true},
                            {CompartmentNumber{96}, Reason::sensor_fault, false}};
    auto full = stored_in("D-full", 12);
    full.revision = Revision{4'000'000'000};
    full.group = GroupId::of("G-1");
    full.size = SizeClass::large;
    full.books = 65'535;
    full.easy_access = true;
    full.pickup_by = at(259'200);
    full.cards = {secret("card b"), secret("card a"), secret("card c")};
    changes.deliveries = {full, ended("D-tombstone")};
    changes.authorisations = {
        {AuthorisationId{8}, CompartmentNumber{12}, Purpose::pickup, Means::card,
         DeliveryId::of("D-full"), PersonId::of("P-1"), core::Outcome::opened},
        {AuthorisationId{9}, CompartmentNumber{3}, Purpose::inspection, Means::remote, std::nullopt,
         PersonId{}, core::Outcome::granted}};
    changes.credentials = {
        {PersonId::of("C-1"), PersonRole::courier, at(86'400), secret("900001"), {secret("c")}},
        {PersonId::of("S-1"), PersonRole::staff, std::nullopt, std::nullopt, {}}};
    changes.marks = {{KeyId::of("dispatch-2026"), at(1)}, {KeyId::of("operator-7"), at(-5)}};
    changes.commands = {
        {CommandId::of("c-1"), digest_of("body 1"), KeyId::of("dispatch-2026"), at(1)},
        {CommandId::of("c-2"), digest_of("body 2"), KeyId::of("operator-7"), at(2)}};
    if (version < 3) return changes;
    changes.cabinet->keys_serial = 7;
    changes.deliveries.front().token = secret("token");
    changes.authorisations.front().means = Means::qr;
    changes.keys = {{KeyId::of("dispatch-2027"), Role::dispatch, {1}},
                    {KeyId::of("ops-wang"), Role::operations, {2}}};
    if (version < 4) return changes;
    changes.notice = core::Notice{"国庆期间照常开放。", "Open as usual.", at(86'400), at(3)};
    if (version < 5) return changes;
    changes.returns = {{ReturnId{7},
                        ReturnState::stored,
                        CompartmentNumber{5},
                        SizeClass::medium,
                        secret("a reader's card"),
                        {}},
                       {ReturnId{9}, ReturnState::open, CompartmentNumber{3}, SizeClass::small,
                        std::nullopt, "c2VhbGVk"}};
    changes.authorisations.back().purpose = Purpose::returning;
    if (version < 6) return changes;
    changes.authorisations.back().purpose = Purpose::walk;
    return changes;
}

}  // namespace lucheng::test
