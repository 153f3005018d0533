#include <cstdint>
#include <fmt/core.h>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "protocol/digest.hpp"
#include "tests/rig/free_port.hpp"
#include "tools/bench/contender.hpp"

namespace lucheng::bench {

namespace {

constexpr std::string_view root = "bench/cabinets";
constexpr auto prefilled_within = std::chrono::minutes{10};

// 32 compartments in three banks, a screen, everything else at its default.
std::string config(std::uint16_t broker_port, const std::filesystem::path& directory,
                   const Launch& launch) {
    const auto& key = launch.dispatch->key;
    const auto& operations = launch.operations->key;
    return fmt::format(R"([cabinet]
id = "{0}"
help_telephone = "0512-0000 0000"
state_directory = "{1}/state"
[broker]
uri = "mqtt://127.0.0.1:{2}"
root = "{3}"
[[key]]
id = "{4}"
role = "dispatch"
public_key = "{5}"
[[key]]
id = "{7}"
role = "operations"
public_key = "{8}"
[secrets]
code_key_file = "{1}/code.key"
[kiosk]
port = {6}
control_socket = "{1}/control.sock"
[clock]
source = "assume"
[log]
level = "warning"
[limits]
pulse_ms = 100
pulse_gap_ms = 100
remote_openings_an_hour = 1000
[[bank]]
first = 1
count = 16
size = "small"
height_mm = 700
[[bank]]
first = 17
count = 12
size = "medium"
height_mm = 1000
[[bank]]
first = 29
count = 4
size = "large"
height_mm = 200
)",
                       launch.dispatch->cabinet.str(), directory.string(), broker_port, root,
                       key.id().str(), protocol::base64(key.public_key()), launch.kiosk_port,
                       operations.id().str(), protocol::base64(operations.public_key()));
}

void write(const std::filesystem::path& file, const std::string& text) {
    if (!(std::ofstream{file, std::ios::binary} << text).flush()) {
        throw std::runtime_error("cannot write " + file.string());
    }
}

void fill_journal(std::vector<std::string> argv, std::uint64_t entries, bool unsent) {
    argv.insert(argv.end(), {"--prefill-journal", fmt::format("{}", entries)});
    if (unsent) argv.emplace_back("--prefill-unsent");
    rig::Process filler(
        {.argv = std::move(argv), .env = {}, .working_directory = {}, .output_file = {}});
    const auto end = filler.wait_for_exit(prefilled_within);
    if (!end || !end->clean()) {
        throw std::runtime_error("the journal cannot be filled:\n" + filler.output());
    }
}

}  // namespace

std::optional<Launch> cabinet_launch(const std::filesystem::path& programs, std::uint16_t port,
                                     const std::string& id, std::uint64_t journal_entries,
                                     bool unsent) {
    if (!std::filesystem::exists(programs / "cabinetd")) return std::nullopt;
    Launch launch;
    launch.directory = std::make_unique<rig::TempDir>("cabinet");
    const auto& directory = launch.directory->path();
    std::filesystem::create_directory(directory / "state");
    // Any 32 random bytes: another public key's, as base64.
    const protocol::Digest secret =
        protocol::SigningKey::make(protocol::KeyId::of("code")).public_key();
    const auto source = [&](const char* name) {
        return CommandSource{
            .cabinet = protocol::CabinetId::of(id),
            .key = protocol::SigningKey::make(protocol::KeyId::of(name)),
            .cabinet_key = protocol::SealingKey{protocol::CodeKey{secret}}.public_key()};
    };
    launch.dispatch = source("bench");
    launch.operations = source("bench-operations");
    launch.kiosk_port = rig::free_port();
    write(directory / "cabinetd.toml", config(port, directory, launch));
    write(directory / "code.key", protocol::base64(secret));
    std::filesystem::permissions(directory / "code.key", std::filesystem::perms::owner_read);

    launch.client_id = "cabinetd-" + id;
    launch.root = fmt::format("{}/{}", root, id);
    launch.ready_status = "\"ready\"";
    launch.argv = {(programs / "cabinetd").string(), "--simulate", "--config",
                   (directory / "cabinetd.toml").string()};
    launch.workload = cabinet_workload(*launch.dispatch);
    if (journal_entries > 0) fill_journal(launch.argv, journal_entries, unsent);
    return launch;
}

}  // namespace lucheng::bench
