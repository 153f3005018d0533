#include "tools/bench/contender.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <stdexcept>
#include <thread>
#include <utility>

namespace lucheng::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto answer_within = std::chrono::seconds{30};
constexpr auto ready_within = std::chrono::seconds{30};
constexpr std::size_t command_bytes = 600;  // about what a signed command weighs

void wait_until_ready(const Launch& launch, const rig::Process& process,
                      const rig::MqttPeer& driver) {
    const bool said = launch.ready.empty() || process.wait_for_line(launch.ready, ready_within);
    const bool published =
        launch.ready_status.empty() ||
        driver.wait_for(
            [&](const rig::Received& received) {
                return received.topic == launch.root + "/status" &&
                       received.payload.find(launch.ready_status) != std::string::npos;
            },
            ready_within);
    if (!said || !published) {
        throw std::runtime_error(launch.argv.front() + " does not get ready:\n" + process.output());
    }
}

}  // namespace

rig::BrokerOptions broker_options() {
    rig::BrokerOptions options;
    // 20 by default, which would hide how many the contender can take.
    options.extra_lines = {"max_inflight_messages 1000"};
    return options;
}

Contender::Contender(const rig::Broker& broker, Launch launch,
                     const std::vector<rig::EnvEntry>& env)
    : launch_{std::move(launch)} {
    std::string id = "driver-" + launch_.root;
    std::replace(id.begin(), id.end(), '/', '-');
    driver_ = std::make_unique<rig::MqttPeer>(broker.uri(), id);
    driver_->subscribe(launch_.root + "/status");
    process_ = std::make_unique<rig::Process>(
        rig::Command{.argv = launch_.argv, .env = env, .working_directory = {}, .output_file = {}});
    wait_until_ready(launch_, *process_, *driver_);
    driver_->unsubscribe(launch_.root + "/status");
    driver_->subscribe(launch_.root + "/reply");
}

std::vector<rig::Outgoing> Contender::next_commands(std::size_t count) {
    std::vector<rig::Outgoing> commands(count);
    for (auto& command : commands) {
        command.topic = launch_.root + "/command";
        command.payload = launch_.workload->command(next_++);
    }
    return commands;
}

void Contender::check(std::size_t first_reply, std::uint64_t first_command,
                      std::size_t count) const {
    const auto received = driver_->received();
    std::vector<bool> done(count, false);
    for (std::size_t i = first_reply; i < received.size(); ++i) {
        done.at(launch_.workload->done(received[i].payload) - first_command) = true;
    }
    if (std::find(done.begin(), done.end(), false) != done.end()) {
        throw std::runtime_error("a command was not answered");
    }
}

Samples Contender::serial(std::size_t commands, std::chrono::milliseconds spacing) {
    const std::uint64_t first_command = next_;
    const auto outgoing = next_commands(commands);
    const std::size_t first_reply = driver_->received_count();
    Samples samples;
    for (std::size_t i = 0; i < commands; ++i) {
        const auto sent = Clock::now();
        driver_->publish_without_waiting(outgoing[i]);
        const auto reply = driver_->wait_for([](const rig::Received&) { return true; },
                                             answer_within, first_reply + i);
        if (!reply) throw std::runtime_error("no reply:\n" + process_->output());
        samples.add(reply->at - sent);
        std::this_thread::sleep_for(spacing);
    }
    check(first_reply, first_command, commands);
    return samples;
}

double Contender::in_flight(std::size_t commands, std::size_t window) {
    const std::uint64_t first_command = next_;
    const auto outgoing = next_commands(commands);
    const std::size_t first_reply = driver_->received_count();
    const auto started = Clock::now();
    for (std::size_t i = 0; i < commands; ++i) {
        const std::size_t answered_first = i < window ? 0 : i - window + 1;
        if (!driver_->wait_for_count(first_reply + answered_first, answer_within)) {
            throw std::runtime_error("no reply:\n" + process_->output());
        }
        driver_->publish_without_waiting(outgoing[i]);
    }
    if (!driver_->wait_for_count(first_reply + commands, answer_within)) {
        throw std::runtime_error("no reply:\n" + process_->output());
    }
    const std::chrono::duration<double> took = Clock::now() - started;
    check(first_reply, first_command, commands);
    return static_cast<double>(commands) / took.count();
}

Launch floor_launch(const std::filesystem::path& programs, std::uint16_t port) {
    Launch launch;
    launch.directory = std::make_unique<rig::TempDir>("floor");
    launch.root = "bench/floor";
    launch.ready = "^ready$";
    launch.argv = {(programs / "bench_floor").string(), fmt::format("{}", port),
                   (*launch.directory / "state").string(), launch.root};
    launch.workload = floor_workload(command_bytes);
    std::filesystem::create_directory(*launch.directory / "state");
    return launch;
}

}  // namespace lucheng::bench
