// The lock keeper as a child of the daemon: its start, its socket, its death.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "hal/keeper/protocol.hpp"

namespace lucheng::hal {

struct KeeperCommand {
    std::filesystem::path executable;
    std::vector<std::string> arguments;  // without the program's name
    int changes_fd = -1;                 // handed on as keeper::changes_fd; -1: none
    std::vector<int> request_fds{};      // handed on from keeper::first_request_fd up
};

class KeeperProcess {
public:
    // Throws std::system_error when no process can be had. What fails behind that shows as its
    // death: the executable is read by the child alone, so a disk that stalls holds up no loop.
    KeeperProcess(boost::asio::io_context& loop, const KeeperCommand& command);
    // Closes the socket, at which it lets go and leaves; what is frozen is killed. Up to 400 ms.
    ~KeeperProcess();
    KeeperProcess(const KeeperProcess&) = delete;
    KeeperProcess& operator=(const KeeperProcess&) = delete;

    // Both become readable: the socket with answers, the other at its death.
    boost::asio::posix::stream_descriptor& socket() { return socket_; }
    boost::asio::posix::stream_descriptor& death() { return death_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    [[nodiscard]] bool send(const keeper::Request& request) noexcept;
    // Nothing: no more for now, or, once `ended`, ever. One of another size comes as version 0.
    [[nodiscard]] std::optional<keeper::Answer> receive() noexcept;
    [[nodiscard]] bool ended() const { return ended_; }
    void kill() noexcept;
    // Once it is dead: how it ended, for people.
    [[nodiscard]] std::optional<std::string> reap() noexcept;

private:
    bool wait_for_death(int milliseconds) noexcept;

    boost::asio::posix::stream_descriptor socket_;
    boost::asio::posix::stream_descriptor death_;
    pid_t pid_ = -1;
    bool ended_ = false;
    bool reaped_ = false;
};

}  // namespace lucheng::hal
