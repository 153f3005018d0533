#include "daemon/link_client.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <mqtt/async_client.h>
#include <utility>

#include "daemon/paho_naps.hpp"
#include "protocol/codec.hpp"
#include "tls/address.hpp"

namespace lucheng::daemon {

namespace {

// As many unacknowledged commands as the broker may send us at once.
constexpr std::uint16_t commands_in_flight = 64;
constexpr std::size_t receive_maximum_unsaid = 65'535;  // MQTT 5, 3.2.2.3.3
// What is somewhat too large still arrives, to be refused with a reason; the rest stays outside.
constexpr std::int32_t packet_bytes_most = 4 * protocol::message_bytes_max;
// Handed over and not yet acknowledged. The library's own limit is 100, and drops answers when a
// backlog of commands comes at once: dispatch sends a whole week's after an outage.
constexpr int messages_waiting_most = 4'096;

class Listener : public mqtt::iaction_listener {
public:
    using Handler = std::function<void(const mqtt::token&, bool)>;
    explicit Listener(Handler handler) : handler_{std::move(handler)} {}
    void on_success(const mqtt::token& token) override { handler_(token, true); }
    void on_failure(const mqtt::token& token) override { handler_(token, false); }

private:
    Handler handler_;
};

int reason_of(const mqtt::token& token) { return static_cast<int>(token.get_reason_code()); }

LinkTrouble trouble_of(const mqtt::token& token, const std::string& what) {
    const auto words = [&](int reason) {
        return LinkTrouble{.reason = reason, .why = what + ": " + reason_in_words(reason)};
    };
    const int reason = reason_of(token);
    if (reason >= 0x80 && reason < 0xff) return words(reason);
    const int code = token.get_return_code();
    // The library hands on a CONNACK's reason as its own return code.
    if (code >= 0x80 && code < 0xff) return words(code);
    return {.why = what};
}

std::string text(const mqtt::properties& properties, mqtt::property::code code) {
    return properties.contains(code) ? mqtt::get<std::string>(properties, code) : std::string{};
}

std::int32_t seconds_of(std::chrono::seconds span) {
    constexpr std::chrono::seconds most{std::numeric_limits<std::int32_t>::max()};
    return static_cast<std::int32_t>(
        std::min(std::max(span, std::chrono::seconds{0}), most).count());
}

std::string first_line_of(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::string line;
    std::getline(in, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

// A missing file would end as `TCP/TLS connect failure`, which helps nobody.
std::string unreadable_file_of(const LinkOptions& options) {
    for (const auto* file : {&options.password_file, &options.ca_file, &options.certificate_file,
                             &options.private_key_file}) {
        if (!file->empty() && !std::ifstream{*file}) return file->string();
    }
    return {};
}

mqtt::ssl_options tls_of(const LinkOptions& options) {
    mqtt::ssl_options tls;
    if (!options.ca_file.empty()) tls.set_trust_store(options.ca_file.string());
    if (!options.certificate_file.empty()) tls.set_key_store(options.certificate_file.string());
    if (!options.private_key_file.empty()) tls.set_private_key(options.private_key_file.string());
    tls.set_enable_server_cert_auth(true);
    tls.set_verify(true);  // without it the host name is not checked
    tls.set_ssl_version(MQTT_SSL_VERSION_TLS_1_2);
    return tls;
}

mqtt::will_options will_of(const LinkOptions& options, const std::string& bytes) {
    mqtt::properties properties;
    properties.add(
        mqtt::property{mqtt::property::WILL_DELAY_INTERVAL, seconds_of(options.will_delay)});
    properties.add(mqtt::property{mqtt::property::CONTENT_TYPE, "application/json"});
    const auto topic = protocol::topics_of(options.root, options.cabinet).status;
    return mqtt::will_options{topic, bytes.data(), bytes.size(), 1, true, properties};
}

// Fills in place: the C struct inside points into the object, which must not move afterwards.
void fill(mqtt::connect_options& connect, const LinkOptions& options, const std::string& will) {
    connect.set_mqtt_version(MQTTVERSION_5);
    connect.set_clean_start(false);
    connect.set_automatic_reconnect(false);
    connect.set_keep_alive_interval(options.keep_alive);
    connect.set_connect_timeout(options.connect_within);
    mqtt::properties properties;
    properties.add(mqtt::property{mqtt::property::SESSION_EXPIRY_INTERVAL,
                                  seconds_of(options.session_expiry)});
    properties.add(mqtt::property{mqtt::property::RECEIVE_MAXIMUM, commands_in_flight});
    properties.add(mqtt::property{mqtt::property::MAXIMUM_PACKET_SIZE, packet_bytes_most});
    connect.set_properties(std::move(properties));
    connect.set_will(will_of(options, will));
    if (!options.username.empty()) connect.set_user_name(options.username);
    if (!options.password_file.empty()) {
        connect.set_password(first_line_of(options.password_file));
    }
    if (tls::is_secure(options.uri)) connect.set_ssl(tls_of(options));
}

mqtt::message_ptr message_of(const LinkMessage& from) {
    mqtt::properties properties;
    properties.add(mqtt::property{mqtt::property::CONTENT_TYPE, "application/json"});
    if (!from.correlation.empty()) {
        properties.add(mqtt::property{mqtt::property::CORRELATION_DATA, from.correlation});
    }
    auto message = mqtt::make_message(from.topic, from.bytes.data(), from.bytes.size(), from.qos,
                                      from.retained);
    message->set_properties(std::move(properties));
    return message;
}

Incoming incoming_of(const mqtt::const_message_ptr& message) {
    const auto& properties = message->get_properties();
    return {.bytes = message->get_payload_str(),
            .retained = message->is_retained(),
            .response = {.topic = text(properties, mqtt::property::RESPONSE_TOPIC),
                         .correlation = text(properties, mqtt::property::CORRELATION_DATA)}};
}

}  // namespace

class LinkClient::Paho {
public:
    Paho(const LinkOptions& options, LinkClientHandlers handlers)
        : handlers_{std::move(handlers)},
          connecting_{[this](const mqtt::token& token, bool ok) { connect_ended(token, ok); }},
          subscribing_{[this](const mqtt::token& token, bool ok) { subscribe_ended(token, ok); }},
          publishing_{[this](const mqtt::token& token, bool ok) { publish_ended(token, ok); }},
          client_{tls::paho_uri(options.uri), options.client_id,
                  mqtt::create_options{MQTTVERSION_5, messages_waiting_most}} {
        client_.set_message_callback([this](const mqtt::const_message_ptr& message) {
            handlers_.message(incoming_of(message));
        });
        client_.set_connection_lost_handler(
            [this](const std::string&) { handlers_.lost({.why = "connection lost"}); });
        client_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode code) {
            const int reason = static_cast<int>(code);
            handlers_.lost(
                {.reason = reason, .why = "the broker ended it: " + reason_in_words(reason)});
        });
    }

    void connect(const LinkOptions& options, const std::string& will) {
        if (const auto file = unreadable_file_of(options); !file.empty()) {
            handlers_.failed({.why = "cannot read " + file, .explained = true});
            return;
        }
        // Version 1.2 copies these and leaves pointers to the first in the copy: it must not go
        // before the call has returned, and never come from connect_options_builder.
        mqtt::connect_options connect;
        fill(connect, options, will);
        attempt("connect", [&] { client_.connect(connect, nullptr, connecting_); });
    }

    void subscribe(const std::string& topic) {
        attempt("subscribe", [&] {
            mqtt::subscribe_options options;
            options.set_retain_as_published(true);
            client_.subscribe(topic, 1, nullptr, subscribing_, options);
        });
    }

    bool publish(const LinkMessage& message, std::uintptr_t tag) {
        try {
            if (tag == 0) {
                client_.publish(message_of(message));
            } else {
                // The library carries a pointer for us; the tag travels in its place.
                client_.publish(message_of(message), reinterpret_cast<void*>(tag), publishing_);
            }
            return true;
        } catch (const mqtt::exception&) {
            return false;
        }
    }

    bool publish_and_wait(const LinkMessage& message, std::chrono::milliseconds limit) {
        try {
            return client_.publish(message_of(message))->wait_for(limit);
        } catch (const mqtt::exception&) {
            return false;
        }
    }

    void disconnect_and_wait(std::chrono::milliseconds limit) {
        try {
            client_.disconnect(0)->wait_for(limit);
        } catch (const mqtt::exception&) {
            return;  // it was gone already
        }
    }

private:
    template <class Call>
    void attempt(const char* what, const Call& call) {
        try {
            call();
        } catch (const mqtt::exception& error) {
            handlers_.failed({.why = std::string{what} + ": " + error.what()});
        }
    }

    void connect_ended(const mqtt::token& token, bool ok) {
        if (!ok) {
            handlers_.failed(trouble_of(token, "the broker cannot be reached or refuses us"));
            return;
        }
        std::size_t receive_maximum = receive_maximum_unsaid;
        const auto response = token.get_connect_response();
        const auto& properties = response.get_properties();
        if (properties.contains(mqtt::property::RECEIVE_MAXIMUM)) {
            receive_maximum = mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM);
        }
        handlers_.connected(receive_maximum);
    }
    void subscribe_ended(const mqtt::token& token, bool ok) {
        if (ok && reason_of(token) < 0x80) {
            handlers_.subscribed();
        } else {
            handlers_.failed(trouble_of(token, "the broker refuses our subscription"));
        }
    }
    void publish_ended(const mqtt::token& token, bool ok) {
        const int reason = reason_of(token);
        constexpr int unspecified = 0x80;
        handlers_.acknowledged(reinterpret_cast<std::uintptr_t>(token.get_user_context()),
                               ok ? reason : std::max(reason, unspecified));
    }

    LinkClientHandlers handlers_;
    Listener connecting_;
    Listener subscribing_;
    Listener publishing_;
    mqtt::async_client client_;  // last: its end calls the above
};

LinkClient::LinkClient() = default;

LinkClient::~LinkClient() = default;

void LinkClient::open(const LinkOptions& options, const std::string& will,
                      LinkClientHandlers handlers) {
    try {
        paho_ = std::make_unique<Paho>(options, handlers);
    } catch (const mqtt::exception& error) {
        handlers.failed({.why = std::string{"the MQTT library refuses: "} + error.what()});
        return;
    }
    nap_lightly();
    paho_->connect(options, will);
}

std::shared_ptr<void> LinkClient::library() {
    return std::make_shared<mqtt::async_client>("tcp://localhost", "", mqtt::create_options{});
}

void LinkClient::close() { paho_.reset(); }

void LinkClient::subscribe(const std::string& topic) { paho_->subscribe(topic); }

bool LinkClient::publish(const LinkMessage& message, std::uintptr_t tag) {
    return paho_->publish(message, tag);
}

bool LinkClient::publish_and_wait(const LinkMessage& message, std::chrono::milliseconds limit) {
    return paho_->publish_and_wait(message, limit);
}

void LinkClient::disconnect_and_wait(std::chrono::milliseconds limit) {
    paho_->disconnect_and_wait(limit);
}

}  // namespace lucheng::daemon
