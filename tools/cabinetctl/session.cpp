#include "tools/cabinetctl/session.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mqtt/async_client.h>

namespace lucheng::cabinetctl {

using namespace std::chrono_literals;

protocol::WallTime wall_time() {
    return std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
}

Patience::Patience(std::chrono::milliseconds time)
    : end_{std::chrono::steady_clock::now() + time} {}

std::chrono::milliseconds Patience::left() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds{0});
}

namespace {

constexpr auto again_after = 2s;

// mqtt:// is what people write; the library wants tcp:// and ssl://.
std::string library_uri(const std::string& uri) {
    if (uri.starts_with("mqtt://")) return "tcp://" + uri.substr(7);
    if (uri.starts_with("mqtts://")) return "ssl://" + uri.substr(8);
    throw Failure{"--broker " + uri + ": expected mqtt://host:port or mqtts://host:port",
                  exit_code::usage};
}

std::string first_line_of(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::string line;
    if (!std::getline(in, line)) {
        throw Failure{file.string() + ": cannot read a password from it", exit_code::no_input};
    }
    return line;
}

mqtt::ssl_options tls(const BrokerOptions& options) {
    mqtt::ssl_options ssl;
    ssl.set_verify(true);  // without it the host name is not checked
    ssl.set_ssl_version(MQTT_SSL_VERSION_TLS_1_2);
    if (!options.ca_file.empty()) ssl.set_trust_store(options.ca_file.string());
    if (!options.certificate_file.empty()) ssl.set_key_store(options.certificate_file.string());
    if (!options.private_key_file.empty()) {
        ssl.set_private_key(options.private_key_file.string());
    }
    return ssl;
}

}  // namespace

class Session::Client {
public:
    explicit Client(const std::string& uri)
        : async{library_uri(uri), "", mqtt::create_options{MQTTVERSION_5}} {}
    mqtt::async_client async;
};

Session::Session(BrokerOptions options)
    : options_{std::move(options)}, client_{std::make_unique<Client>(options_.uri)} {
    mqtt::connect_options connect;
    connect.set_mqtt_version(MQTTVERSION_5);
    connect.set_clean_start(true);
    connect.set_connect_timeout(
        std::max(std::chrono::duration_cast<std::chrono::seconds>(options_.timeout), 1s));
    if (!options_.username.empty()) connect.set_user_name(options_.username);
    if (!options_.password_file.empty()) {
        connect.set_password(first_line_of(options_.password_file));
    }
    if (options_.uri.starts_with("mqtts://")) connect.set_ssl(tls(options_));
    client_->async.start_consuming();
    const std::string advice =
        "; is it running, and is --broker right? Cabinets serve on without it";
    try {
        const auto token = client_->async.connect(connect);
        if (!token->wait_for(options_.timeout)) {
            throw Failure{"the broker at " + options_.uri + " does not answer" + advice,
                          exit_code::unavailable};
        }
    } catch (const mqtt::exception& error) {
        throw Failure{
            "cannot reach the broker at " + options_.uri + ": " + error.get_message() + advice,
            exit_code::unavailable};
    }
}

Session::~Session() {
    try {
        if (client_->async.is_connected()) client_->async.disconnect()->wait_for(1s);
    } catch (const mqtt::exception&) {
        // Gone already, which is what was wanted.
    }
}

void Session::subscribe(const std::string& topic) {
    try {
        const auto token = client_->async.subscribe(topic, 1);
        if (token->wait_for(options_.timeout)) return;
        throw Failure{"the broker did not take the subscription to " + topic,
                      exit_code::unavailable};
    } catch (const mqtt::exception& error) {
        throw Failure{"cannot subscribe to " + topic + ": " + error.get_message(),
                      exit_code::unavailable};
    }
}

void Session::publish(const std::string& topic, const std::string& bytes) {
    try {
        const auto token = client_->async.publish(topic, bytes, 1, false);
        if (token->wait_for(options_.timeout)) return;
    } catch (const mqtt::exception& error) {
        throw Failure{"cannot publish to " + topic + ": " + error.get_message(),
                      exit_code::unavailable};
    }
    throw Failure{"the broker at " + options_.uri + " did not take the command",
                  exit_code::unavailable};
}

std::optional<Heard> Session::next(std::chrono::milliseconds within) {
    if (kept_.empty()) return receive(within);
    Heard oldest = std::move(kept_.front());
    kept_.pop_front();
    return oldest;
}

std::optional<Heard> Session::receive(std::chrono::milliseconds within) {
    mqtt::const_message_ptr message;
    if (!client_->async.try_consume_message_for(&message, within)) {
        if (client_->async.is_connected()) return {};
        throw Failure{"the connection to the broker at " + options_.uri + " is lost",
                      exit_code::unavailable};
    }
    if (!message) {  // how the library tells of a lost connection
        throw Failure{"the connection to the broker at " + options_.uri + " is lost",
                      exit_code::unavailable};
    }
    return Heard{message->get_topic(), message->to_string(), message->is_retained()};
}

protocol::Reply Session::ask(const protocol::Command& command, const protocol::SigningKey& key) {
    const auto topics = protocol::topics_of(options_.root, command.cabinet);
    subscribe(topics.reply);
    const std::string bytes = protocol::encode(key.sign(protocol::encode(command)));
    const Patience patience{options_.timeout};
    while (patience.left() > 0ms) {
        publish(topics.command, bytes);
        const Patience again{std::min<std::chrono::milliseconds>(again_after, patience.left())};
        while (again.left() > 0ms) {
            auto heard = receive(again.left());
            if (!heard) continue;
            if (heard->topic != topics.reply) {
                kept_.push_back(std::move(*heard));
                continue;
            }
            const auto reply = protocol::decode_reply(heard->bytes);
            if (reply && reply.value().id == command.id) return reply.value();
        }
    }
    throw Failure{"cabinet " + command.cabinet.str() + " did not answer within " +
                      std::to_string(options_.timeout.count() / 1'000) +
                      " s; it may be off the network. Nothing is lost: repeat with --id " +
                      command.id.str() + ", and it is done once",
                  exit_code::no_answer};
}

}  // namespace lucheng::cabinetctl
