#pragma once

#include <cstdint>

namespace lucheng::rig {

// Sets TCP_NODELAY on each of this process's sockets whose peer has this port, and says on how
// many. Paho never sets it, so a small packet behind an unacknowledged one waits 40 ms.
int send_without_delay_to(std::uint16_t peer_port);

}  // namespace lucheng::rig
