#include "tests/daemon/link_rig.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <utility>

#include "daemon/link_client.hpp"
#include "protocol/codec.hpp"
#include "tests/rig/socket_address.hpp"
#include "tls/address.hpp"

namespace lucheng::daemon {

using namespace std::chrono_literals;
using protocol::JournalNumber;
using protocol::number_of;

LinkOptions link_options(const std::string& uri) {
    constexpr std::string_view paho_scheme = "tcp://";
    return {.uri = "mqtt://" + uri.substr(paho_scheme.size()),
            .root = "lucheng/v1",
            .cabinet = link_cabinet,
            .client_id = "KS-017",
            .keep_alive = 1s,
            .will_delay = 0s,
            .reconnect_least = 20ms,
            .reconnect_most = 200ms,
            .events_again_least = 50ms,
            .events_again_most = 100ms};
}

std::string topic(const std::string& last) { return "lucheng/v1/KS-017/" + last; }

namespace {

constexpr std::size_t batch_most = 64;  // what a commit hands over

std::set<int> sockets_to(std::uint16_t port) {
    std::set<int> found;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        const int fd = std::stoi(entry.path().filename().string());
        sockaddr_in peer{};
        socklen_t length = sizeof peer;
        if (::getpeername(fd, rig::generic(peer), &length) == 0 && ntohs(peer.sin_port) == port) {
            found.insert(fd);
        }
    }
    return found;
}

}  // namespace

LinkRig::LinkRig(LinkOptions options)
    : port_{tls::port_of(options.uri)}, sockets_of_others_{sockets_to(port_)} {
    LinkHandlers handlers;
    handlers.message = [this](Incoming message) {
        if (on_message) on_message(message);
        messages.push_back(std::move(message));
    };
    handlers.connected = [this] { ++connected; };
    handlers.disconnected = [this](std::string why) { disconnected.push_back(std::move(why)); };
    handlers.remark = [this](std::string what) { remarks.push_back(std::move(what)); };
    handlers.event_accepted = [this](JournalNumber number) {
        accepted.push_back(number_of(number));
    };
    handlers.status = [](protocol::Link state) { return std::string{protocol::code_of(state)}; };
    handlers.read_events = [this](JournalNumber from, std::size_t count,
                                  std::function<void(std::vector<db::StoredEvent>)> answer) {
        ++reads;
        boost::asio::post(
            io, [events = read(from, count), answer = std::move(answer)] { answer(events); });
    };
    link = std::make_unique<Link>(io, std::move(options), std::move(handlers));
}

bool LinkRig::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        io.run_one_for(10ms);
    }
    return true;
}

void LinkRig::start(std::uint64_t sent) { link->start(JournalNumber{sent}, JournalNumber{head}); }

void LinkRig::journal(std::uint64_t number) {
    const JournalNumber first{head + 1};
    head = number;
    link->journal_grew(JournalNumber{head}, read(first, batch_most));
}

void LinkRig::cut() const {
    for (const int fd : sockets_to(port_)) {
        if (!sockets_of_others_.contains(fd)) ::shutdown(fd, SHUT_RDWR);
    }
}

std::vector<db::StoredEvent> LinkRig::read(JournalNumber from, std::size_t count) const {
    std::vector<db::StoredEvent> events;
    for (auto number = std::max(number_of(from), pruned + 1);
         number <= head && events.size() < count; ++number) {
        events.push_back(
            {.number = JournalNumber{number}, .event = {.entry = std::to_string(number)}});
    }
    return events;
}

std::vector<std::uint64_t> events_at(const rig::MqttPeer& peer) {
    std::vector<std::uint64_t> found;
    for (const auto& received : peer.received()) {
        if (received.topic != topic("event")) continue;
        auto event = protocol::decode_event(received.payload);
        found.push_back(std::stoull(std::move(event).value().entry));
    }
    return found;
}

std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> list;
    for (auto number = first; number <= last; ++number) list.push_back(number);
    return list;
}

std::vector<std::uint64_t> without_repeats(const std::vector<std::uint64_t>& list) {
    std::vector<std::uint64_t> found;
    for (const auto number : list) {
        if (std::find(found.begin(), found.end(), number) == found.end()) found.push_back(number);
    }
    return found;
}

}  // namespace lucheng::daemon
