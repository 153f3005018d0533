#include "hal/keeper_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <span>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lucheng::hal {
namespace {

constexpr int patience_ms = 200;
constexpr int exec_failed = 127;
// Above the numbers that the keeper finds its own descriptors by.
constexpr int first_free_fd = 64;
static_assert(keeper::first_request_fd + static_cast<int>(keeper::requests_max) <= first_free_fd);

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_{fd} {}
    Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

Fd out_of_the_way(int fd) {
    Fd moved{::fcntl(fd, F_DUPFD_CLOEXEC, first_free_fd)};
    if (moved.get() < 0) fail("lock keeper: no descriptor");
    return moved;
}

struct Child {
    const char* executable;
    char* const* arguments;
    int null, socket, changes;
    std::span<const int> requests;
};

// Between fork and exec: system calls only, another thread may have held any lock.
[[noreturn]] void become(const Child& child) {
    // Of its own group, so that a terminal's Ctrl-C ends the daemon and the daemon ends it.
    ::setpgid(0, 0);
    // One that is frozen goes on when we die, and lets go; see the keeper.
    ::prctl(PR_SET_PDEATHSIG, SIGCONT);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(child.null, STDIN_FILENO);
    ::dup2(child.null, STDOUT_FILENO);
    ::dup2(child.socket, keeper::socket_fd);
    ::dup2(child.changes, keeper::changes_fd);
    int to = keeper::first_request_fd;
    for (const int request : child.requests) ::dup2(request, to++);
    char* const no_environment[] = {nullptr};
    ::execve(child.executable, child.arguments, no_environment);
    ::_exit(exec_failed);
}

pid_t start(const KeeperCommand& command, int socket) {
    const Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (null.get() < 0) fail("lock keeper: /dev/null");
    const Fd safe_null = out_of_the_way(null.get());
    const Fd safe_socket = out_of_the_way(socket);
    const Fd safe_changes =
        out_of_the_way(command.changes_fd >= 0 ? command.changes_fd : null.get());
    std::vector<Fd> safe_requests;
    std::vector<int> requests;
    for (const int fd : command.request_fds) {
        requests.push_back(safe_requests.emplace_back(out_of_the_way(fd)).get());
    }
    std::string name = command.executable.string();
    std::vector<std::string> texts = command.arguments;
    std::vector<char*> arguments{name.data()};
    for (std::string& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    const Child child{command.executable.c_str(), arguments.data(),   safe_null.get(),
                      safe_socket.get(),          safe_changes.get(), requests};
    // Not posix_spawn: it waits for the exec, which reads a disk that may stall.
    const pid_t pid = ::fork();
    if (pid < 0) fail("lock keeper: fork");
    if (pid == 0) become(child);
    return pid;
}

}  // namespace

KeeperProcess::KeeperProcess(boost::asio::io_context& loop, const KeeperCommand& command)
    : socket_{loop}, death_{loop} {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
        fail("lock keeper: socketpair");
    }
    Fd ours{pair[0]};
    const Fd theirs{pair[1]};
    pid_ = start(command, theirs.get());
    // glibc 2.36 declares the wrapper without C linkage.
    Fd death{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
    if (death.get() < 0) {
        const int error = errno;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        throw std::system_error{error, std::generic_category(), "lock keeper: pidfd_open"};
    }
    socket_.assign(ours.release());
    death_.assign(death.release());
}

KeeperProcess::~KeeperProcess() {
    if (reaped_) return;
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (!wait_for_death(patience_ms)) {
        kill();
        wait_for_death(patience_ms);
    }
    ::waitpid(pid_, nullptr, WNOHANG);
}

bool KeeperProcess::wait_for_death(int milliseconds) noexcept {
    pollfd death{death_.native_handle(), POLLIN, 0};
    return ::poll(&death, 1, milliseconds) > 0;
}

bool KeeperProcess::send(const keeper::Request& request) noexcept {
    return ::send(socket_.native_handle(), &request, sizeof request, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(sizeof request);
}

std::optional<keeper::Answer> KeeperProcess::receive() noexcept {
    keeper::Answer answer;
    const ssize_t size =
        ::recv(socket_.native_handle(), &answer, sizeof answer, MSG_DONTWAIT | MSG_TRUNC);
    if (size <= 0) {
        if (size == 0 || (errno != EAGAIN && errno != EINTR)) ended_ = true;
        return std::nullopt;
    }
    if (size != static_cast<ssize_t>(sizeof answer)) answer.version = 0;
    return answer;
}

void KeeperProcess::kill() noexcept {
    // Its number cannot have passed to another process: it is our child and not reaped.
    if (!reaped_) ::kill(pid_, SIGKILL);
}

std::optional<std::string> KeeperProcess::reap() noexcept {
    int status = 0;
    if (reaped_ || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    reaped_ = true;
    if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
    if (WEXITSTATUS(status) == exec_failed) return std::string{"it could not be executed"};
    return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace lucheng::hal
