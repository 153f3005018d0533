#include "tools/broker/options.hpp"

#include <algorithm>
#include <fstream>
#include <mqtt/ssl_options.h>

#include "tls/address.hpp"
#include "tls/sight.hpp"

namespace lucheng::broker {

using namespace std::chrono_literals;

namespace {

constexpr tls::Names option_names{.our_certificate = "our certificate",
                                  .certificate = "--certificate",
                                  .ca = "--ca",
                                  .uri = "--broker"};

tls::Files files_of(const Options& options) {
    return {.ca = options.ca_file,
            .certificate = options.certificate_file,
            .private_key = options.private_key_file,
            .names = option_names};
}

protocol::WallTime today() {
    return std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
}

std::string first_line_of(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::string line;
    if (!std::getline(in, line)) {
        throw Failure{file.string() + ": cannot read a password from it", exit_code::no_input};
    }
    return line;
}

// The library says of a missing file that there is no connection, which helps nobody.
mqtt::ssl_options tls_of(const Options& options) {
    const auto reading = tls::read_files(files_of(options), today());
    const auto hopeless = std::find_if(reading.troubles.begin(), reading.troubles.end(),
                                       [](const tls::Trouble& one) { return one.hopeless; });
    if (hopeless != reading.troubles.end()) throw Failure{hopeless->why, exit_code::no_input};
    mqtt::ssl_options tls;
    tls.set_enable_server_cert_auth(true);
    tls.set_verify(true);  // without it the host name is not checked
    tls.set_ssl_version(MQTT_SSL_VERSION_TLS_1_2);
    if (!options.ca_file.empty()) tls.set_trust_store(options.ca_file.string());
    if (!options.certificate_file.empty()) tls.set_key_store(options.certificate_file.string());
    if (!options.private_key_file.empty()) tls.set_private_key(options.private_key_file.string());
    return tls;
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
    app.add_option("--broker", options.uri, "mqtt://host:port or mqtts://host:port");
    app.add_option("--root", options.root, "the topics' root");
    app.add_option("--username", options.username, "at the broker");
    app.add_option("--password-file", options.password_file, "its first line");
    app.add_option("--ca", options.ca_file, "who vouches for the broker");
    app.add_option("--certificate", options.certificate_file);
    app.add_option("--private-key", options.private_key_file);
}

std::string library_uri(const Options& options) {
    auto uri = tls::paho_uri(options.uri);
    if (uri != options.uri) return uri;
    throw Failure{"--broker " + uri + ": expected mqtt://host:port or mqtts://host:port",
                  exit_code::usage};
}

void fill(mqtt::connect_options& connect, const Options& options) {
    connect.set_mqtt_version(MQTTVERSION_5);
    connect.set_automatic_reconnect(false);
    connect.set_connect_timeout(
        std::max(std::chrono::duration_cast<std::chrono::seconds>(options.timeout), 1s));
    if (!options.username.empty()) connect.set_user_name(options.username);
    if (!options.password_file.empty()) {
        connect.set_password(first_line_of(options.password_file));
    }
    if (tls::is_secure(options.uri)) connect.set_ssl(tls_of(options));
}

std::string tls_trouble(const Options& options) {
    if (!tls::is_secure(options.uri)) return {};
    const auto uptime = [] {
        return std::chrono::ceil<std::chrono::milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
    };
    return tls::look_at_broker({.host = tls::host_of(options.uri),
                                .port = tls::port_of(options.uri),
                                .files = files_of(options),
                                .now = today(),
                                .uptime = uptime,
                                .within = std::min<std::chrono::milliseconds>(options.timeout, 3s),
                                .await_verdict = true})
        .trouble;
}

}  // namespace lucheng::broker
