// From a key on the screen to the coil, and from the door to the screen: cabinetd with its
// simulated cabinet against a bare commit on the same disk and a bare WebSocket round trip, in
// turns within one run.
//
//     bench_screen <directory of the programs>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "hal/simulated_compartment.hpp"
#include "tests/rig/http_client.hpp"
#include "tools/bench/contender.hpp"
#include "tools/bench/durable_log.hpp"
#include "tools/bench/hands.hpp"
#include "tools/bench/table.hpp"

namespace {

using namespace lucheng::bench;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace core = lucheng::core;
namespace hal = lucheng::hal;
namespace protocol = lucheng::protocol;
namespace rig = lucheng::rig;
using Clock = std::chrono::steady_clock;
using tcp = asio::ip::tcp;

constexpr int touches = 60;
constexpr auto soon = 10s;

// A screen without a picture.
class Listener {
public:
    Listener(std::uint16_t port, const std::string& path) {
        socket_.next_layer().connect({asio::ip::address_v4::loopback(), port});
        socket_.next_layer().set_option(tcp::no_delay{true});
        socket_.handshake(fmt::format("127.0.0.1:{}", port), path);
    }

    // The next message with this in it; when it was there.
    std::pair<std::string, Clock::time_point> until(std::string_view part) {
        for (;;) {
            beast::flat_buffer buffer;
            socket_.read(buffer);
            const auto arrived = Clock::now();
            auto text = beast::buffers_to_string(buffer.data());
            if (text.find(part) != std::string::npos) return {std::move(text), arrived};
        }
    }

    void say(std::string_view text) { socket_.write(asio::buffer(text)); }

private:
    asio::io_context loop_;
    beast::websocket::stream<tcp::socket> socket_{loop_};
};

// Sends back what it gets, to one listener.
class Echo {
public:
    Echo() : thread_{[this] { serve(); }} {}
    ~Echo() { thread_.join(); }  // once the listener has gone
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    void serve() {
        beast::websocket::stream<tcp::socket> socket{acceptor_.accept()};
        socket.next_layer().set_option(tcp::no_delay{true});
        socket.accept();
        beast::error_code gone;
        while (!gone) {
            beast::flat_buffer buffer;
            socket.read(buffer, gone);
            if (!gone) socket.write(buffer.data(), gone);
        }
    }

    asio::io_context loop_;
    tcp::acceptor acceptor_{loop_, {asio::ip::address_v4::loopback(), 0}};
    std::thread thread_;
};

// A courier who comes with nothing: behind the door that he shuts nothing is sensed, and he has it
// opened again.
class Courier {
public:
    Courier(const rig::Broker& broker, Launch launch)
        : root_{launch.root},
          dispatch_{launch.dispatch.value()},
          port_{launch.kiosk_port},
          directory_{launch.directory->path()},
          peer_{broker.uri(), "dispatch"},
          cabinet_{broker, std::move(launch)},
          hands_{directory_},
          screen_{port_, "/api/events"} {
        peer_.subscribe(root_ + "/reply");
        obey("grant-1", protocol::Grant{.person = protocol::PersonId::of("courier-1"),
                                        .role = protocol::PersonRole::courier,
                                        .secrets = {.code = "900001"}});
        obey("assign-1", protocol::Assign{.delivery = protocol::DeliveryId::of("d-1"),
                                          .patron = protocol::PersonId::of("reader-1"),
                                          .secrets = {.code = "11112222"}});
        touch("/api/code", R"({"code":"900001"})");
        touch("/api/choose", R"({"delivery":"d-1"})");
        find_door();
    }

    void go(Samples& to_pulse, Samples& to_screen) {
        auto hand = std::async(std::launch::async, [this] { return hands_.shut(door_); });
        const auto shown = screen_.until(R"("name":"settling")").second;
        to_screen.add(shown - hand.get() - hal::simulated_debounce);

        screen_.until(R"("name":"sensed_empty")");
        const auto touched = Clock::now();
        touch("/api/answer", R"({"answer":"again"})");
        screen_.until(R"("name":"open")");
        to_pulse.add(hands_.last_pulse_begun() - touched);
    }

private:
    void obey(const char* id, protocol::Verb verb) {
        const auto from = peer_.received_count();
        peer_.publish_without_waiting(
            {.topic = root_ + "/command",
             .payload = dispatch_.sign(protocol::CommandId::of(id), std::move(verb))});
        const auto reply = peer_.wait_for([](const rig::Received&) { return true; }, soon, from);
        if (!reply || reply->payload.find("\"ok\":true") == std::string::npos) {
            throw std::runtime_error(std::string{id} + ": " + (reply ? reply->payload : "silence"));
        }
    }

    void touch(const char* path, const char* body) const {
        const auto answer = rig::http_request(rig::LoopbackPort{port_}, "POST", path, body);
        if (answer.body.find("\"ok\":true") == std::string::npos) {
            throw std::runtime_error(path + (": " + answer.body));
        }
    }

    void find_door() {
        constexpr std::string_view field = "\"compartment\":";
        const auto open = screen_.until(R"("name":"open")").first;
        const auto number = std::stoi(open.substr(open.find(field) + field.size()));
        door_ = core::CompartmentNumber{static_cast<std::uint16_t>(number)};
    }

    std::string root_;
    CommandSource dispatch_;
    std::uint16_t port_;
    std::filesystem::path directory_;
    rig::MqttPeer peer_;
    Contender cabinet_;
    Hands hands_;
    Listener screen_;
    core::CompartmentNumber door_{};
};

template <class Work>
Clock::duration taken_by(Work work) {
    const auto began = Clock::now();
    work();
    return Clock::now() - began;
}

void print_against(const std::string& figure, const Samples& cabinet, const Samples& floor,
                   const std::string& of) {
    print({.figure = figure + ", median",
           .measured = milliseconds(cabinet.median_us()),
           .floor = milliseconds(floor.median_us()) + " " + of,
           .ratio = cabinet.median_us() / floor.median_us()});
}

void measure(const std::filesystem::path& programs) {
    const rig::Broker broker(broker_options());
    auto launch = cabinet_launch(programs, broker.port(), "KS-001");
    if (!launch) throw std::runtime_error("there is no cabinetd");
    const rig::TempDir directory("commits");
    DurableLog log((directory.path() / "floor.db").string());
    const Echo echo;
    Listener talker{echo.port(), "/"};
    Courier courier(broker, std::move(*launch));
    Samples commits, round_trips, both, to_pulse, to_screen;
    for (int n = 0; n < touches; ++n) {
        // At the pace of the errands, so that all find the machine equally asleep.
        courier.go(to_pulse, to_screen);
        const auto commit = taken_by([&] { log.commit({std::string(400, '.')}); });
        std::this_thread::sleep_for(200ms);
        const auto round_trip = taken_by([&] {
            talker.say(std::string(400, '.'));
            talker.until("...");
        });
        commits.add(commit);
        round_trips.add(round_trip);
        both.add(commit + round_trip);
    }
    print_against("a key's request to pulse begun", to_pulse, commits, "bare commit");
    print_against("door shut to screen, less debounce", to_screen, round_trips,
                  "bare WebSocket round trip");
    // Nothing is shown before it is on the disk.
    print_against("the same", to_screen, both, "commit and round trip");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "bench_screen <programs>\n");
        return 64;
    }
    try {
        measure(argv[1]);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 70;
    }
}
