// The lock keeper alone: what it promises to whoever holds the other end of its socket.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <set>
#include <sys/socket.h>
#include <sysexits.h>

#include "hal/keeper/keeper_clock.hpp"
#include "hal/keeper_process.hpp"
#include "tests/hal/simulated_rig.hpp"

namespace lucheng::hal {
namespace {

using core::CompartmentNumber;
using keeper::Answer;
using keeper::Ask;
using keeper::Request;
using keeper::Say;
using keeper::Why;

constexpr CompartmentNumber first{1};
constexpr int patience_ms = 5'000;

Request pulse_of(std::uint16_t line, std::uint16_t ms, std::uint64_t ticket) {
    Request request;
    request.ask = Ask::pulse;
    request.line = line;
    request.ms = ms;
    request.ticket = ticket;
    return request;
}

Request ask(Ask what, std::uint64_t ticket = 0) {
    Request request;
    request.ask = what;
    request.ticket = ticket;
    return request;
}

struct Bench {
    Folder folder;
    SimulatedWorld world{folder / "world", spec_of(4).compartments};
    boost::asio::io_context loop;
    KeeperProcess process{loop, {keeper_program(), {"--simulated", folder / "world"}, -1}};

    static bool readable(int fd) {
        pollfd one{fd, POLLIN, 0};
        return ::poll(&one, 1, patience_ms) > 0;
    }
    Answer answer() {
        REQUIRE(readable(process.socket().native_handle()));
        const auto answer = process.receive();
        REQUIRE(answer);
        REQUIRE(answer->version == keeper::protocol_version);
        return *answer;
    }
    // Past the hello, and past the rest that the keeper keeps after its start.
    void ready() {
        REQUIRE(answer().say == Say::hello);
        for (std::uint64_t ticket = 1'000;; ++ticket) {
            REQUIRE(process.send(pulse_of(3, 1, ticket)));
            const Answer got = answer();
            if (got.say == Say::done) break;
            REQUIRE(got.why == Why::too_soon);
        }
        const std::int64_t rest_us = keeper::gap_ms_min * 1'000;
        const std::int64_t since = world.pulses().back().end_us;
        wait_until([&] { return keeper::now_us() > since + rest_us; });
    }
    template <class Holds>
    void wait_until(Holds holds) {
        const std::int64_t deadline = keeper::now_us() + patience_ms * 1'000;
        while (!holds() && keeper::now_us() < deadline) {
            pollfd none{-1, 0, 0};
            ::poll(&none, 1, 1);
        }
        REQUIRE(holds());
    }
    std::string death() {
        REQUIRE(readable(process.death().native_handle()));
        return process.reap().value_or("");
    }
    void begin_pulse(std::uint16_t ms = 900) {
        ready();
        REQUIRE(process.send(pulse_of(0, ms, 1)));
        wait_until([&] { return world.look(first).coil; });
    }
    std::int64_t length_us() {
        const auto pulse = world.pulses().back();
        REQUIRE(pulse.end_us != 0);
        return pulse.end_us - pulse.start_us;
    }
};

TEST_CASE("the keeper says hello, and that its memory is locked") {
    Bench bench;
    const Answer hello = bench.answer();
    CHECK(hello.say == Say::hello);
    CHECK(hello.version == keeper::protocol_version);
    CHECK(hello.locked == 1);
}

TEST_CASE("the keeper has its socket, its lines and no other file") {
    Bench bench;
    bench.ready();
    std::set<std::string> open;
    const std::string self = "/proc/" + std::to_string(bench.process.pid());
    for (const auto& entry : std::filesystem::directory_iterator{self + "/fd"}) {
        open.insert(entry.path().filename());
    }
    CHECK(open == std::set<std::string>{"0", "1", "2", "3", "4"});
    CHECK(std::filesystem::read_symlink(self + "/fd/0") == "/dev/null");
    CHECK(std::filesystem::read_symlink(self + "/fd/1") == "/dev/null");
    CHECK(::getpgid(bench.process.pid()) == bench.process.pid());
}

TEST_CASE("the keeper ends a pulse by itself and then says done") {
    Bench bench;
    bench.begin_pulse(200);
    const Answer done = bench.answer();
    CHECK(done.say == Say::done);
    CHECK(done.ticket == 1);
    CHECK_FALSE(bench.world.look(first).coil);
    CHECK(bench.length_us() >= 200'000);
    CHECK(bench.length_us() < 600'000);
}

TEST_CASE("the keeper refuses a pulse that is too long, of no length, or of no line") {
    Bench bench;
    bench.ready();
    const auto why = [&](const Request& request) {
        REQUIRE(bench.process.send(request));
        const Answer answer = bench.answer();
        CHECK(answer.say == Say::refused);
        CHECK(answer.ticket == request.ticket);
        return answer.why;
    };
    CHECK(why(pulse_of(0, 1'001, 1)) == Why::bad_length);
    CHECK(why(pulse_of(0, 65'535, 2)) == Why::bad_length);
    CHECK(why(pulse_of(0, 0, 3)) == Why::bad_length);
    CHECK(why(pulse_of(4, 400, 4)) == Why::no_such_line);
    CHECK(why(pulse_of(65'535, 400, 5)) == Why::no_such_line);
    CHECK(bench.world.look(first).pulses == 0);
}

TEST_CASE("the keeper refuses a second coil beside the first, and one too soon after it") {
    Bench bench;
    bench.begin_pulse(200);
    REQUIRE(bench.process.send(pulse_of(1, 200, 2)));
    CHECK(bench.answer().why == Why::busy);
    CHECK(bench.answer().say == Say::done);
    REQUIRE(bench.process.send(pulse_of(1, 200, 3)));
    CHECK(bench.answer().why == Why::too_soon);
    CHECK(bench.world.look(CompartmentNumber{2}).pulses == 0);
    CHECK_FALSE(bench.world.overlapped());
}

TEST_CASE("a flood of pings does not make a pulse longer") {
    Bench bench;
    bench.begin_pulse(200);
    bool done = false;
    for (std::uint64_t ticket = 10; !done; ++ticket) {
        REQUIRE(bench.process.send(ask(Ask::ping, ticket)));
        done = bench.answer().say == Say::done;
    }
    CHECK(bench.length_us() < 600'000);
}

TEST_CASE("release_all cuts a pulse short") {
    Bench bench;
    bench.begin_pulse();
    REQUIRE(bench.process.send(ask(Ask::release_all, 5)));
    const Answer cut = bench.answer();
    CHECK(cut.ticket == 1);
    CHECK(cut.why == Why::cut_short);
    const Answer released = bench.answer();
    CHECK(released.say == Say::released);
    CHECK(released.ticket == 5);
    CHECK_FALSE(bench.world.look(first).coil);
    CHECK(bench.length_us() < 900'000);
}

TEST_CASE("a closed socket, a signal or nonsense ends the keeper with its lines inactive") {
    Bench bench;
    bench.begin_pulse();
    SECTION("a closed socket") {
        bench.process.socket().close();
        CHECK(bench.death() == "exit status 0");
    }
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        DYNAMIC_SECTION("signal " << number) {
            ::kill(bench.process.pid(), number);
            CHECK(bench.death() == "exit status 0");
        }
    }
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) {
        DYNAMIC_SECTION("the crash of signal " << number) {
            ::kill(bench.process.pid(), number);
            CHECK(bench.death() == "signal " + std::to_string(number));
        }
    }
    SECTION("a message of another size") {
        REQUIRE(::send(bench.process.socket().native_handle(), "nonsense", 8, 0) == 8);
        CHECK(bench.death() == "exit status " + std::to_string(EX_PROTOCOL));
    }
    SECTION("a message of another version") {
        Request request = ask(Ask::ping);
        request.version = 2;
        REQUIRE(bench.process.send(request));
        CHECK(bench.death() == "exit status " + std::to_string(EX_PROTOCOL));
    }
    SECTION("a request that does not exist") {
        REQUIRE(bench.process.send(ask(static_cast<Ask>(99))));
        CHECK(bench.death() == "exit status " + std::to_string(EX_PROTOCOL));
    }
    CHECK_FALSE(bench.world.look(first).coil);
    CHECK(bench.length_us() < 900'000);
}

TEST_CASE("SIGPIPE does not end a keeper") {
    Bench bench;
    bench.ready();
    ::kill(bench.process.pid(), SIGPIPE);
    REQUIRE(bench.process.send(ask(Ask::ping, 6)));
    CHECK(bench.answer().say == Say::pong);
}

TEST_CASE("a keeper that finds a coil on at its start drives it inactive") {
    Bench bench;
    bench.begin_pulse();
    ::kill(bench.process.pid(), SIGKILL);
    bench.death();
    REQUIRE(bench.world.look(first).coil);  // as a real line may stay when its process dies
    boost::asio::io_context loop;
    std::vector<std::string> arguments{"--simulated", bench.folder / "world"};
    SECTION("for good") {}
    SECTION("and leaves at once when that was all") { arguments.emplace_back("--release"); }
    KeeperProcess next{loop, {keeper_program(), arguments, -1}};
    bench.wait_until([&] { return !bench.world.look(first).coil; });
    if (arguments.size() == 3) {
        REQUIRE(Bench::readable(next.death().native_handle()));
        CHECK(next.reap() == "exit status 0");
    }
}

TEST_CASE("a keeper without a world leaves and says why by its exit status") {
    Folder folder;
    { std::ofstream{folder / "letter"} << "no world"; }
    const auto status = [](std::vector<std::string> arguments) {
        boost::asio::io_context loop;
        KeeperProcess process{loop, {keeper_program(), std::move(arguments), -1}};
        REQUIRE(Bench::readable(process.death().native_handle()));
        return process.reap();
    };
    CHECK(status({}) == "exit status " + std::to_string(EX_USAGE));
    CHECK(status({"--simulated", folder / "letter"}) ==
          "exit status " + std::to_string(EX_DATAERR));
    CHECK(status({"--simulated", folder / "nothing"}) ==
          "exit status " + std::to_string(EX_NOINPUT));
}

}  // namespace
}  // namespace lucheng::hal
