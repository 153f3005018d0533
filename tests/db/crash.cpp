// A process that dies, at any moment, without a word.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;

namespace {

// Commits for ever in a process of its own and tells of every commit that was reported.
class Committer {
public:
    explicit Committer(const Directory& directory) {
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0) throw std::runtime_error{"no pipe"};
        child_ = ::fork();
        if (child_ == 0) {
            ::close(ends[0]);
            commit_for_ever(directory, ends[1]);
        }
        ::close(ends[1]);
        told_ = ends[0];
    }
    ~Committer() {
        if (told_ >= 0) ::close(told_);
    }
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    // The number of the newest entry that it told of before it was killed.
    std::uint64_t kill_after(int reports) {
        std::uint64_t newest = 0;
        for (int i = 0; i < reports; ++i) read(newest);
        ::kill(child_, SIGKILL);
        while (read(newest)) continue;
        ::waitpid(child_, nullptr, 0);
        return newest;
    }

private:
    bool read(std::uint64_t& number) const {
        return ::read(told_, &number, sizeof(number)) == sizeof(number);
    }

    [[noreturn]] static void commit_for_ever(const Directory& directory, int told) {
        OpenStore store{directory};
        for (;;) {
            auto batch = facts(3, "P-1");
            batch.changes.compartments = {{protocol::CompartmentNumber{1}, {}, true}};
            const auto number = number_of(store.commit(batch).head.number);
            if (::write(told, &number, sizeof(number)) != sizeof(number)) ::_exit(1);
        }
    }

    pid_t child_ = -1;
    int told_ = -1;
};

}  // namespace

TEST_CASE("a process that is killed loses nothing of which it told, and no batch is half there") {
    const Directory directory;
    std::uint64_t before = 0;
    for (int reports = 1; reports <= 40; reports += 3) {
        CAPTURE(reports);
        const auto told = Committer{directory}.kill_after(reports);
        const auto verified = db::verify_journal(directory.database());
        CHECK_FALSE(verified.broken);
        OpenStore again{directory};
        const auto found = number_of(again.store().head().number);
        CHECK(verified.entries == found);
        CHECK(told > before);
        CHECK(found >= told);
        CHECK(found <= told + 3);
        CHECK((found - before) % 3 == 0);
        before = found;
    }
}

TEST_CASE("verifying after a kill reads the log as well and leaves it for the daemon") {
    const Directory directory;
    const auto told = Committer{directory}.kill_after(5);
    const auto log = directory.state() / "cabinet.db-wal";
    const auto log_bytes = std::filesystem::file_size(log);
    REQUIRE(log_bytes > 0);
    CHECK(db::verify_journal(directory.database()).entries >= told);
    CHECK(std::filesystem::file_size(log) == log_bytes);
    OpenStore again{directory};
    CHECK(number_of(again.store().head().number) >= told);
}
