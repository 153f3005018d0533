#include "daemon/log.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>

#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

// What a log writes to its output.
class Paper {
public:
    Paper() : fd_{::open((directory_ / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)} {
        REQUIRE(fd_ >= 0);
    }
    ~Paper() { ::close(fd_); }
    Paper(const Paper&) = delete;
    Paper& operator=(const Paper&) = delete;
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] std::string text() const { return test::read_file(directory_ / "log"); }

private:
    rig::TempDir directory_{"log"};
    int fd_;
};

// $JOURNAL_STREAM as long as this lives.
class JournalStream {
public:
    explicit JournalStream(const std::string& value) {
        if (const char* old = std::getenv("JOURNAL_STREAM")) before_ = old;
        ::setenv("JOURNAL_STREAM", value.c_str(), 1);
    }
    ~JournalStream() {
        if (before_) {
            ::setenv("JOURNAL_STREAM", before_->c_str(), 1);
        } else {
            ::unsetenv("JOURNAL_STREAM");
        }
    }
    JournalStream(const JournalStream&) = delete;
    JournalStream& operator=(const JournalStream&) = delete;

private:
    std::optional<std::string> before_{};
};

protocol::WallTime eight() {
    return std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours{8};
}

TEST_CASE("a line has time, level, message and fields") {
    const Paper paper;
    const Log log{Level::info, eight, paper.fd()};
    log.write(Level::notice, "door opened", {{"COMPARTMENT", "12"}, {"WHY", "a pickup"}});
    log.write(Level::error, "the disk refuses");
    CHECK(paper.text() ==
          "2026-11-22T08:00:00.000Z notice  door opened COMPARTMENT=12 WHY=\"a pickup\"\n"
          "2026-11-22T08:00:00.000Z error   the disk refuses\n");
}

TEST_CASE("a log without a clock leaves the time out") {
    const Paper paper;
    const Log log{Level::info, {}, paper.fd()};
    log.write(Level::info, "ready");
    CHECK(paper.text() == "info    ready\n");
}

TEST_CASE("what is less urgent than the level is left out, until the level changes") {
    const Paper paper;
    Log log{Level::warning, {}, paper.fd()};
    log.write(Level::notice, "one");
    log.write(Level::warning, "two");
    log.set_level(Level::debug);
    log.write(Level::debug, "three");
    CHECK(paper.text() == "warning two\ndebug   three\n");
}

TEST_CASE("what comes from outside cannot forge a line of the log") {
    const Paper paper;
    const Log log{Level::info, {}, paper.fd()};
    log.write(Level::info, "label\nerror fire",
              {{"LABEL", "a\r\n\x1b[2J"}, {"NONE", ""}, {"QUOTED", "\" LEVEL=\"error"}});
    CHECK(paper.text() ==
          "info    label\\x0aerror fire LABEL=a\\x0d\\x0a\\x1b[2J NONE=\"\" "
          "QUOTED=\"\\\" LEVEL=\\\"error\"\n");
}

TEST_CASE("only the very stream that systemd connected is the journal") {
    const Paper paper;
    struct stat facts {};
    REQUIRE(::fstat(paper.fd(), &facts) == 0);
    const JournalStream same{fmt::format("{}:{}", facts.st_dev, facts.st_ino)};
    CHECK(is_journal(paper.fd()));
    const JournalStream other{fmt::format("{}:{}", facts.st_dev, facts.st_ino + 1)};
    CHECK_FALSE(is_journal(paper.fd()));
    const JournalStream nonsense{"journal"};
    CHECK_FALSE(is_journal(paper.fd()));
}

TEST_CASE("a level is known by its name, and no other name is one") {
    Level level = Level::info;
    for (const auto name : {"error", "warning", "notice", "info", "debug"}) {
        CHECK(level_of(name, level));
        CHECK(name_of(level) == name);
    }
    CHECK_FALSE(level_of("trace", level));
    CHECK(level == Level::debug);
}

}  // namespace
}  // namespace lucheng::daemon
