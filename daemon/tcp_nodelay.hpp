#pragma once

#include <cstdint>
#include <vector>

namespace lucheng::daemon {

// Sets TCP_NODELAY on each of this process's TCP sockets whose peer has this port, and gives
// them: the MQTT library never sets it, and a small packet behind an unacknowledged one then waits
// 40 ms for the peer's delayed acknowledgement.
std::vector<int> send_without_delay_to(std::uint16_t peer_port);
// Of a TCP socket's other end; 0: it has none, or is no such socket.
[[nodiscard]] std::uint16_t peer_port_of(int fd);

}  // namespace lucheng::daemon
