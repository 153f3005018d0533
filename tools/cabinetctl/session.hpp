// A connection to the broker on behalf of an operator: asks cabinets, and hears what they say.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "protocol/codec.hpp"
#include "protocol/signature.hpp"
#include "protocol/topics.hpp"
#include "tools/broker/options.hpp"

namespace lucheng::cabinetctl {

using broker::Failure;
namespace exit_code = broker::exit_code;
using BrokerOptions = broker::Options;

struct Heard {
    std::string topic;
    std::string bytes;
    bool retained = false;
    int qos = 1;
};

class Session {
public:
    // Connects; throws Failure when the broker cannot be reached within the time-out.
    explicit Session(BrokerOptions options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] const BrokerOptions& options() const { return options_; }
    // Returns when the broker has taken the subscription. `as_published`: what was published as
    // retained says so also to those who were there.
    void subscribe(const std::string& topic, bool as_published = false);
    // Returns when the broker has it.
    void publish(const std::string& topic, const std::string& bytes, bool retained = false);
    // The next message, or none within the time. Throws Failure when the connection is lost.
    [[nodiscard]] std::optional<Heard> next(std::chrono::milliseconds within);

    // Sends the command, again every two seconds with the same id, until the cabinet has answered.
    [[nodiscard]] protocol::Reply ask(const protocol::Command& command,
                                      const protocol::SigningKey& key);

private:
    [[nodiscard]] std::optional<Heard> receive(std::chrono::milliseconds within);

    BrokerOptions options_;
    std::deque<Heard> kept_;  // what came while an answer was waited for
    class Client;
    std::unique_ptr<Client> client_;
};

// Read the clock in one place of this program.
[[nodiscard]] protocol::WallTime wall_time();
// Time that passes, for bounded waits.
class Patience {
public:
    explicit Patience(std::chrono::milliseconds time);
    [[nodiscard]] std::chrono::milliseconds left() const;  // never below zero

private:
    std::chrono::steady_clock::time_point end_;
};

}  // namespace lucheng::cabinetctl
