// A daemon whose disk stalls, fails or fills up.
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <fstream>
#include <future>
#include <optional>

#include "daemon/exit_codes.hpp"
#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;
using protocol::FactKind;

namespace {

constexpr auto code = "20481024";

// A cabinet with d-1 stored in it; where.
std::uint16_t with_one_stored(CabinetRig& rig) {
    rig.start();
    rig.grant_courier();
    const auto number = rig.assign("d-1", code).compartment();
    rig.deposit("d-1", number);
    return number;
}

// The patron types the code while nothing reaches the disk. Answered when it does.
std::future<bool> type_into_stall(CabinetRig& rig) {
    rig.disk->stall_syncs();
    auto typed = std::async(std::launch::async, [&rig] { return !rig.type_code(code).refusal; });
    if (!rig.disk->wait_until_held(soon)) {
        rig.disk->unstall();
        throw std::runtime_error("no sync was held");
    }
    return typed;
}

// Time passes, and the screen answers all along.
bool screen_answers_for(CabinetRig& rig, std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    bool answered = true;
    while (std::chrono::steady_clock::now() < end) {
        answered = answered && rig.get("/api/screen").status == 200;
        static_cast<void>(rig.disk->wait_until([] { return false; }, 50ms));
    }
    return answered;
}

bool says_that_it_stalls(CabinetRig& rig) {
    return rig.get("/api/screen").body.find(R"("stalled":true)") != std::string::npos;
}

int exit_code_of_start(CabinetRig& rig) {
    rig.launch();
    const auto end = rig.daemon().wait_for_exit(soon);
    if (!end) rig.kill();
    return end ? end->code : -1;
}

// Of a daemon that has ended.
bool says(CabinetRig& rig, std::string_view text) {
    static_cast<void>(rig.daemon().wait_for_line("(?!)", soon));  // until the end of its output
    return rig.daemon().output().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("while the disk stalls for 5 s the screen answers and nothing opens; then it goes on") {
    CabinetRig rig{{.limits = {}, .through_slow_disk = true}};
    const auto number = with_one_stored(rig);
    const auto before = rig.pulses();
    auto typed = type_into_stall(rig);
    CHECK(screen_answers_for(rig, 5s));
    CHECK(says_that_it_stalls(rig));
    CHECK(rig.pulses() == before);
    CHECK(rig.state_of("d-1") == "stored");
    rig.disk->unstall();
    CHECK(typed.get());
    CHECK_FALSE(says_that_it_stalls(rig));
    rig.until([&] { return rig.state_of("d-1") == "collecting"; }, "the door opens");
    rig.hand(number, "take");
    rig.hand(number, "shut");
    rig.wait_for(FactKind::collected, "d-1");
    CHECK(rig.pulses() == before + 1);
    CHECK(rig.longest_ms() <= 1'000);
}

TEST_CASE("who asked longer ago than open_within no longer stands there: lapsed, not pulsed") {
    CabinetRig rig{{.limits = "open_within_ms = 1000", .through_slow_disk = true}};
    const auto number = with_one_stored(rig);
    const auto before = rig.pulses();
    auto typed = type_into_stall(rig);
    CHECK(screen_answers_for(rig, 1'500ms));
    rig.disk->unstall();
    static_cast<void>(typed.get());
    rig.wait_for(FactKind::lapsed, "d-1");
    CHECK(rig.pulses() == before);
    CHECK_FALSE(rig.world().look(core::CompartmentNumber{number}).door_open);
    rig.until([&] { return rig.get("/api/screen").body.find("not_opened") != std::string::npos; },
              "the screen says that it did not open");
    CHECK_FALSE(rig.answer("again").refusal);
    rig.until([&] { return rig.state_of("d-1") == "collecting"; }, "the door opens");
    CHECK(rig.longest_ms() <= 1'000);
}

TEST_CASE("a disk that needs 5 ms for a sync serves as before") {
    CabinetRig rig{{.limits = {}, .through_slow_disk = true}};
    rig.disk->delay_syncs(5ms);
    const auto number = with_one_stored(rig);
    rig.collect("d-1", code, number);
    CHECK(count(rig.whole_journal().entries, FactKind::collected) == 1);
}

TEST_CASE("a failed sync ends the daemon with 74, opens nothing, and a restart serves again") {
    CabinetRig rig{{.limits = {}, .through_slow_disk = true}};
    const auto number = with_one_stored(rig);
    const auto before = rig.pulses();
    rig.disk->fail_syncs(EIO);
    CHECK_THROWS(rig.type_code(code));
    const auto end = rig.daemon().wait_for_exit(soon);
    REQUIRE(end);
    CHECK(end->code == daemon::exit_code::io_error);
    CHECK(says(rig, "cabinet.db"));
    CHECK(rig.pulses() == before);
    // As long as it fails, nothing is granted.
    CHECK(exit_code_of_start(rig) == daemon::exit_code::io_error);

    rig.disk->behave();
    rig.start();
    CHECK(rig.pulses() == before);
    rig.collect("d-1", code, number);
    CHECK(rig.pulses() == before + 1);
    CHECK(count(rig.whole_journal().entries, FactKind::collected) == 1);
    rig.stop();
    CHECK(rig.verify_journal().clean());
}

TEST_CASE("a database that is no database is named, with what to do") {
    CabinetRig rig;
    std::ofstream{rig.database(), std::ios::binary} << std::string(8'192, '\x17');
    CHECK(exit_code_of_start(rig) == EX_DATAERR);
    CHECK(says(rig, "cabinet.db"));
    CHECK(says(rig, "ADVICE="));
    CHECK(rig.pulses() == 0);
}

TEST_CASE("a disk that takes no write is named, and nothing opens") {
    CabinetRig rig{{.limits = {}, .through_slow_disk = true}};
    static_cast<void>(with_one_stored(rig));
    rig.stop();
    const auto before = rig.pulses();
    rig.disk->fail_writes(EROFS);
    const int exit_code = exit_code_of_start(rig);
    CHECK(exit_code != 0);
    CHECK(exit_code != -1);
    CHECK(says(rig, rig.database().parent_path().string()));
    CHECK(rig.pulses() == before);
}

TEST_CASE("a full disk takes no new parcel, gives its ballast, and still hands out books") {
    CabinetRig rig{{.limits = {}, .through_slow_disk = true}};
    const auto number = with_one_stored(rig);
    const auto ballast = rig.database().parent_path() / "ballast";
    CHECK(std::filesystem::exists(ballast));
    rig.stop();
    rig.disk->pretend_free(1'024);
    rig.start();
    rig.wait_for(FactKind::store_low);
    CHECK_FALSE(std::filesystem::exists(ballast));
    CHECK(rig.assign("d-2", "77777777").reason() == "store_full");
    rig.collect("d-1", code, number);
    rig.wait_for(FactKind::collected, "d-1");
    CHECK(rig.state().store_low);
}
