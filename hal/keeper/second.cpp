#include "hal/keeper/second.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "hal/keeper/keeper_clock.hpp"
#include "hal/keeper/protocol.hpp"

namespace lucheng::hal::keeper {
namespace {

// A bus that was disturbed by the same fault answers a little later.
constexpr int let_go_tries = 40;
constexpr int let_go_again_ms = 5;

void let_go(OutputLines& lines) noexcept {
    bool all = false;
    for (int i = 0; i < let_go_tries && !all; ++i) {
        all = true;
        for (std::uint16_t line = 0; line < lines.count(); ++line) {
            all = lines.set(line, false) && all;
        }
        if (!all) ::poll(nullptr, 0, let_go_again_ms);
    }
}

int left_ms(std::int64_t over_by_us) noexcept {
    if (over_by_us == 0) return -1;
    const std::int64_t us = std::max<std::int64_t>(over_by_us - now_us(), 0);
    return static_cast<int>((us + 999) / 1'000);
}

[[noreturn]] void watch(OutputLines& lines, int notes, int keeper_death, pid_t keeper) noexcept {
    std::int64_t over_by_us = 0;
    for (;;) {
        std::array<pollfd, 2> both{{{keeper_death, POLLIN, 0}, {notes, POLLIN, 0}}};
        const int ready = ::poll(both.data(), both.size(), left_ms(over_by_us));
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0 || both[0].revents != 0) break;
        std::int64_t note = 0;
        while (::recv(notes, &note, sizeof note, MSG_DONTWAIT) == sizeof note) over_by_us = note;
        if (over_by_us == 0 || now_us() < over_by_us) continue;
        // Frozen with a coil on. It is our parent, so its number is still its own.
        if (::getppid() == keeper) ::kill(keeper, SIGKILL);
        break;
    }
    let_go(lines);
    ::_exit(0);
}

}  // namespace

int start_second(OutputLines& lines) noexcept {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return -1;
    const pid_t keeper = ::getpid();
    const int death = static_cast<int>(::syscall(SYS_pidfd_open, keeper, 0));
    const pid_t second = death < 0 ? -1 : ::fork();
    if (second == 0) {
        // A stop is for the keeper to obey; this one goes when the keeper has gone.
        for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
        ::prctl(PR_SET_PDEATHSIG, SIGCONT);
        ::prctl(PR_SET_NAME, "lock-second");
        ::close(socket_fd);
        ::close(changes_fd);
        ::close(pair[0]);
        ::mlockall(MCL_CURRENT | MCL_FUTURE);
        watch(lines, pair[1], death, keeper);
    }
    ::close(pair[1]);
    if (death >= 0) ::close(death);
    if (second > 0) return pair[0];
    ::close(pair[0]);
    return -1;
}

bool note_pulse(int second, std::int64_t over_by_us) noexcept {
    return ::send(second, &over_by_us, sizeof over_by_us, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(sizeof over_by_us);
}

}  // namespace lucheng::hal::keeper
