#include "tests/rig/free_port.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "tests/rig/socket_address.hpp"

namespace lucheng::rig {

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), "socket");
    }
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    const bool found = ::bind(fd, generic(address), length) == 0 &&
                       ::getsockname(fd, generic(address), &length) == 0;
    const int error = errno;
    ::close(fd);
    if (!found) {
        throw std::system_error(error, std::generic_category(), "bind a free port");
    }
    return ntohs(address.sin_port);
}

bool accepts_connections(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), "socket");
    }
    sockaddr_in address = loopback(port);
    const bool accepted = ::connect(fd, generic(address), sizeof address) == 0;
    ::close(fd);
    return accepted;
}

}  // namespace lucheng::rig
