#pragma once

#include <cstdint>

namespace lucheng::daemon {

// Sets TCP_NODELAY on each of this process's TCP sockets whose peer has this port, and says on how
// many: the MQTT library never sets it, and a small packet behind an unacknowledged one then waits
// 40 ms for the peer's delayed acknowledgement.
int send_without_delay_to(std::uint16_t peer_port);

}  // namespace lucheng::daemon
