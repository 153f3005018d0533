#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <sys/socket.h>

namespace lucheng::rig {

[[nodiscard]] inline sockaddr_in loopback(std::uint16_t port) noexcept {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// The socket calls take every family through this one type.
template <class Address>
[[nodiscard]] sockaddr* generic(Address& address) noexcept {
    return reinterpret_cast<sockaddr*>(&address);
}

}  // namespace lucheng::rig
