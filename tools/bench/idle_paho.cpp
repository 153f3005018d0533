// An MQTT client that connects and does nothing more: what the library alone costs in wake-ups,
// memory and time to start.
//
//     bench_idle_paho <broker port>

#include <chrono>
#include <cstdio>
#include <exception>
#include <fmt/core.h>
#include <mqtt/async_client.h>
#include <unistd.h>

int main(int argc, char** argv) {
    const auto started = std::chrono::steady_clock::now();
    if (argc != 2) {
        fmt::print(stderr, "bench_idle_paho <broker port>\n");
        return 64;
    }
    try {
        mqtt::connect_options options;
        options.set_mqtt_version(MQTTVERSION_5);
        options.set_clean_start(true);
        mqtt::async_client client(fmt::format("tcp://127.0.0.1:{}", argv[1]), "idle-paho",
                                  mqtt::create_options(MQTTVERSION_5));
        client.connect(options)->wait();
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - started;
        fmt::print("connected after {:.2f} ms\n", took.count());
        std::fflush(stdout);
        while (true) {
            ::pause();
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 69;
    }
}
