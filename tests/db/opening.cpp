// Which files are opened, and what is said of the others.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/db/rig.hpp"

using namespace lucheng;
using namespace lucheng::test;
using std::filesystem::perms;

namespace {

bool names(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

void overwrite(const std::filesystem::path& file, std::streamoff offset, std::size_t count) {
    std::fstream stream{file, std::ios::in | std::ios::out | std::ios::binary};
    stream.seekp(offset);
    stream << std::string(count, '\x5a');
}

constexpr int data_error = 65;
constexpr int cannot_create = 73;
constexpr int try_later = 75;
constexpr int no_permission = 77;
constexpr int config_error = 78;

}  // namespace

TEST_CASE("directory and files belong to their owner alone, whatever the umask") {
    const Directory directory;
    const auto before = ::umask(0);
    { OpenStore{directory}.commit(facts(1)); }
    ::umask(before);
    CHECK(std::filesystem::status(directory.state()).permissions() == perms::owner_all);
    for (const auto* name : {"cabinet.db", "cabinet.db-wal"}) {
        CAPTURE(name);
        CHECK(std::filesystem::status(directory.state() / name).permissions() ==
              (perms::owner_read | perms::owner_write));
    }
    CHECK_FALSE(std::filesystem::exists(directory.state() / "cabinet.db-shm"));
}

TEST_CASE("what was left open to others is made private") {
    const Directory directory;
    { OpenStore{directory}.commit(facts(1)); }
    std::filesystem::permissions(directory.state(), perms::all);
    std::filesystem::permissions(directory.database(), perms::all);
    { OpenStore store{directory}; }
    CHECK(std::filesystem::status(directory.state()).permissions() == perms::owner_all);
    CHECK(std::filesystem::status(directory.database()).permissions() ==
          (perms::owner_read | perms::owner_write));
}

TEST_CASE("a path with blanks, signs and Chinese characters is opened as it is") {
    const Directory directory;
    auto options = directory.options();
    options.directory = directory.path() / "玉山 公园?mode=memory#%41&";
    { OpenStore{options}.commit(facts(2)); }
    CHECK(std::filesystem::exists(options.directory / "cabinet.db"));
    CHECK(number_of(OpenStore{options}.store().head().number) == 2);
}

TEST_CASE("a second daemon on the same directory is told that the file is in use") {
    const Directory directory;
    int start[2] = {-1, -1};
    REQUIRE(::pipe(start) == 0);
    // Forked before SQLite knows of the file, so that only the lock can stop it.
    const auto child = ::fork();
    if (child == 0) {
        char go = 0;
        if (::read(start[0], &go, 1) != 1) ::_exit(1);
        const auto fault = fault_at_opening(directory.options());
        ::_exit(fault ? fault->exit_code() : 0);
    }
    const OpenStore first{directory};
    REQUIRE(::write(start[1], "!", 1) == 1);
    CHECK(exit_code_of(child) == try_later);
    ::close(start[0]);
    ::close(start[1]);
}

TEST_CASE("the file of another cabinet is refused, and both are named") {
    const Directory directory;
    { OpenStore store{directory}; }
    auto options = directory.options();
    options.cabinet = protocol::CabinetId::of("KS-018");
    const auto fault = fault_at_opening(options);
    REQUIRE(fault);
    CHECK(fault->exit_code() == config_error);
    CHECK(names(fault->what(), "belongs to cabinet KS-017"));
    CHECK(names(fault->what(), "KS-018"));
}

TEST_CASE("the file of a newer version is refused untouched") {
    const Directory directory;
    { OpenStore store{directory}; }
    edit_by_hand(directory.database(), "PRAGMA user_version = 999");
    const auto fault = fault_at_opening(directory.options());
    REQUIRE(fault);
    CHECK(fault->exit_code() == config_error);
    CHECK(names(fault->what(), "newer cabinetd"));
    CHECK(names(fault->what(), "999"));
    CHECK(look_by_hand(directory.database(), "PRAGMA user_version") == "999");
}

TEST_CASE("the database of another program is refused untouched") {
    const Directory directory;
    std::filesystem::create_directory(directory.state());
    edit_by_hand(directory.database(), "CREATE TABLE recipes (name TEXT)");
    const auto fault = fault_at_opening(directory.options());
    REQUIRE(fault);
    CHECK(fault->exit_code() == config_error);
    CHECK(names(fault->what(), "another program"));
    CHECK(look_by_hand(directory.database(), "PRAGMA journal_mode") == "delete");
}

TEST_CASE("a file that is no database is named, and left as it is") {
    const Directory directory;
    { OpenStore store{directory}; }
    overwrite(directory.database(), 0, 100);
    const auto bytes = std::filesystem::file_size(directory.database());
    const auto fault = fault_at_opening(directory.options());
    REQUIRE(fault);
    CHECK(fault->exit_code() == data_error);
    CHECK(names(fault->what(), "SQLITE_NOTADB"));
    CHECK(names(fault->advice(), "aside"));
    CHECK(names(fault->advice(), "adopt"));
    CHECK(std::filesystem::file_size(directory.database()) == bytes);
}

TEST_CASE("a page that was overwritten in any table of the ledger keeps the file shut") {
    const auto pages = [] {
        const Directory directory;
        OpenStore{directory}.commit(rows(rows_of_every_kind()));
        return std::filesystem::file_size(directory.database()) / 4096;
    }();
    REQUIRE(pages > 10);
    for (std::uintmax_t page = 0; page < pages; ++page) {
        CAPTURE(page);
        const Directory directory;
        {
            OpenStore store{directory};
            Batch batch = rows(rows_of_every_kind());
            batch.facts = facts(1, "P-1").facts;
            store.commit(batch);
        }
        overwrite(directory.database(), static_cast<std::streamoff>(page * 4096), 4096);
        const auto fault = fault_at_opening(directory.options());
        // The persons of past entries are read when they are asked for.
        if (fault)
            CHECK(fault->exit_code() == data_error);
        else
            CHECK(db::verify_journal(directory.database()).entries == 1);
    }
}

TEST_CASE("counters that no rule could have written keep the file shut") {
    for (const std::string change :
         {"wrong_in_row = -9223372036854775807", "wrong_today = 9223372036854775807",
          "today_left_ms = -1", "lockout_left_ms = 9223372036854775807"}) {
        CAPTURE(change);
        const Directory directory;
        { OpenStore{directory}.commit(rows(rows_of_every_kind())); }
        edit_by_hand(directory.database(), "UPDATE cabinet SET " + change);
        const auto fault = fault_at_opening(directory.options());
        REQUIRE(fault);
        CHECK(fault->exit_code() == data_error);
    }
}

TEST_CASE("a database without the row that says whose it is, but with a journal, stays shut") {
    const Directory directory;
    { OpenStore{directory}.commit(facts(1)); }
    edit_by_hand(directory.database(), "DELETE FROM meta");
    const auto fault = fault_at_opening(directory.options());
    REQUIRE(fault);
    CHECK(fault->exit_code() == data_error);
}

TEST_CASE("a power cut while the file was made leaves one that is made again") {
    const Directory directory;
    std::filesystem::create_directory(directory.state());
    std::ofstream{directory.database()};
    OpenStore store{directory};
    CHECK(store.store().born());
    CHECK(store.commit(facts(1)).head.number == protocol::JournalNumber{1});
}

TEST_CASE("a directory that cannot be made or is none is named") {
    const Directory directory;
    std::ofstream{directory.path() / "file"};
    auto options = directory.options();
    options.directory = directory.path() / "file";
    auto fault = fault_at_opening(options);
    REQUIRE(fault);
    CHECK(fault->exit_code() == cannot_create);
    CHECK(names(fault->what(), options.directory.string()));
    options.directory = directory.path() / "file" / "below";
    fault = fault_at_opening(options);
    REQUIRE(fault);
    CHECK(fault->exit_code() == cannot_create);
}

TEST_CASE("a directory of somebody else is named") {
    const Directory directory;
    { OpenStore store{directory}; }
    // Whoever is root may write everywhere, so a child gives that up first.
    const auto child = ::fork();
    if (child == 0) {
        constexpr uid_t nobody = 65534;
        if (::geteuid() == 0 && ::setuid(nobody) != 0) ::_exit(1);
        if (::geteuid() != nobody) {
            std::filesystem::permissions(directory.database(), perms::none);
        }
        const auto fault = fault_at_opening(directory.options());
        const bool named = fault && names(fault->what(), directory.state().string());
        ::_exit(named ? fault->exit_code() : 2);
    }
    CHECK(exit_code_of(child) == no_permission);
}

TEST_CASE("verifying what is not there, or nobody's, is a fault with a name") {
    const Directory directory;
    const auto verdict = [](const std::filesystem::path& file) {
        try {
            static_cast<void>(db::verify_journal(file));
            return 0;
        } catch (const StoreFault& fault) {
            return fault.exit_code();
        }
    };
    CHECK(verdict(directory.path() / "none.db") == cannot_create);
    std::ofstream{directory.path() / "empty.db"};
    CHECK(verdict(directory.path() / "empty.db") == data_error);
}
