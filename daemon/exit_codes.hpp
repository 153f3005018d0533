// How the process ends, after sysexits.h. systemd does not restart on `config`.
#pragma once

#include <sysexits.h>

namespace lucheng::daemon::exit_code {

inline constexpr int ok = 0;
inline constexpr int usage = EX_USAGE;              // 64: the command line
inline constexpr int broken_data = EX_DATAERR;      // 65: the journal's chain does not hold
inline constexpr int no_input = EX_NOINPUT;         // 66: no such database
inline constexpr int unavailable = EX_UNAVAILABLE;  // 69: an address or a chip that is taken
inline constexpr int software = EX_SOFTWARE;        // 70: a bug in the daemon or in a library
inline constexpr int os_error = EX_OSERR;           // 71: no process, no memory
inline constexpr int io_error = EX_IOERR;           // 74: the disk
inline constexpr int no_permission = EX_NOPERM;     // 77
inline constexpr int config = EX_CONFIG;            // 78: a person must mend the configuration

}  // namespace lucheng::daemon::exit_code
