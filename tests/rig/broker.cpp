#include "tests/rig/broker.hpp"

#include <chrono>
#include <csignal>
#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>

#include "tests/rig/free_port.hpp"

namespace lucheng::rig {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto start_within = std::chrono::seconds{10};
constexpr int port_attempts = 5;

}  // namespace

Broker::Broker(BrokerOptions options) : options_(std::move(options)) {
    for (int attempt = 1; attempt <= port_attempts; ++attempt) {
        port_ = options_.port != 0 ? options_.port : free_port();
        tls_port_ = options_.tls ? free_port() : std::uint16_t{0};
        if (try_start()) {
            return;
        }
    }
    throw std::runtime_error("mosquitto does not start:\n" + log());
}

std::string Broker::uri() const { return fmt::format("tcp://127.0.0.1:{}", port_); }

std::string Broker::log() const {
    std::ifstream in(log_file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void Broker::write_config() const {
    std::ofstream config(directory_ / "mosquitto.conf");
    config << "log_dest stderr\n";  // which it does not buffer, unlike stdout
    config << (options_.log_everything ? "log_type all\n"
                                       : "log_type error\nlog_type warning\nlog_type notice\n");
    if (::geteuid() == 0) {
        config << "user root\n";  // else it becomes a user who may not write here
    }
    if (options_.persistence) {
        config << "persistence true\npersistence_location " << directory_.path().string() << "/\n";
    }
    config << "set_tcp_nodelay true\n";
    config << "listener " << port_ << " 127.0.0.1\n";
    config << "allow_anonymous true\n";
    if (options_.tls) {
        config << "listener " << tls_port_ << " 127.0.0.1\n"
               << "cafile " << options_.tls->ca_file.string() << '\n'
               << "certfile " << options_.tls->certificate_file.string() << '\n'
               << "keyfile " << options_.tls->key_file.string() << '\n'
               << "require_certificate " << (options_.tls->require_certificate ? "true" : "false")
               << '\n';
    }
    for (const auto& line : options_.extra_lines) {
        config << line << '\n';
    }
    if (!config.flush()) {
        throw std::runtime_error("mosquitto.conf cannot be written");
    }
}

bool Broker::try_start() {
    write_config();
    process_.emplace(Command{
        .argv = {"mosquitto", "-c", (directory_ / "mosquitto.conf").string()},
        .env = {},
        .working_directory = directory_.path(),
        .output_file = log_file(),
    });
    const auto deadline = Clock::now() + start_within;
    while (Clock::now() < deadline) {
        if (accepts_connections(port_)) {
            // Whoever answers may be another's broker that took the port: then ours has ended.
            return !process_->wait_for_exit(std::chrono::milliseconds{1});
        }
        if (process_->wait_for_exit(std::chrono::milliseconds{2})) {
            return false;
        }
    }
    return false;
}

void Broker::start() {
    if (running()) {
        return;
    }
    if (!try_start()) {
        throw std::runtime_error("mosquitto does not start again:\n" + log());
    }
}

void Broker::stop() {
    if (process_) {
        process_->stop();
    }
}

void Broker::kill() {
    if (process_) {
        process_->kill();
    }
}

void Broker::restart() {
    stop();
    start();
}

void Broker::freeze() { process().signal(SIGSTOP); }

void Broker::resume() { process().signal(SIGCONT); }

}  // namespace lucheng::rig
