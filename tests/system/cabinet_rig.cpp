#include "tests/system/cabinet_rig.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

#include "daemon/config.hpp"

namespace lucheng::system_test {

namespace {

using namespace std::chrono_literals;

// A pulse is twice what a simulated lock needs: a busy machine may shorten it.
constexpr std::string_view config = R"([cabinet]
id = "KS-017"
name = "玉山公园"
help_telephone = "0512-12345678"
state_directory = "{7}"
[broker]
uri = "mqtt://{1}"
without_tls = {9}
[secrets]
code_key_file = "{0}/code.key"
[[key]]
id = "disp"
role = "dispatch"
public_key = "{2}"
[[key]]
id = "ops"
role = "operations"
public_key = "{3}"
[[key]]
id = "safe"
role = "authority"
public_key = "{6}"
[kiosk]
port = 0
control_socket = "{0}/control.sock"
[clock]
source = "assume"
[limits]
pulse_ms = {8}
pulse_gap_ms = 100
settle_ms = 200
{4}
[[bank]]
first = 1
count = {5}
size = "small"
height_mm = 800
sensor = true
{10}
)";

void write(const std::filesystem::path& file, const std::string& text) {
    if (!(std::ofstream{file, std::ios::binary} << text).flush()) {
        throw std::runtime_error("cannot write " + file.string());
    }
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

protocol::WallTime wall_now() {
    return std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
}

// A broker that keeps what dispatch has not read over a restart of its own. On this machine, and at
// `place`, an address and a port, if there is one.
rig::BrokerOptions listens_at(const std::string& place) {
    rig::BrokerOptions options;
    options.persistence = true;
    if (const auto colon = place.find(':'); colon != std::string::npos) {
        options.extra_lines.push_back(
            fmt::format("listener {} {}", place.substr(colon + 1), place.substr(0, colon)));
    }
    return options;
}

}  // namespace

std::filesystem::path program(std::string_view name) {
    return std::filesystem::path{LUCHENG_BUILD_DIR} / "bin" / name;
}

CabinetRig::CabinetRig(RigOptions options)
    : broker{listens_at(options.broker_at)},
      through_{options.through},
      patience_{options.patience},
      state_directory_{options.state_directory.empty() ? directory / "state"
                                                       : options.state_directory} {
    std::filesystem::create_directory(state_directory_);
    write_files(options);
    if (options.through_slow_disk) {
        disk = std::make_unique<rig::SlowDisk>(
            std::filesystem::path{LUCHENG_BUILD_DIR} / "lib" / "libslow_disk.so", state_directory_);
    }
    auto loaded = daemon::load_config(config_file(), true);
    if (!loaded.problems.empty()) {
        throw std::runtime_error(daemon::describe(loaded.problems.front()));
    }
    world_ = std::make_unique<hal::SimulatedWorld>(state_directory_ / "simulated-cabinet",
                                                   loaded.config.cabinet.compartments);
    peer_ = std::make_unique<rig::MqttPeer>(rig::PeerOptions{.uri = broker.uri(),
                                                             .client_id = "dispatch",
                                                             .clean_start = false,
                                                             .session_expiry_s = 3'600});
    peer_->subscribe("lucheng/v1/KS-017/#");
}

void CabinetRig::write_files(const RigOptions& options) const {
    write(config_file(),
          fmt::format(config, directory.path().string(),
                      options.broker_at.empty() ? fmt::format("127.0.0.1:{}", broker.port())
                                                : options.broker_at,
                      protocol::base64(dispatch_key.public_key()),
                      protocol::base64(operations_key.public_key()), options.limits,
                      options.compartments, protocol::base64(authority_key.public_key()),
                      state_directory_.string(), options.pulse_ms, !options.broker_at.empty(),
                      options.sections));
    write(key_file(), dispatch_key.file_text());
    write(operations_key_file(), operations_key.file_text());
    write(directory / "code.key", protocol::hex(code_secret));
    write(sealing_keys_file(), protocol::sealing_line(cabinet, sealing_key()));
}

void CabinetRig::launch() {
    daemon_.reset();
    auto argv = through_;
    argv.insert(argv.end(),
                {program("cabinetd").string(), "--simulate", "--config", config_file().string()});
    daemon_ = std::make_unique<rig::Process>(
        rig::Command{.argv = std::move(argv),
                     .env = disk ? disk->env() : std::vector<rig::EnvEntry>{},
                     .working_directory = {},
                     .output_file = directory / "cabinetd.log"});
}

void CabinetRig::start() {
    const std::size_t from = mark();
    launch();
    const auto ready = peer_->wait_for(
        [&](const rig::Received& message) {
            if (message.topic != topics.status) return false;
            const auto status = protocol::decode_status(message.payload);
            if (!status || status.value().link != protocol::Link::ready) return false;
            boot_ = status.value().boot.str();
            return true;
        },
        patience_, from);
    if (!ready) throw std::runtime_error("the cabinet is not ready:\n" + daemon_->output());
    until_kiosk_answers();
}

void CabinetRig::start_alone() {
    launch();
    until_kiosk_answers();
}

void CabinetRig::until_kiosk_answers() {
    until([&] { return std::filesystem::exists(socket()) && get("/api/state").status == 200; },
          "the kiosk answers");
}

rig::Exit CabinetRig::kill() { return daemon_->kill(); }
rig::Exit CabinetRig::stop() { return daemon_->stop(); }

protocol::Command CabinetRig::command(protocol::Verb verb, const std::string& id) {
    const auto now = wall_now();
    protocol::Command made;
    made.id = protocol::CommandId::of(id.empty() ? fmt::format("c-{}", ++next_command_) : id);
    made.cabinet = cabinet;
    made.issued_at = now;
    made.expires_at = now + 1h;
    made.verb = std::move(verb);
    protocol::seal_secrets(made.verb, sealing_key());
    return made;
}

std::string CabinetRig::signed_by_dispatch(const protocol::Command& command) const {
    return protocol::encode(dispatch_key.sign(protocol::encode(command)));
}

std::string CabinetRig::signed_by_operations(const protocol::Command& command) const {
    return protocol::encode(operations_key.sign(protocol::encode(command)));
}

void CabinetRig::send(const std::string& bytes) { peer_->publish(topics.command, bytes); }

Answer CabinetRig::wait_for_reply(const std::string& id, std::size_t from) {
    std::optional<protocol::Reply> reply;
    const auto heard = peer_->wait_for(
        [&](const rig::Received& message) {
            if (message.topic != topics.reply) return false;
            auto read = protocol::decode_reply(message.payload);
            if (!read || read.value().id.str() != id) return false;
            reply = std::move(read).value();
            return true;
        },
        patience_, from);
    if (!heard) throw std::runtime_error("no answer to " + id + "\n" + daemon_->output());
    return {*reply, heard->payload};
}

Answer CabinetRig::ask(protocol::Verb verb, const std::string& id) {
    const bool dispatch = protocol::may_ask(protocol::Role::dispatch, verb);
    const bool operations = protocol::may_ask(protocol::Role::operations, verb);
    const auto made = command(std::move(verb), id);
    const std::size_t from = mark();
    const auto& key = dispatch ? dispatch_key : operations ? operations_key : authority_key;
    send(protocol::encode(key.sign(protocol::encode(made))));
    return wait_for_reply(made.id.str(), from);
}

Answer CabinetRig::assign(const std::string& delivery, const std::string& code) {
    protocol::Assign assign;
    assign.delivery = protocol::DeliveryId::of(delivery);
    assign.revision = protocol::Revision{1};
    assign.patron = protocol::PersonId::of("patron-" + delivery);
    assign.size = protocol::SizeClass::small;
    assign.secrets.code = code;
    return ask(assign);
}

void CabinetRig::grant_courier() {
    protocol::Grant grant;
    grant.person = protocol::PersonId::of("courier-2");
    grant.role = protocol::PersonRole::courier;
    grant.secrets.cards.emplace_back(courier_card);
    if (const auto answer = ask(grant); !answer.ok()) throw std::runtime_error(answer.bytes);
}

protocol::Entry CabinetRig::wait_for(protocol::FactKind kind, const std::string& delivery,
                                     std::size_t from) {
    std::optional<protocol::Entry> found;
    const auto heard = peer_->wait_for(
        [&](const rig::Received& message) {
            if (message.topic != topics.event) return false;
            auto entry = entry_in(message);
            if (!entry || entry->fact.kind != kind) return false;
            if (!delivery.empty() &&
                (!entry->fact.delivery || entry->fact.delivery->str() != delivery)) {
                return false;
            }
            found = std::move(entry);
            return true;
        },
        patience_, from);
    if (!heard) {
        throw std::runtime_error(
            fmt::format("no {} of {}\n{}", protocol::code_of(kind), delivery, daemon_->output()));
    }
    return *found;
}

Journal CabinetRig::whole_journal() {
    const auto head = state().journal;
    const auto came = peer_->wait_for(
        [&](const rig::Received& message) {
            if (message.topic != topics.event) return false;
            const auto entry = entry_in(message);
            return entry && entry->header.epoch == head.epoch &&
                   entry->header.number == head.number;
        },
        patience_);
    if (!came) throw std::runtime_error("the newest entry did not come\n" + daemon_->output());
    for (auto& journal : journals(peer_->received(), topics.event)) {
        if (journal.epoch == head.epoch.str()) return journal;
    }
    throw std::runtime_error("no journal of this epoch");
}

// Asked again whenever a message has come, and now and then between them.
void CabinetRig::until(const std::function<bool()>& done, std::string_view what) {
    const auto end = std::chrono::steady_clock::now() + patience_;
    std::string trouble;
    while (std::chrono::steady_clock::now() < end) {
        try {
            if (done()) return;
        } catch (const std::exception& error) {
            trouble = error.what();
            if (daemon_ && !daemon_->running()) break;
        }
        static_cast<void>(peer_->wait_for_count(mark() + 1, 10ms));
    }
    throw std::runtime_error(fmt::format("in vain: {} ({})\n{}", what, trouble,
                                         daemon_ ? daemon_->output() : std::string{}));
}

}  // namespace lucheng::system_test
