#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/rig/process.hpp"
#include "tests/rig/temp_dir.hpp"

namespace lucheng::rig {

struct BrokerTls {
    std::filesystem::path ca_file;
    std::filesystem::path certificate_file;
    std::filesystem::path key_file;
    bool require_certificate = true;
};

struct BrokerOptions {
    bool persistence = false;  // sessions, queued and retained messages outlive stop and start
    bool log_everything = false;
    std::uint16_t port = 0;                // 0: a free one
    std::optional<BrokerTls> tls;          // on a second port, beside the plain one
    std::vector<std::string> extra_lines;  // go into the configuration file as they are
};

// A real mosquitto on a loopback port, running once constructed. It keeps its port over stop and
// start, so that clients find it again.
class Broker {
public:
    explicit Broker(BrokerOptions options = {});

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string uri() const;  // tcp://127.0.0.1:<port>, as peers want it
    [[nodiscard]] std::uint16_t tls_port() const noexcept { return tls_port_; }
    // Of all runs; `process().wait_for_line` waits for a line of this one, such as
    // "New client connected from .* as NAME \\(".
    [[nodiscard]] std::string log() const;
    [[nodiscard]] std::filesystem::path log_file() const { return directory_ / "mosquitto.log"; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
    [[nodiscard]] Process& process() { return process_.value(); }
    [[nodiscard]] bool running() { return process_ && process_->running(); }

    void start();    // returns when it accepts connections; does nothing when it runs
    void stop();     // SIGTERM: it says goodbye and, with persistence, saves
    void kill();     // SIGKILL: what was not saved is lost
    void restart();  // stop and start
    // No packet moves and no connection closes until `resume`: a network that went dead.
    void freeze();
    void resume();

private:
    void write_config() const;
    [[nodiscard]] bool try_start();

    BrokerOptions options_;
    TempDir directory_{"broker"};
    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    std::optional<Process> process_;
};

}  // namespace lucheng::rig
