#include "tests/rig/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <linux/close_range.h>
#include <poll.h>
#include <regex>
#include <stdexcept>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace lucheng::rig {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int poll_timeout(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<Milliseconds::rep>(left, 0, 3'600'000));
}

// PATH is searched before the fork: afterwards only async-signal-safe calls are allowed.
std::string executable(const std::string& name) {
    if (name.find('/') != std::string::npos) {
        return name;
    }
    const char* path = std::getenv("PATH");
    std::string directories = path != nullptr ? path : "/usr/bin:/bin";
    directories += ":/usr/sbin:/sbin";  // where mosquitto lives; not in every user's PATH
    for (std::string_view rest = directories; !rest.empty();) {
        const auto end = std::min(rest.find(':'), rest.size());
        const auto candidate = std::filesystem::path(rest.substr(0, end)) / name;
        if (::access(candidate.c_str(), X_OK) == 0) {
            return candidate.string();
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    throw std::runtime_error(name + " is not in PATH");
}

std::vector<std::string> environment(const std::vector<EnvEntry>& changes) {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view name = std::string_view(*entry).substr(0, std::strcspn(*entry, "="));
        const bool replaced = std::any_of(changes.begin(), changes.end(),
                                          [&](const EnvEntry& e) { return e.first == name; });
        if (!replaced) {
            entries.emplace_back(*entry);
        }
    }
    for (const auto& [name, value] : changes) {
        entries.push_back(name + "=" + value);
    }
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (auto& s : strings) {
        result.push_back(s.data());
    }
    result.push_back(nullptr);
    return result;
}

struct Launch {
    const char* file;
    char** argv;
    char** env;
    const char* directory;  // null: stay
    int output_fd;
    int error_fd;
    pid_t parent;
};

// Runs between fork and exec; errors travel through the close-on-exec pipe.
[[noreturn]] void become(const Launch& launch) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != launch.parent) {
        ::_exit(127);  // the parent died before the death signal was asked for
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int null_fd = ::open("/dev/null", O_RDONLY);
    const bool ready = null_fd >= 0 && ::dup2(null_fd, STDIN_FILENO) >= 0 &&
                       ::dup2(launch.output_fd, STDOUT_FILENO) >= 0 &&
                       ::dup2(launch.output_fd, STDERR_FILENO) >= 0 &&
                       (launch.directory == nullptr || ::chdir(launch.directory) == 0);
    if (ready) {
        // Paho's sockets are not close-on-exec: an inherited one would keep a connection alive.
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        ::execve(launch.file, launch.argv, launch.env);
    }
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(launch.error_fd, &error, sizeof error);
    ::_exit(127);
}

struct Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            fail("pipe");
        }
    }
    ~Pipe() {
        close(0);
        close(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close(std::size_t end) {
        if (ends.at(end) >= 0) {
            ::close(std::exchange(ends.at(end), -1));
        }
    }
};

Exit exit_of(int status) {
    if (WIFSIGNALED(status)) {
        return {.code = 0, .signal = WTERMSIG(status)};
    }
    return {.code = WEXITSTATUS(status), .signal = 0};
}

}  // namespace

Process::Process(Command command) {
    if (command.argv.empty()) {
        throw std::invalid_argument("a command needs a program");
    }
    const std::string file = executable(command.argv.front());
    auto env = environment(command.env);
    auto argv_pointers = pointers(command.argv);
    auto env_pointers = pointers(env);
    Pipe output;
    Pipe error;
    const Launch launch{
        .file = file.c_str(),
        .argv = argv_pointers.data(),
        .env = env_pointers.data(),
        .directory =
            command.working_directory.empty() ? nullptr : command.working_directory.c_str(),
        .output_fd = output.ends[1],
        .error_fd = error.ends[1],
        .parent = ::getpid(),
    };
    started_ = Clock::now();
    pid_ = ::fork();
    if (pid_ == 0) {
        become(launch);
    }
    if (pid_ < 0) {
        fail("fork");
    }
    ::setpgid(pid_, pid_);  // both sides set it, so that neither can be too late
    output.close(1);
    error.close(1);
    int exec_error = 0;
    if (::read(error.ends[0], &exec_error, sizeof exec_error) == sizeof exec_error) {
        ::waitpid(pid_, nullptr, 0);
        errno = exec_error;
        fail(file);
    }
    // glibc 2.36 declares pidfd_open without extern "C".
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    stop_reading_fd_ = ::eventfd(0, EFD_CLOEXEC);
    reader_ = std::thread([this, fd = std::exchange(output.ends[0], -1),
                           copy = command.output_file] { read_output(fd, copy); });
}

Process::~Process() {
    if (!exit_) {
        signal_group(SIGKILL);
        reap(std::chrono::hours{1});
    }
    ::kill(-pid_, SIGKILL);  // what it left behind
    ::eventfd_write(stop_reading_fd_, 1);
    reader_.join();
    ::close(pidfd_);
    ::close(stop_reading_fd_);
}

bool Process::running() { return !exit_status().has_value(); }

std::optional<Exit> Process::exit_status() { return wait_for_exit(Milliseconds{0}); }

std::optional<Exit> Process::wait_for_exit(Milliseconds timeout) {
    if (!exit_) {
        reap(timeout);
    }
    return exit_;
}

void Process::reap(Milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    pollfd ended{.fd = pidfd_, .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&ended, 1, poll_timeout(deadline));
    } while (ready < 0 && errno == EINTR);
    int status = 0;
    if (ready == 1 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        exit_ = exit_of(status);
    }
}

void Process::signal(int number) {
    if (!exit_ && ::kill(pid_, number) != 0) {
        fail("kill");
    }
}

void Process::signal_group(int number) {
    if (!exit_) {
        ::kill(-pid_, number);
    }
}

Exit Process::kill() {
    signal(SIGKILL);
    if (!wait_for_exit(std::chrono::minutes{1})) {
        throw std::runtime_error("a killed child does not end");
    }
    return *exit_;
}

Exit Process::stop(Milliseconds patience) {
    signal(SIGTERM);
    if (wait_for_exit(patience)) {
        return *exit_;
    }
    signal_group(SIGKILL);
    return kill();
}

std::string Process::output() const {
    const std::lock_guard lock(mutex_);
    return output_;
}

void Process::read_output(int output_fd, const std::filesystem::path& copy) {
    std::ofstream file;
    if (!copy.empty()) {
        file.open(copy, std::ios::app | std::ios::binary);
    }
    std::array<pollfd, 2> fds{{{.fd = output_fd, .events = POLLIN, .revents = 0},
                               {.fd = stop_reading_fd_, .events = POLLIN, .revents = 0}}};
    std::array<char, 65'536> buffer;
    while (true) {
        if (::poll(fds.data(), fds.size(), -1) < 0) {
            continue;  // interrupted
        }
        if (fds[0].revents == 0) {
            break;  // told to stop, and nothing is left unread
        }
        const ssize_t count = ::read(output_fd, buffer.data(), buffer.size());
        if (count <= 0) {
            break;
        }
        file.write(buffer.data(), count).flush();
        const std::lock_guard lock(mutex_);
        output_.append(buffer.data(), static_cast<std::size_t>(count));
        grown_.notify_all();
    }
    ::close(output_fd);
    const std::lock_guard lock(mutex_);
    output_ended_ = true;
    grown_.notify_all();
}

std::optional<std::string> Process::wait_for_line(const std::string& regex, Milliseconds timeout,
                                                  std::size_t from) const {
    const std::regex wanted(regex);
    const auto deadline = Clock::now() + timeout;
    std::size_t line_start = from;
    std::unique_lock lock(mutex_);
    while (true) {
        for (auto end = output_.find('\n', line_start); end != std::string::npos;
             end = output_.find('\n', line_start)) {
            const std::string line = output_.substr(line_start, end - line_start);
            line_start = end + 1;
            if (std::regex_search(line, wanted)) {
                return line;
            }
        }
        if (output_ended_ || Clock::now() >= deadline) {
            return std::nullopt;
        }
        grown_.wait_until(lock, deadline);
    }
}

}  // namespace lucheng::rig
