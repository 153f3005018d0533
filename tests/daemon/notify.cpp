#include "daemon/notify.hpp"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/rig/temp_dir.hpp"

namespace lucheng::daemon {
namespace {

using namespace std::chrono_literals;

// The end of the notification socket that systemd holds.
class Supervisor {
public:
    Supervisor() : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
        const auto path = (directory_ / "notify").string();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(path.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, path.data(), path.size());
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
        ::setenv("WATCHDOG_USEC", "30000000", 1);
        ::setenv("WATCHDOG_PID", fmt::format("{}", ::getpid()).c_str(), 1);
    }
    ~Supervisor() {
        for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
        ::close(fd_);
    }
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // The next notification; empty: none.
    [[nodiscard]] std::string heard() const {
        std::array<char, 512> bytes{};
        const auto size = ::recv(fd_, bytes.data(), bytes.size(), 0);
        return size < 0 ? std::string{} : std::string{bytes.data(), static_cast<std::size_t>(size)};
    }

private:
    rig::TempDir directory_{"notify"};
    int fd_;
};

TEST_CASE("systemd hears what the service does") {
    const Supervisor systemd;
    const Notify notify;
    notify.ready("serving 24 compartments");
    CHECK(systemd.heard() == "READY=1\nSTATUS=serving 24 compartments");
    notify.feed_watchdog();
    CHECK(systemd.heard() == "WATCHDOG=1");
    notify.status("the disk\nis slow");
    CHECK(systemd.heard() == "STATUS=the disk is slow");
    notify.reloading();
    CHECK(systemd.heard() == "RELOADING=1");
    notify.extend_timeout(20s);
    CHECK(systemd.heard() == "EXTEND_TIMEOUT_USEC=20000000");
    notify.stopping("all doors are shut");
    CHECK(systemd.heard() == "STOPPING=1\nSTATUS=all doors are shut");
    CHECK(systemd.heard().empty());
}

TEST_CASE("the watchdog's interval is systemd's, for this process alone") {
    const Supervisor systemd;
    CHECK(Notify{}.watchdog() == 30s);
    ::setenv("WATCHDOG_PID", "1", 1);
    CHECK_FALSE(Notify{}.watchdog());
}

TEST_CASE("without systemd nothing is sent, and there is no watchdog") {
    const Notify notify;
    notify.ready("alone");
    CHECK_FALSE(notify.watchdog());
}

}  // namespace
}  // namespace lucheng::daemon
