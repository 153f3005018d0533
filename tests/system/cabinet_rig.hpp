// A whole cabinet as built: broker, daemon, lock keeper, simulated doors; and those who use it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/simulated_cabinet.hpp"
#include "protocol/codec.hpp"
#include "protocol/codec_kiosk.hpp"
#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"
#include "protocol/topics.hpp"
#include "tests/rig/broker.hpp"
#include "tests/rig/http_client.hpp"
#include "tests/rig/mqtt_peer.hpp"
#include "tests/rig/process.hpp"
#include "tests/rig/slow_disk.hpp"
#include "tests/rig/temp_dir.hpp"
#include "tests/system/witness.hpp"

namespace lucheng::system_test {

inline constexpr std::chrono::seconds soon{20};  // longer than anything here takes
inline constexpr std::string_view courier_card = "04FFEE11";

[[nodiscard]] std::filesystem::path program(std::string_view name);

struct RigOptions {
    std::string limits{};    // lines of [limits], after the short times of the tests
    std::string sections{};  // more of the configuration
    bool through_slow_disk = false;
    int compartments = 12;
    int pulse_ms = 100;
    std::filesystem::path state_directory{};  // empty: within the rig's own
    std::vector<std::string> through{};  // a program that becomes the daemon: sh -c '…; exec "$@"'
    // Where the cabinet finds the broker, which then listens there too: address and port. Empty: on
    // this machine.
    std::string broker_at{};
    std::chrono::seconds patience = soon;
};

struct Answer {
    protocol::Reply reply;
    std::string bytes;
    [[nodiscard]] bool ok() const { return !reply.refusal; }
    // The refusal's code; empty: done.
    [[nodiscard]] std::string_view reason() const {
        return reply.refusal ? protocol::code_of(reply.refusal->reason) : std::string_view{};
    }
    [[nodiscard]] std::uint16_t compartment() const {
        return reply.compartment ? protocol::number_of(*reply.compartment) : std::uint16_t{0};
    }
};

// Waits have the deadline `patience` and throw std::runtime_error when it passes.
class CabinetRig {
public:
    explicit CabinetRig(RigOptions options = {});

    // The daemon: launched; its kiosk answering, though there be no broker; and its status `ready`
    // at the broker.
    void launch();
    void start_alone();
    void start();
    rig::Exit kill();
    rig::Exit stop();
    [[nodiscard]] rig::Process& daemon() { return *daemon_; }
    [[nodiscard]] bool alive() { return daemon_ && daemon_->running(); }
    [[nodiscard]] std::string boot() const { return boot_; }

    // Dispatch.
    [[nodiscard]] rig::MqttPeer& peer() { return *peer_; }
    [[nodiscard]] protocol::Command command(protocol::Verb verb, const std::string& id = {});
    [[nodiscard]] std::string signed_by_dispatch(const protocol::Command& command) const;
    [[nodiscard]] std::string signed_by_operations(const protocol::Command& command) const;
    void send(const std::string& bytes);
    [[nodiscard]] Answer wait_for_reply(const std::string& id, std::size_t from);
    Answer ask(protocol::Verb verb, const std::string& id = {});
    Answer assign(const std::string& delivery, const std::string& code);
    void grant_courier();

    // Waits for an event from message `from` on.
    protocol::Entry wait_for(protocol::FactKind kind, const std::string& delivery = {},
                             std::size_t from = 0);
    [[nodiscard]] std::size_t mark() const { return peer_->received_count(); }
    // The newest epoch, after everything up to the daemon's present head has come.
    [[nodiscard]] Journal whole_journal();
    void until(const std::function<bool()>& done, std::string_view what);
    [[nodiscard]] std::chrono::seconds patience() const { return patience_; }

    // People at the cabinet, over its local socket.
    protocol::SpokenOutcome post(std::string_view path, const std::string& body);
    protocol::SpokenOutcome type_code(const std::string& code);
    protocol::SpokenOutcome show_card(std::string_view card);
    protocol::SpokenOutcome choose(const std::string& delivery);
    protocol::SpokenOutcome answer(std::string_view word);
    protocol::SpokenOutcome hand(std::uint16_t compartment, std::string_view what);
    [[nodiscard]] rig::HttpResponse get(std::string_view path) const;
    [[nodiscard]] protocol::StateReport state() const;
    // How the delivery stands in the cabinet's state; empty: not there.
    [[nodiscard]] std::string state_of(const std::string& delivery) const;

    // A whole drop-off by the courier, and a whole pickup. They wait for durable state, not events,
    // so that they work without a broker.
    void deposit(const std::string& delivery, std::uint16_t compartment);
    void collect(const std::string& delivery, const std::string& code, std::uint16_t compartment);

    [[nodiscard]] hal::SimulatedWorld& world() { return *world_; }
    [[nodiscard]] std::uint32_t pulses() const;
    [[nodiscard]] std::uint32_t longest_ms() const;
    [[nodiscard]] rig::Exit verify_journal() const;  // of a stopped daemon

    rig::TempDir directory{"cabinet"};
    rig::Broker broker;
    std::unique_ptr<rig::SlowDisk> disk;
    protocol::SigningKey dispatch_key = protocol::SigningKey::make(protocol::KeyId::of("disp"));
    protocol::SigningKey operations_key = protocol::SigningKey::make(protocol::KeyId::of("ops"));
    protocol::SigningKey authority_key = protocol::SigningKey::make(protocol::KeyId::of("safe"));
    // Any 32 random bytes.
    protocol::Digest code_secret =
        protocol::SigningKey::make(protocol::KeyId::of("code")).public_key();
    protocol::CabinetId cabinet = protocol::CabinetId::of("KS-017");
    protocol::Topics topics = protocol::topics_of("lucheng/v1", cabinet);

    [[nodiscard]] std::filesystem::path config_file() const { return directory / "c.toml"; }
    [[nodiscard]] std::filesystem::path database() const { return state_directory_ / "cabinet.db"; }
    [[nodiscard]] std::filesystem::path socket() const { return directory / "control.sock"; }
    [[nodiscard]] std::filesystem::path key_file() const { return directory / "dispatch.key"; }
    [[nodiscard]] std::filesystem::path sealing_keys_file() const {
        return directory / "sealing.keys";
    }
    [[nodiscard]] protocol::SealingPublicKey sealing_key() const {
        return protocol::SealingKey{protocol::CodeKey{code_secret}}.public_key();
    }
    [[nodiscard]] std::filesystem::path operations_key_file() const {
        return directory / "operations.key";
    }

private:
    void write_files(const RigOptions& options) const;
    void until_kiosk_answers();

    std::vector<std::string> through_;
    std::chrono::seconds patience_;
    std::filesystem::path state_directory_;
    std::unique_ptr<rig::MqttPeer> peer_;
    std::unique_ptr<hal::SimulatedWorld> world_;
    std::unique_ptr<rig::Process> daemon_;
    std::string boot_;
    std::uint64_t next_command_ = 0;
};

}  // namespace lucheng::system_test
