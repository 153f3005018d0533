// A link between a real broker and a journal that is only numbers.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/link.hpp"
#include "tests/rig/broker.hpp"
#include "tests/rig/mqtt_peer.hpp"

namespace lucheng::daemon {

inline const protocol::CabinetId link_cabinet = protocol::CabinetId::of("KS-017");
inline constexpr std::chrono::seconds soon{10};  // longer than anything here takes

[[nodiscard]] LinkOptions link_options(const std::string& uri);
[[nodiscard]] std::string topic(const std::string& last);  // of that cabinet

// Cabinet, loop and journal around one link; nothing moves but in `run_until`. Made after other
// clients in this process, so that `cut` can tell its connection from theirs.
class LinkRig {
public:
    explicit LinkRig(LinkOptions options);
    explicit LinkRig(const rig::Broker& broker) : LinkRig{link_options(broker.uri())} {}

    [[nodiscard]] bool run_until(const std::function<bool()>& done,
                                 std::chrono::milliseconds limit = soon);
    void start(std::uint64_t sent = 0);
    [[nodiscard]] bool stands() const { return link->connected(); }
    void journal(std::uint64_t head);  // grows to this number
    void end_link() { link.reset(); }
    void cut() const;  // the link's connection, without a goodbye

    boost::asio::io_context io;
    std::uint64_t head = 0;
    std::uint64_t pruned = 0;  // the journal holds nothing up to here
    int reads = 0;             // how often the link asked the journal
    std::vector<Incoming> messages;
    std::function<void(const Incoming&)> on_message;
    int connected = 0;
    std::vector<std::string> disconnected;
    std::vector<std::string> remarks;
    std::vector<std::uint64_t> accepted;
    std::unique_ptr<Link> link;

private:
    [[nodiscard]] std::vector<db::StoredEvent> read(protocol::JournalNumber from,
                                                    std::size_t count) const;

    std::uint16_t port_;
    std::set<int> sockets_of_others_;

    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io.get_executor()};
};

// What arrived on the event topic, as numbers, in order of arrival.
[[nodiscard]] std::vector<std::uint64_t> events_at(const rig::MqttPeer& peer);
[[nodiscard]] std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t last);
// Each number once, where it came for the first time.
[[nodiscard]] std::vector<std::uint64_t> without_repeats(const std::vector<std::uint64_t>& list);

}  // namespace lucheng::daemon
