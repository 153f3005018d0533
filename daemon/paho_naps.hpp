// Paho's receiving thread sleeps for 100 ms (`usleep`) whenever nothing came for a second, and at
// its start when it is quicker than the connection; a command that arrives meanwhile lies there.
// So our `usleep` takes the place of the C library's, and ends the nap of that one thread when
// there is something to receive. docs/decisions/0006.
#pragma once

#include <cstdint>

namespace lucheng::daemon {

// A connection is being made: naps are short at first, as long as its socket is not known.
void nap_lightly();
// Naps end when this socket has something to read. `peer_port` is its broker's: once the socket is
// closed its number may be another's, at which nobody must wake.
void nap_until_data_from(int socket, std::uint16_t peer_port);

}  // namespace lucheng::daemon
