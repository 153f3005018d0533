// A program that answers commands over MQTT, started for a benchmark, and what drives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/rig/broker.hpp"
#include "tests/rig/mqtt_peer.hpp"
#include "tests/rig/process.hpp"
#include "tests/rig/slow_disk.hpp"
#include "tests/rig/temp_dir.hpp"
#include "tools/bench/samples.hpp"
#include "tools/bench/workload.hpp"

namespace lucheng::bench {

struct Launch {
    std::vector<std::string> argv;
    std::string ready;         // a regular expression for the line by which it says so; empty: none
    std::string client_id{};   // as the broker logs it; only the idle benchmark asks
    std::string root;          // its topics: <root>/command, <root>/reply, <root>/status
    std::string ready_status;  // in the payload of <root>/status once it is ready; empty: none
    std::unique_ptr<Workload> workload;
    std::unique_ptr<rig::TempDir> directory;
    std::optional<CommandSource> dispatch{}, operations{};  // of a cabinet
    std::uint16_t kiosk_port = 0;                           // the same
};

class Contender {
public:
    Contender(const rig::Broker& broker, Launch launch, const std::vector<rig::EnvEntry>& env = {});

    [[nodiscard]] rig::Process& process() { return *process_; }

    // One command at a time, `spacing` after the answer to the one before; command to reply.
    Samples serial(std::size_t commands, std::chrono::milliseconds spacing);
    // Always this many waiting for an answer; commands done in a second.
    double in_flight(std::size_t commands, std::size_t window);

private:
    // Makes the next commands, so that signing them is not measured.
    std::vector<rig::Outgoing> next_commands(std::size_t count);
    void check(std::size_t first_reply, std::uint64_t first_command, std::size_t count) const;

    Launch launch_;
    std::unique_ptr<rig::MqttPeer> driver_;
    std::unique_ptr<rig::Process> process_;
    std::uint64_t next_ = 0;
};

[[nodiscard]] Launch floor_launch(const std::filesystem::path& programs, std::uint16_t port);
// A cabinet of 32 simulated compartments with this many entries in its journal, which it still has
// to send when they are unsent. No launch when
// there is no cabinetd among the programs.
[[nodiscard]] std::optional<Launch> cabinet_launch(const std::filesystem::path& programs,
                                                   std::uint16_t port, const std::string& id,
                                                   std::uint64_t journal_entries = 0,
                                                   bool unsent = false);
[[nodiscard]] rig::BrokerOptions broker_options();

}  // namespace lucheng::bench
