// cabinet-lock-keeper --simulated <world file> [--release]
// cabinet-lock-keeper --gpio <line>,<line>... [--gpio ...]
// Started by cabinetd, which holds the other end of descriptor 3. Each --gpio names the lines of
// one GPIO line request, handed down from descriptor 5 up. With --release it drives every line
// inactive and leaves.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "hal/keeper/gpio_lines.hpp"
#include "hal/keeper/keeper.hpp"
#include "hal/keeper/second.hpp"
#include "hal/keeper/simulated_lines.hpp"

namespace {

namespace keeper = lucheng::hal::keeper;

// Signal handlers have no arguments, so these are what the rest of the tree does without.
volatile std::sig_atomic_t stop_asked = 0;
keeper::OutputLines* lines_to_release = nullptr;
pid_t daemon_pid = 0;

extern "C" void on_stop(int) { stop_asked = 1; }

// Sent by the kernel at the daemon's death, so that even one that is frozen lets go then.
extern "C" void on_continue(int) {
    if (::getppid() != daemon_pid) stop_asked = 1;
}

extern "C" void on_crash(int number) {
    keeper::OutputLines* const lines = lines_to_release;
    lines_to_release = nullptr;
    if (lines != nullptr) {
        for (std::uint16_t line = 0; line < lines->count(); ++line) lines->set(line, false);
    }
    ::raise(number);
}

void complain(std::string_view what, const char* of, const char* why) {
    std::array<char, 512> text{};
    std::size_t size = 0;
    for (const std::string_view part :
         {std::string_view{"cabinet-lock-keeper: "}, what, std::string_view{of},
          std::string_view{": "}, std::string_view{why}, std::string_view{"\n"}}) {
        const std::size_t fits = std::min(part.size(), text.size() - size);
        std::memcpy(text.data() + size, part.data(), fits);
        size += fits;
    }
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), size);
}

void handle(int number, void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

// Stopping signals are let in only while the keeper waits, so none is missed between two steps.
sigset_t prepare_signals() {
    handle(SIGPIPE, SIG_IGN, 0);
    sigset_t stopping;
    ::sigemptyset(&stopping);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        handle(number, on_stop, 0);
        ::sigaddset(&stopping, number);
    }
    handle(SIGCONT, on_continue, 0);
    ::sigaddset(&stopping, SIGCONT);
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
        handle(number, on_crash, static_cast<int>(SA_RESETHAND | SA_NODEFER));
    }
    ::sigprocmask(SIG_SETMASK, &stopping, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    return none;
}

struct Arguments {
    const char* world = nullptr;
    keeper::GpioLines gpio{};
    bool is_gpio = false;
    bool release_only = false;
    bool right = true;
};

void read_arguments(int count, char** values, Arguments& arguments) {
    for (int i = 1; i < count; ++i) {
        const std::string_view value = values[i];
        if (value == "--simulated" && i + 1 < count) {
            arguments.world = values[++i];
        } else if (value == "--gpio" && i + 1 < count) {
            const char* const lines = values[++i];
            arguments.is_gpio = true;
            // None at all: every chip with locks is away just now.
            if (*lines == '\0') continue;
            arguments.right = arguments.gpio.add_request(lines) && arguments.right;
        } else if (value == "--release") {
            arguments.release_only = true;
        } else {
            arguments.right = false;
        }
    }
    const bool simulated = arguments.world != nullptr;
    arguments.right = arguments.right && simulated != arguments.is_gpio;
}

// EX_OK, or the status to leave with, which is explained already.
int open_world(const char* world, std::unique_ptr<keeper::SimulatedLines>& lines) {
    lines = keeper::SimulatedLines::open(world);
    if (lines) return EX_OK;
    const bool other = errno == EPROTO;
    complain("cannot open ", world, other ? "it is not a simulated world" : std::strerror(errno));
    return other ? EX_DATAERR : EX_NOINPUT;
}

bool is_seqpacket(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

#ifdef __SANITIZE_ADDRESS__
// Its search for leaks stops the process at its end, and stands still for ever when the daemon's
// death sends a signal just then.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int count, char** values) {
    daemon_pid = ::getppid();
    const sigset_t while_waiting = prepare_signals();
    // The second belt: the socket closes as well when the daemon goes.
    ::prctl(PR_SET_PDEATHSIG, SIGCONT);
    ::prctl(PR_SET_NAME, "lock-keeper");
    Arguments arguments;
    read_arguments(count, values, arguments);
    if (!arguments.right) {
        complain("usage", "",
                 "cabinet-lock-keeper --simulated <world file> | --gpio <line>,... [--release]");
        return EX_USAGE;
    }
    std::unique_ptr<keeper::SimulatedLines> simulated;
    if (arguments.world != nullptr) {
        const int status = open_world(arguments.world, simulated);
        if (status != EX_OK) return status;
    } else if (arguments.gpio.wrong_fd() >= 0) {
        complain("--gpio", "", "a descriptor is no GPIO line request");
        return EX_USAGE;
    }
    keeper::OutputLines& lines = simulated ? static_cast<keeper::OutputLines&>(*simulated)
                                           : static_cast<keeper::OutputLines&>(arguments.gpio);
    lines_to_release = &lines;
    for (std::uint16_t line = 0; line < lines.count(); ++line) lines.set(line, false);
    if (arguments.release_only) return EX_OK;
    if (!is_seqpacket(keeper::socket_fd)) {
        complain("descriptor 3", "", "is not the daemon's socket");
        return EX_USAGE;
    }
    ::close_range(static_cast<unsigned>(arguments.gpio.first_fd_behind()), ~0U, 0);
    int second = -1;
    // A simulated coil that nobody ends stays on, for tests to see.
    if (arguments.is_gpio) {
        second = keeper::start_second(lines);
        if (second < 0) {
            complain("no second process", "", std::strerror(errno));
            return EX_OSERR;
        }
    }
    keeper::Keeper guard{lines, keeper::socket_fd, second};
    const bool locked = ::mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
    const int status = guard.run(locked, stop_asked, while_waiting);
    lines_to_release = nullptr;
    return status;
}
