#include "tools/cabinetctl/session.hpp"

#include <algorithm>
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

}  // namespace

class Session::Client {
public:
    explicit Client(const BrokerOptions& options)
        : async{broker::library_uri(options), "", mqtt::create_options{MQTTVERSION_5}} {}
    mqtt::async_client async;
};

Session::Session(BrokerOptions options)
    : options_{std::move(options)}, client_{std::make_unique<Client>(options_)} {
    mqtt::connect_options connect;
    broker::fill(connect, options_);
    connect.set_clean_start(true);
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
        // The library says only that it failed.
        if (const auto why = broker::tls_trouble(options_); !why.empty()) {
            throw Failure{why, exit_code::unavailable};
        }
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

void Session::subscribe(const std::string& topic, bool as_published) {
    try {
        mqtt::subscribe_options how;
        how.set_retain_as_published(as_published);
        const auto token = client_->async.subscribe(topic, 1, how);
        if (token->wait_for(options_.timeout)) return;
        throw Failure{"the broker did not take the subscription to " + topic,
                      exit_code::unavailable};
    } catch (const mqtt::exception& error) {
        throw Failure{"cannot subscribe to " + topic + ": " + error.get_message(),
                      exit_code::unavailable};
    }
}

void Session::publish(const std::string& topic, const std::string& bytes, bool retained) {
    try {
        const auto token = client_->async.publish(topic, bytes.data(), bytes.size(), 1, retained);
        if (token->wait_for(options_.timeout)) return;
    } catch (const mqtt::exception& error) {
        throw Failure{"cannot publish to " + topic + ": " + error.get_message(),
                      exit_code::unavailable};
    }
    throw Failure{"the broker at " + options_.uri + " did not take a message to " + topic,
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
    return Heard{message->get_topic(), message->to_string(), message->is_retained(),
                 message->get_qos()};
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
                  exit_code::in_vain};
}

}  // namespace lucheng::cabinetctl
