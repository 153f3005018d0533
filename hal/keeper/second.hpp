// The keeper's second: a child of it that holds the same lines and does one thing. When the keeper
// dies or does not end a pulse in time, it drives every line inactive. So whichever one of daemon,
// keeper and second is killed or frozen, and whichever two, somebody is left who lets go.
#pragma once

#include <cstdint>

#include "hal/keeper/output_lines.hpp"

namespace lucheng::hal::keeper {

// Starts it. The keeper's end of a socket on which pulses are noted; -1: there is none.
[[nodiscard]] int start_second(OutputLines& lines) noexcept;
// By when at the latest the pulse that begins now has to be over, on now_us(); 0: it is over.
// False: the second is gone.
bool note_pulse(int second, std::int64_t over_by_us) noexcept;

}  // namespace lucheng::hal::keeper
