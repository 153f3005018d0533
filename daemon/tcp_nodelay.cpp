#include "daemon/tcp_nodelay.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace lucheng::daemon {

std::uint16_t peer_port_of(int fd) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    // The socket calls take every family through this one type.
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return 0;
    if (peer.ss_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &peer, sizeof address);
        return ntohs(address.sin_port);
    }
    if (peer.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &peer, sizeof address);
        return ntohs(address.sin6_port);
    }
    return 0;
}

std::vector<int> send_without_delay_to(std::uint16_t peer_port) {
    std::vector<int> found;
    std::error_code gone;
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator it{"/proc/self/fd", gone}; !gone && it != end;
         it.increment(gone)) {
        const std::string name = it->path().filename();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd < 0 || peer_port_of(fd) != peer_port) continue;
        const int on = 1;
        if (::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0) {
            found.push_back(fd);
        }
    }
    return found;
}

}  // namespace lucheng::daemon
