#include "tools/dispatcher/link.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mqtt/async_client.h>

namespace lucheng::dispatcher {

using namespace std::chrono_literals;

namespace {

constexpr auto soonest_again = 200ms;
constexpr auto latest_again = 10s;
// Beyond that, messages are dropped: of events the gap is seen and replayed, replies are asked for
// again, and state is published at every change.
constexpr std::size_t waiting_most = 20'000;

}  // namespace

class Link::Paho : public mqtt::callback, public mqtt::iaction_listener {
public:
    Paho(boost::asio::io_context& io, const LinkOptions& options, LinkHandlers handlers)
        : io_{io},
          again_{io},
          handlers_{std::move(handlers)},
          options_{options.broker},
          client_{broker::library_uri(options.broker), options.client_id,
                  mqtt::create_options{MQTTVERSION_5}} {
        broker::fill(connect_, options.broker);
        connect_.set_clean_start(options.session_expiry == 0s);
        mqtt::properties properties;
        properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL,
                        static_cast<std::int32_t>(options.session_expiry.count())});
        connect_.set_properties(properties);
        client_.set_callback(*this);
    }

    ~Paho() override {
        try {
            // Refused while it connects; then its end, before that of the rest here, ends them.
            client_.disable_callbacks();
            if (client_.is_connected()) client_.disconnect()->wait_for(1s);
        } catch (const mqtt::exception&) {
            // Gone already, which is what was wanted.
        }
    }

    void connect() {
        try {
            client_.connect(connect_, nullptr, *this);
        } catch (const mqtt::exception& error) {
            closed(error.get_message());
        }
    }

    void publish(const std::string& topic, const std::string& bytes) {
        try {
            if (connected_) client_.publish(topic, bytes.data(), bytes.size(), 1, false);
        } catch (const mqtt::exception&) {
            // It stands in the ledger, and goes out again until it is answered.
        }
    }

    [[nodiscard]] bool is_up() const { return connected_; }

private:
    // From here on the library's threads.
    void connection_lost(const std::string& /*why*/) override {
        post([this] { closed("the connection to the broker is lost"); });
    }
    void message_arrived(mqtt::const_message_ptr message) override {
        if (waiting_.fetch_add(1) >= waiting_most) {
            --waiting_;
            return;
        }
        post([this, message = std::move(message)] {
            --waiting_;
            handlers_.message(message->get_topic(), message->get_payload_str());
        });
    }
    void on_success(const mqtt::token& token) override {
        const auto type = token.get_type();
        post([this, type] { type == mqtt::token::CONNECT ? subscribe() : subscribed(); });
    }
    void on_failure(const mqtt::token& token) override {
        const bool refused = token.get_type() == mqtt::token::SUBSCRIBE;
        post([this, refused] {
            closed(refused ? "the broker refuses the subscription" : why_unreachable());
        });
    }
    template <class Task>
    void post(Task task) {
        boost::asio::post(io_, std::move(task));
    }

    // From here on the thread that decides.
    void subscribe() {
        // At every connect: a broker may have lost the session, and what is retained comes anew.
        const auto topics = std::make_shared<mqtt::string_collection>();
        for (const auto* what : {"status", "state", "reply", "event"}) {
            topics->push_back(options_.root + "/+/" + what);
        }
        try {
            client_.subscribe(topics, {1, 1, 1, 1}, nullptr, *this);
        } catch (const mqtt::exception& error) {
            closed(error.get_message());
        }
    }
    // The library says only that it failed. While there is no connection this thread may wait.
    [[nodiscard]] std::string why_unreachable() const {
        auto why = broker::tls_trouble(options_);
        return why.empty() ? "cannot reach the broker at " + options_.uri : why;
    }
    void subscribed() {
        connected_ = true;
        wait_ = soonest_again;
        handlers_.connected();
    }
    void closed(const std::string& why) {
        connected_ = false;
        if (retrying_) return;
        retrying_ = true;
        handlers_.lost(why);
        again_.expires_after(wait_);
        wait_ = std::min<std::chrono::milliseconds>(wait_ * 2, latest_again);
        again_.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            retrying_ = false;
            leave_and_connect();
        });
    }
    void leave_and_connect() {
        try {
            if (client_.is_connected()) client_.disconnect()->wait_for(1s);
        } catch (const mqtt::exception&) {
            // Connecting tells what is wrong.
        }
        connect();
    }

    boost::asio::io_context& io_;
    boost::asio::steady_timer again_;
    LinkHandlers handlers_;
    broker::Options options_;
    std::chrono::milliseconds wait_ = soonest_again;
    bool connected_ = false;
    bool retrying_ = false;
    std::atomic<std::size_t> waiting_ = 0;
    mqtt::connect_options connect_;  // outlives the call: the library keeps pointers into it
    mqtt::async_client client_;
};

Link::Link(boost::asio::io_context& io, const LinkOptions& options, LinkHandlers handlers)
    : paho_{std::make_unique<Paho>(io, options, std::move(handlers))} {}
Link::~Link() = default;

void Link::start() { paho_->connect(); }
bool Link::connected() const { return paho_->is_up(); }
void Link::publish(const std::string& topic, const std::string& bytes) {
    paho_->publish(topic, bytes);
}

}  // namespace lucheng::dispatcher
