// Wall time as it stands on the wire and in the ledger: UTC, whole milliseconds.
#pragma once

#include <chrono>

namespace lucheng::protocol {

using Milliseconds = std::chrono::milliseconds;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Milliseconds>;

}  // namespace lucheng::protocol
