// No coil stays on: daemon and keeper are killed, frozen and stuck in a frozen disk, singly and
// together, at every 10 ms of a pulse, while each lock line falls to "coil on" when nobody holds
// it. A witness outside looks at what the lines carry.
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hal/keeper/keeper_clock.hpp"
#include "tests/gpio-coils/frozen_disk.hpp"
#include "tests/gpio/gpio_rig.hpp"

namespace lucheng::hal {
namespace {

using core::CompartmentNumber;

constexpr std::int64_t ceiling_us = 1'000'000;
constexpr std::int64_t pulse_ms = 400;
// All lines have been off for so long: nobody is left who could drive one.
constexpr std::int64_t calm_us = 250'000;
constexpr std::int64_t watched_for_us = 3'000'000;

enum class Fault : std::uint8_t { none, killed, frozen };
constexpr std::array every_fault{Fault::none, Fault::killed, Fault::frozen};
struct Trial {
    Fault daemon, keeper;
    bool disk_frozen;
};

const char* text_of(Fault fault) {
    switch (fault) {
        case Fault::none: return "well";
        case Fault::killed: return "killed";
        case Fault::frozen: return "frozen";
    }
    return "";
}

void strike(Fault fault, pid_t process) {
    if (fault == Fault::killed) ::kill(process, SIGKILL);
    if (fault == Fault::frozen) ::kill(process, SIGSTOP);
}

// What the daemon's store does: a thread that always waits for the disk.
void write_for_ever(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    for (std::uint64_t i = 0;; ++i) {
        if (::pwrite(fd, &i, sizeof i, 0) < 0 || ::fdatasync(fd) < 0) return;
        ::poll(nullptr, 0, 5);
    }
}

struct Hello {
    pid_t keeper = -1;
};

// In the child: a cabinet that is asked for one pulse when somebody says so, until it is killed.
[[noreturn]] void play_daemon(Wiring wiring, const std::filesystem::path& disk, int in, int out) {
    boost::asio::io_context loop;
    try {
        GpioCabinet cabinet{loop, GpioCabinet::Parts{.wiring = std::move(wiring),
                                                     .limits = {},
                                                     .keeper = disk / "keeper",
                                                     .uptime = contract::uptime}};
        Hardware::Listener listener;
        listener.sensed = [](const core::Senses&) {};
        listener.pulsed = [](core::AuthorisationId, core::PulseEnd) {};
        listener.lost = [](const std::vector<CompartmentNumber>&, const std::string&) {};
        listener.back = [](const std::vector<core::Senses>&, const std::string&) {};
        listener.trouble = [](const std::string&) {};
        (void)cabinet.start(std::move(listener));
        while (!cabinet.healthy()) loop.run_one();
        const Hello hello{cabinet.keeper_pid().value_or(-1)};
        if (::write(out, &hello, sizeof hello) != sizeof hello) ::_exit(1);
        // Not before: who waits for a frozen disk cannot even leave.
        std::thread{write_for_ever, disk / "store"}.detach();
        boost::asio::posix::stream_descriptor asked{loop, in};
        asked.async_wait(boost::asio::posix::stream_descriptor::wait_read, [&](auto error) {
            char byte = 0;
            if (error || ::read(in, &byte, 1) != 1) return;
            cabinet.pulse({CompartmentNumber{1}, core::AuthorisationId{1}, 1, core::Uptime::max()});
        });
        loop.run();
    } catch (const std::exception&) {
        ::_exit(69);
    }
    ::_exit(0);
}

// The daemon, and the service manager over it.
class Stage {
public:
    Stage(Scene& scene, FrozenDisk& disk) : scene_{scene}, disk_{disk} {
        REQUIRE(::pipe2(to_.data(), O_CLOEXEC) == 0);
        // A keeper of the trial before may be about to leave with the lines.
        const std::int64_t deadline = keeper::now_us() + 5 * ceiling_us;
        while (!start()) {
            REQUIRE(keeper::now_us() < deadline);
            ::waitpid(daemon_, nullptr, 0);
        }
        scene_.pull_locks(true);
        scene_.forget_coils();
    }
    ~Stage() {
        disk_.thaw();
        scene_.pull_locks(false);
        for (const pid_t process : {daemon_, keeper_}) {
            ::kill(process, SIGKILL);
            ::kill(process, SIGCONT);
        }
        ::waitpid(daemon_, nullptr, 0);
        ::close(to_[0]);
        ::close(to_[1]);
    }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    void pulse() {
        REQUIRE(::write(to_[1], "p", 1) == 1);
        const std::int64_t deadline = keeper::now_us() + 5 * ceiling_us;
        while (!scene_.any_coil()) {
            REQUIRE(keeper::now_us() < deadline);
            ::poll(nullptr, 0, 1);
        }
    }
    void strike_both(const Trial& trial) {
        if (trial.disk_frozen) disk_.freeze();
        // The daemon first: killed while it forks a new keeper, it takes User-Mode Linux along.
        strike(trial.daemon, daemon_);
        strike(trial.keeper, keeper_);
    }
    // A daemon that has died is started again at once.
    void serve() {
        ::poll(nullptr, 0, 5);
        if (::waitpid(daemon_, nullptr, WNOHANG) == daemon_) start();
    }
    void serve_until_calm() {
        const std::int64_t deadline = keeper::now_us() + watched_for_us;
        std::int64_t calm_since = keeper::now_us();
        while (keeper::now_us() < std::min(deadline, calm_since + calm_us)) {
            serve();
            if (scene_.any_coil()) calm_since = keeper::now_us();
        }
    }

private:
    bool start() {
        std::array<int, 2> from{};
        REQUIRE(::pipe2(from.data(), O_CLOEXEC) == 0);
        daemon_ = ::fork();
        if (daemon_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            play_daemon(scene_.wiring(), disk_.directory(), to_[0], from[1]);
        }
        ::close(from[1]);
        Hello hello;
        const bool told = ::read(from[0], &hello, sizeof hello) == sizeof hello;
        ::close(from[0]);
        if (told) keeper_ = hello.keeper;
        return told;
    }

    Scene& scene_;
    FrozenDisk& disk_;
    std::array<int, 2> to_{};
    pid_t daemon_ = -1, keeper_ = -1;
};

std::int64_t longest_us(Scene& scene, FrozenDisk& disk, const Trial& trial, std::int64_t at_ms) {
    Stage stage{scene, disk};
    stage.pulse();
    const std::int64_t begin = scene.coils().back().start_us;
    while (keeper::now_us() < begin + at_ms * 1'000) stage.serve();
    stage.strike_both(trial);
    stage.serve_until_calm();
    return scene.longest_coil_us();
}

std::int64_t step_ms() {
    const char* const given = std::getenv("COIL_STEP_MS");
    return given == nullptr ? 10 : std::atoi(given);
}

TEST_CASE("whatever is killed or frozen in a pulse, no coil is on for longer than a second") {
    if (!has_gpio_sim()) SKIP("no gpio-sim here: see tests/gpio-host");
    FrozenDisk disk;
    std::filesystem::copy_file(gpio_keeper(), disk.directory() / "keeper");
    Scene scene;
    for (const bool disk_frozen : {false, true}) {
        for (const Fault daemon : every_fault) {
            for (const Fault keeper : every_fault) {
                const Trial trial{daemon, keeper, disk_frozen};
                std::int64_t worst_us = 0, worst_at_ms = 0;
                for (std::int64_t at_ms = 0; at_ms < pulse_ms; at_ms += step_ms()) {
                    const std::int64_t took = longest_us(scene, disk, trial, at_ms);
                    if (took > worst_us) worst_at_ms = at_ms;
                    worst_us = std::max(worst_us, took);
                }
                std::printf("daemon %-6s  keeper %-6s  disk %-6s  longest %4lld ms (at %lld ms)\n",
                            text_of(daemon), text_of(keeper), disk_frozen ? "frozen" : "well",
                            static_cast<long long>(worst_us / 1'000),
                            static_cast<long long>(worst_at_ms));
                std::fflush(stdout);
                INFO("daemon " << text_of(daemon) << ", keeper " << text_of(keeper));
                CHECK(worst_us <= ceiling_us);
            }
        }
    }
}

}  // namespace
}  // namespace lucheng::hal
