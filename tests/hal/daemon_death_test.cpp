// The daemon dies or freezes in the middle of a pulse. It is played by a child of the test, which
// is a witness from outside: it only looks at the shared world.
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hal/keeper/keeper_clock.hpp"
#include "tests/hal/simulated_rig.hpp"

namespace lucheng::hal {
namespace {

using core::CompartmentNumber;

constexpr CompartmentNumber first{1};
constexpr std::int64_t ceiling_us = 1'000'000;
// Long, so that a busy test machine still acts in the middle of it.
constexpr core::Milliseconds long_pulse{900};
constexpr core::Milliseconds usual_pulse{400};
constexpr std::int64_t slack_us = 400'000;

std::int64_t us(core::Milliseconds time) { return std::chrono::microseconds{time}.count(); }

// In the child: a cabinet that was asked for one pulse, until it is killed.
[[noreturn]] void play_daemon(const std::filesystem::path& file, core::Milliseconds pulse,
                              int keeper_to) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    boost::asio::io_context loop;
    core::CabinetSpec spec = spec_of(4);
    spec.limits.pulse = pulse;
    SimulatedWorld world{file, spec.compartments};
    SimulatedCabinet cabinet{loop, world, spec, keeper_program(), contract::uptime};
    Hardware::Listener listener;
    listener.sensed = [](const core::Senses&) {};
    listener.pulsed = [](core::AuthorisationId, core::PulseEnd) {};
    listener.lost = [](std::vector<CompartmentNumber>, const std::string&) {};
    listener.back = [](std::vector<core::Senses>, const std::string&) {};
    listener.trouble = [](const std::string&) {};
    (void)cabinet.start(std::move(listener));
    const pid_t keeper = cabinet.keeper_pid().value_or(-1);
    if (::write(keeper_to, &keeper, sizeof keeper) != sizeof keeper) ::_exit(1);
    cabinet.pulse({first, core::AuthorisationId{1}, 1, core::Uptime::max()});
    loop.run();
    ::_exit(0);
}

struct Stage {
    Folder folder;
    SimulatedWorld world{folder / "world", spec_of(4).compartments};
    pid_t daemon = -1;
    pid_t keeper = -1;
    int keeper_death = -1;  // readable once it is dead, reaped or not

    explicit Stage(core::Milliseconds pulse) {
        int pipe[2] = {-1, -1};
        REQUIRE(::pipe(pipe) == 0);
        daemon = ::fork();
        if (daemon == 0) play_daemon(folder / "world", pulse, pipe[1]);
        REQUIRE(daemon > 0);
        ::close(pipe[1]);
        const bool told = ::read(pipe[0], &keeper, sizeof keeper) == sizeof keeper;
        ::close(pipe[0]);
        REQUIRE(told);
        keeper_death = static_cast<int>(::syscall(SYS_pidfd_open, keeper, 0));
        REQUIRE(keeper_death >= 0);
        REQUIRE(until([&] { return world.look(first).coil; }));
    }
    ~Stage() {
        ::kill(daemon, SIGKILL);  // first, or it would start another keeper
        ::waitpid(daemon, nullptr, 0);
        ::kill(keeper, SIGKILL);
        ::close(keeper_death);
    }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    [[nodiscard]] bool keeper_dies(int within_ms) const {
        pollfd death{keeper_death, POLLIN, 0};
        return ::poll(&death, 1, within_ms) > 0;
    }
    template <class Holds>
    static bool until(Holds holds) {
        const std::int64_t deadline = keeper::now_us() + 5'000'000;
        while (!holds()) {
            if (keeper::now_us() > deadline) return false;
            pollfd none{-1, 0, 0};
            ::poll(&none, 1, 1);
        }
        return true;
    }
    std::int64_t length_us() {
        REQUIRE(until([&] { return !world.look(first).coil; }));
        const auto pulse = world.pulses().back();
        return pulse.end_us - pulse.start_us;
    }
    // The door has felt the coil for long enough.
    void let_door_unlock() {
        const std::int64_t start = world.pulses().back().start_us;
        REQUIRE(until([&] { return keeper::now_us() > start + 80'000; }));
    }
};

TEST_CASE("a daemon killed in a pulse takes its coil along at once") {
    Stage stage{long_pulse};
    ::kill(stage.daemon, SIGKILL);
    CHECK(stage.length_us() < us(long_pulse));
    CHECK(stage.keeper_dies(5'000));
}

TEST_CASE("a daemon frozen in a pulse does not hold it up") {
    Stage stage{usual_pulse};
    ::kill(stage.daemon, SIGSTOP);
    const std::int64_t took = stage.length_us();
    CHECK(took >= us(usual_pulse));
    CHECK(took < us(usual_pulse) + slack_us);
    SECTION("and when it goes on, the keeper is not blamed for what it did not hear") {
        const std::int64_t start = stage.world.pulses().back().start_us;
        REQUIRE(Stage::until([&] { return keeper::now_us() > start + 1'200'000; }));
        ::kill(stage.daemon, SIGCONT);
        REQUIRE(Stage::until([&] { return stage.world.look(first).door_open; }));
        CHECK_FALSE(stage.keeper_dies(100));
    }
}

TEST_CASE("a frozen daemon and a keeper that is told to leave: no coil stays on") {
    Stage stage{long_pulse};
    ::kill(stage.daemon, SIGSTOP);
    ::kill(stage.keeper, SIGTERM);
    CHECK(stage.length_us() < us(long_pulse));
}

TEST_CASE("a frozen keeper wakes at the daemon's death, and lets go") {
    Stage stage{long_pulse};
    ::kill(stage.keeper, SIGSTOP);
    ::kill(stage.daemon, SIGKILL);
    CHECK(stage.length_us() < us(long_pulse));
    CHECK(stage.keeper_dies(5'000));
}

TEST_CASE("a keeper frozen in a pulse: the daemon drives the coil off") {
    Stage stage{usual_pulse};
    ::kill(stage.keeper, SIGSTOP);
    CHECK(stage.length_us() < ceiling_us);
}

TEST_CASE("daemon and keeper killed at once: the next start drives the coil off first") {
    Stage stage{long_pulse};
    stage.let_door_unlock();
    ::kill(stage.daemon, SIGSTOP);  // so that it cannot drive the coil off
    ::kill(stage.keeper, SIGKILL);
    REQUIRE(stage.keeper_dies(5'000));
    ::kill(stage.daemon, SIGKILL);
    REQUIRE(stage.world.look(first).coil);
    boost::asio::io_context loop;
    SimulatedCabinet next{loop, stage.world, spec_of(4), keeper_program(), contract::uptime};
    CHECK_FALSE(stage.world.look(first).coil);
    const auto senses = next.start({});
    // It was on for long enough: the door has sprung, and that is what the switch says.
    CHECK(senses.front().door == protocol::Door::open);
    CHECK(stage.world.look(first).pulses == 1);
}

}  // namespace
}  // namespace lucheng::hal
