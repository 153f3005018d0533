// The command line of cabinetd.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "daemon/log.hpp"

namespace lucheng::daemon {

enum class Task : std::uint8_t {
    serve,
    check_config,
    verify_journal,
    release_locks,
    list_gpio,
    list_readers,
    print_sealing_key,
    print_config_reference,
    prefill_journal,
};

struct Options {
    std::filesystem::path config = "/etc/cabinetd/cabinetd.toml";
    Task task = Task::serve;
    bool simulate = false;
    std::filesystem::path journal{};   // of verify_journal; empty: the one of the config
    std::int64_t prefill_entries = 0;  // of prefill_journal
    bool prefill_unsent = false;       // as the outbox of a cabinet that was long alone
    std::optional<Level> log_level{};  // instead of the config's
};

// The process has only to say this and leave.
struct Farewell {
    int exit_code = 0;
    std::string text{};  // to standard output when the exit code is 0, else to standard error
};

[[nodiscard]] std::variant<Options, Farewell> parse_options(int argc, const char* const* argv);

}  // namespace lucheng::daemon
