// One cabinet in service: builds the parts, holds them in the order of their lives, runs the loop.
#pragma once

#include <filesystem>
#include <memory>

#include "daemon/config.hpp"
#include "daemon/log.hpp"

namespace lucheng::daemon {

struct ServiceOptions {
    Config config;
    std::filesystem::path config_file;  // read again for its log level on SIGHUP
    bool simulate = false;
    std::filesystem::path keeper;         // the lock keeper's executable
    std::filesystem::path web_directory;  // the kiosk page
};

// Runs until SIGTERM or SIGINT; the exit code, after sysexits. A broken machine is an exception.
[[nodiscard]] int serve(const ServiceOptions& options, Log& log);

}  // namespace lucheng::daemon
