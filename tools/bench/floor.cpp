// The least a durable answer costs: take a command, commit one row, reply. Nothing else.
//
//     bench_floor <broker port> <directory> <topic root>

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/core.h>
#include <mqtt/async_client.h>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/rig/nodelay.hpp"
#include "tools/bench/durable_log.hpp"

namespace {

using lucheng::bench::DurableLog;

class Inbox {
public:
    void push(std::string payload) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(payload));
        arrived_.notify_one();
    }

    std::vector<std::string> take_all() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !waiting_.empty(); });
        return std::exchange(waiting_, {});
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<std::string> waiting_;
};

void serve(int port, const std::string& directory, const std::string& root) {
    DurableLog log(directory + "/floor.db");
    Inbox inbox;
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_5);
    options.set_clean_start(true);
    mqtt::async_client client(fmt::format("tcp://127.0.0.1:{}", port), root,
                              mqtt::create_options(MQTTVERSION_5));
    client.set_message_callback(
        [&](mqtt::const_message_ptr message) { inbox.push(message->get_payload_str()); });
    client.connect(options)->wait();
    lucheng::rig::send_without_delay_to(static_cast<std::uint16_t>(port));
    client.subscribe(root + "/command", 1)->wait();
    fmt::print("ready\n");
    std::fflush(stdout);
    const std::string reply_topic = root + "/reply";
    while (true) {
        const auto commands = inbox.take_all();
        log.commit(commands);
        for (const auto& command : commands) {
            // The command's number, which stands first, names it.
            client.publish(reply_topic, command.substr(0, command.find(' ')), 1, false);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "bench_floor <broker port> <directory> <topic root>\n");
        return 64;
    }
    try {
        serve(std::atoi(argv[1]), argv[2], argv[3]);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 70;
    }
}
