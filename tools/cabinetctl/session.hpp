// A connection to the broker on behalf of an operator: asks cabinets, and hears what they say.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "protocol/codec.hpp"
#include "protocol/signature.hpp"
#include "protocol/topics.hpp"

namespace lucheng::cabinetctl {

// What ends the program: one sentence, and the exit code after sysexits.
class Failure : public std::runtime_error {
public:
    Failure(const std::string& sentence, int exit_code)
        : std::runtime_error{sentence}, exit_code_{exit_code} {}
    [[nodiscard]] int exit_code() const { return exit_code_; }

private:
    int exit_code_;
};

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int refused = 1;  // the cabinet answered no
inline constexpr int usage = 64;
inline constexpr int broken_data = 65;  // a journal that does not verify
inline constexpr int no_input = 66;     // a file that cannot be read
inline constexpr int unavailable = 69;  // the broker, or the cabinet's own interface
inline constexpr int no_answer = 75;    // the cabinet did not answer in time; asking again is safe
}  // namespace exit_code

struct BrokerOptions {
    std::string uri = "mqtt://127.0.0.1:1883";
    std::string root = "lucheng/v1";
    std::string username{};
    std::filesystem::path password_file{};
    std::filesystem::path ca_file{}, certificate_file{}, private_key_file{};
    std::chrono::milliseconds timeout{10'000};
};

struct Heard {
    std::string topic;
    std::string bytes;
    bool retained = false;
};

class Session {
public:
    // Connects; throws Failure when the broker cannot be reached within the time-out.
    explicit Session(BrokerOptions options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] const BrokerOptions& options() const { return options_; }
    // Returns when the broker has taken the subscription.
    void subscribe(const std::string& topic);
    // The next message, or none within the time. Throws Failure when the connection is lost.
    [[nodiscard]] std::optional<Heard> next(std::chrono::milliseconds within);

    // Sends the command, again every two seconds with the same id, until the cabinet has answered.
    [[nodiscard]] protocol::Reply ask(const protocol::Command& command,
                                      const protocol::SigningKey& key);

private:
    void publish(const std::string& topic, const std::string& bytes);
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
