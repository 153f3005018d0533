// How a program at a desk reaches the broker: its options, what Paho makes of them, and why not.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <mqtt/connect_options.h>
#include <string>

#include "tools/broker/failure.hpp"

namespace lucheng::broker {

struct Options {
    std::string uri = "mqtt://127.0.0.1:1883";
    std::string root = "lucheng/v1";
    std::string username{};
    std::filesystem::path password_file{};
    std::filesystem::path ca_file{}, certificate_file{}, private_key_file{};
    std::chrono::milliseconds timeout{10'000};  // for each answer of the broker
};

void add_options(CLI::App& app, Options& options);

// As the library wants it. Throws Failure where it is neither mqtt:// nor mqtts://.
[[nodiscard]] std::string library_uri(const Options& options);
// Version, name and password, TLS. In place: the C struct inside points into the object, which must
// not move afterwards. Throws Failure naming a file that cannot serve.
void fill(mqtt::connect_options& connect, const Options& options);

// Why TLS with the broker fails, as a sentence; empty without TLS, or where a handshake of our own
// finds nothing wrong. Waits for up to 3 s, thrice.
[[nodiscard]] std::string tls_trouble(const Options& options);

}  // namespace lucheng::broker
