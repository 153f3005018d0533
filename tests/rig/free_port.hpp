#pragma once

#include <chrono>
#include <cstdint>

namespace lucheng::rig {

// A loopback TCP port nobody listened on a moment ago. Another process may take it before its
// user binds it, so whoever binds must be ready to ask for another.
[[nodiscard]] std::uint16_t free_port();

[[nodiscard]] bool accepts_connections(std::uint16_t port);

}  // namespace lucheng::rig
