#pragma once

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <utility>
#include <vector>

namespace lucheng::rig {

using Milliseconds = std::chrono::milliseconds;
using EnvEntry = std::pair<std::string, std::string>;

struct Command {
    std::vector<std::string> argv;  // argv[0] without a slash is looked up in PATH
    std::vector<EnvEntry> env;      // added to this process's environment, or replacing its entries
    std::filesystem::path working_directory;
    std::filesystem::path output_file;  // also receives what the child writes, when named
};

struct Exit {
    int code = 0;    // meaningless when `signal` is not zero
    int signal = 0;  // the signal that ended it

    [[nodiscard]] bool clean() const noexcept { return code == 0 && signal == 0; }
};

// A child in its own process group, its stdout and stderr read by a thread of ours, so that it
// never blocks on them. The group is killed with the object. The child dies with the thread that
// spawned it (that is how PR_SET_PDEATHSIG counts), so spawn from one that lives long enough.
class Process {
public:
    explicit Process(Command command);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] std::chrono::steady_clock::time_point started() const noexcept {
        return started_;
    }
    [[nodiscard]] bool running();
    // How it ended; empty while it runs.
    [[nodiscard]] std::optional<Exit> exit_status();
    [[nodiscard]] std::optional<Exit> wait_for_exit(Milliseconds timeout);

    void signal(int number);        // the child alone
    void signal_group(int number);  // with its children
    Exit kill();                    // SIGKILL to the child alone, and waits until it is gone
    // SIGTERM, then after `patience` SIGKILL to the group.
    Exit stop(Milliseconds patience = std::chrono::seconds{5});

    [[nodiscard]] std::string output() const;
    // The first line, from byte `from` of the output on, that the regular expression (ECMAScript)
    // is found in; empty when none came in time or the output ended without one.
    [[nodiscard]] std::optional<std::string> wait_for_line(const std::string& regex,
                                                           Milliseconds timeout,
                                                           std::size_t from = 0) const;

private:
    void read_output(int output_fd, const std::filesystem::path& copy);
    void reap(Milliseconds timeout);

    pid_t pid_ = -1;
    int pidfd_ = -1;
    int stop_reading_fd_ = -1;
    std::chrono::steady_clock::time_point started_;
    std::optional<Exit> exit_;

    mutable std::mutex mutex_;
    mutable std::condition_variable grown_;
    std::string output_;
    bool output_ended_ = false;
    std::thread reader_;
};

}  // namespace lucheng::rig
