// Linked in place of the daemon's own: its timer, its readings of the clocks, its log, its MQTT
// client, the thread beside that, and the dice of its backoff.
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "daemon/kiosk_server.hpp"
#include "daemon/link_backoff.hpp"
#include "daemon/link_client.hpp"
#include "daemon/link_thread.hpp"
#include "daemon/log.hpp"
#include "daemon/paho_naps.hpp"
#include "daemon/tcp_nodelay.hpp"
#include "daemon/timer.hpp"
#include "tests/simulation/surroundings.hpp"

namespace lucheng::simulation {

namespace {

// One run at a time: the classes that are stood in for have no place for it.
Surroundings* under_way = nullptr;

}  // namespace

Surroundings& surroundings() {
    if (under_way == nullptr) std::abort();
    return *under_way;
}

Standing::Standing(Surroundings& on) { under_way = &on; }
Standing::~Standing() { under_way = nullptr; }

}  // namespace lucheng::simulation

namespace lucheng::daemon {

using simulation::surroundings;

class Timer::Impl {
public:
    std::optional<simulation::Timeline::Ticket> ticket{};
};

Timer::Timer(boost::asio::io_context&) : impl_{std::make_unique<Impl>()} {}
Timer::~Timer() { cancel(); }

void Timer::start(core::Milliseconds after, std::function<void()> due) {
    cancel();
    impl_->ticket = surroundings().time.after(after, [this, due = std::move(due)] {
        impl_->ticket.reset();
        due();
    });
}

void Timer::cancel() {
    if (impl_->ticket) surroundings().time.cancel(*impl_->ticket);
    impl_->ticket.reset();
}

core::Uptime machine_uptime() { return surroundings().clocks.uptime(); }
protocol::WallTime wall_time() { return surroundings().clocks.wall(); }
TimeEvidence time_evidence() { return surroundings().clocks.evidence(); }

Log::Log(Level most, WallClock wall, int output)
    : most_{most}, wall_{std::move(wall)}, output_{output}, to_journal_{false} {}
void Log::set_level(Level most) { most_ = most; }
void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields) const {
    if (level > most_ || !surroundings().log) return;
    std::string line{message};
    for (const auto& [name, value] : fields) line += fmt::format(" {}={}", name, value);
    surroundings().log(line);
}

struct LinkThread::Shared {};
LinkThread::LinkThread() = default;
LinkThread::~LinkThread() = default;
void LinkThread::post(std::function<void()> work) {
    surroundings().time.after(core::Milliseconds{0}, std::move(work));
}

LinkBackoff::LinkBackoff(std::chrono::milliseconds least, std::chrono::milliseconds most)
    : least_{least}, most_{most}, bound_{least}, random_{1} {}
std::chrono::milliseconds LinkBackoff::next() {
    bound_ = std::min(bound_ * 2, most_);
    return between(least_, bound_);
}
std::chrono::milliseconds LinkBackoff::longest() {
    bound_ = most_;
    return between(std::max(least_, most_ / 2), most_);
}
std::chrono::milliseconds LinkBackoff::between(std::chrono::milliseconds low,
                                               std::chrono::milliseconds high) {
    return surroundings().dice.between(low, high);
}

std::vector<int> send_without_delay_to(std::uint16_t) { return {}; }
void nap_until_data_from(int, std::uint16_t) {}

void KioskServer::screen_changed() {}  // nobody is connected: people look for themselves

class LinkClient::Paho {
public:
    simulation::Broker::PeerPtr peer{};
};

LinkClient::LinkClient() : paho_{std::make_unique<Paho>()} {}
LinkClient::~LinkClient() { close(); }
std::shared_ptr<void> LinkClient::library() { return {}; }

void LinkClient::open(const LinkOptions&, const std::string&, LinkClientHandlers handlers) {
    paho_->peer = surroundings().broker.connect(std::move(handlers));
}
void LinkClient::close() {
    if (paho_->peer) surroundings().broker.close(paho_->peer);
    paho_->peer.reset();
}
void LinkClient::subscribe(const std::string&) {
    if (paho_->peer) surroundings().broker.subscribe(paho_->peer);
}
bool LinkClient::publish(const LinkMessage& message, std::uintptr_t tag) {
    return paho_->peer && surroundings().broker.publish(paho_->peer, message, tag);
}
bool LinkClient::publish_and_wait(const LinkMessage& message, std::chrono::milliseconds) {
    return publish(message, 0);
}
void LinkClient::disconnect_and_wait(std::chrono::milliseconds) {}

}  // namespace lucheng::daemon
