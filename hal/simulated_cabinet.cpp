#include "hal/simulated_cabinet.hpp"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "hal/lock_queue.hpp"
#include "hal/simulated_compartment.hpp"
#include "hal/simulated_map.hpp"

namespace lucheng::hal {
namespace {

using core::Milliseconds;
using core::Uptime;

constexpr std::size_t compartments_on_a_chip = 8;

int make_eventfd() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
    return fd;
}

std::string device_of(std::size_t index) {
    return fmt::format("simulated-chip-{}", index / compartments_on_a_chip);
}

}  // namespace

class SimulatedCabinet::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& loop, keeper::World& world, const core::CabinetSpec& spec,
         const std::filesystem::path& file, const std::filesystem::path& keeper,
         std::function<Uptime()> uptime);

    std::vector<core::Senses> start(Listener listener);
    void stop();
    void pulse(const core::PulseLock& pulse);
    // What may come from inside somebody's call is answered from the loop.
    void touched();

    keeper::World& world() { return world_; }
    LockQueue* locks() { return locks_.get(); }

private:
    void release_all();
    void listen_for_coils();
    void step();
    void tell_of_chips(Uptime now);
    void arm(Uptime now);

    boost::asio::io_context& loop_;
    keeper::World& world_;
    std::function<Uptime()> uptime_;
    boost::asio::posix::stream_descriptor changes_;
    boost::asio::steady_timer motion_;
    std::unique_ptr<LockQueue> locks_;
    std::vector<bool> has_sensor_;
    std::vector<SimulatedCompartment> compartments_;  // from start() on
    std::vector<bool> lost_;                          // as it was told
    Listener listener_;
    bool stopped_ = false;
};

SimulatedCabinet::Impl::Impl(boost::asio::io_context& loop, keeper::World& world,
                             const core::CabinetSpec& spec, const std::filesystem::path& file,
                             const std::filesystem::path& keeper, std::function<Uptime()> uptime)
    : loop_{loop},
      world_{world},
      uptime_{std::move(uptime)},
      changes_{loop, make_eventfd()},
      motion_{loop} {
    for (const core::CompartmentSpec& one : spec.compartments)
        has_sensor_.push_back(one.has_sensor);
    LockQueue::Parts parts;
    parts.keeper = {keeper, {"--simulated", file.string()}, changes_.native_handle()};
    parts.pulse = spec.limits.pulse;
    parts.gap = spec.limits.pulse_gap;
    parts.uptime = uptime_;
    parts.release_all = [this] { release_all(); };
    locks_ = std::make_unique<LockQueue>(loop, std::move(parts));
}

void SimulatedCabinet::Impl::release_all() {
    const auto now_us = std::chrono::microseconds{uptime_().time_since_epoch()}.count();
    for (std::uint32_t i = 0; i < world_.compartments; ++i) keeper::release(world_, i, now_us);
}

std::vector<core::Senses> SimulatedCabinet::Impl::start(Listener listener) {
    listener_ = std::move(listener);
    locks_->start({listener_.pulsed, listener_.trouble});
    release_all();
    const Uptime now = uptime_();
    std::vector<core::Senses> senses;
    compartments_.reserve(world_.compartments);
    for (std::uint32_t i = 0; i < world_.compartments; ++i) {
        compartments_.emplace_back(world_.compartment[i], has_sensor_[i], now);
        lost_.push_back(false);
        senses.push_back(compartments_.back().senses());
    }
    listen_for_coils();
    touched();
    return senses;
}

void SimulatedCabinet::Impl::stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    changes_.cancel(ignored);
    motion_.cancel();
    locks_.reset();
}

void SimulatedCabinet::Impl::pulse(const core::PulseLock& pulse) {
    for (std::uint32_t i = 0; i < world_.compartments; ++i) {
        if (world_.compartment[i].number != protocol::number_of(pulse.compartment)) continue;
        locks_->pulse(pulse, static_cast<std::uint16_t>(i));
        return;
    }
    boost::asio::post(loop_, [self = shared_from_this(), id = pulse.authorisation] {
        if (!self->stopped_) self->listener_.pulsed(id, core::PulseEnd::lost);
    });
}

void SimulatedCabinet::Impl::touched() {
    boost::asio::post(loop_, [self = shared_from_this()] {
        if (!self->stopped_) self->step();
    });
}

void SimulatedCabinet::Impl::listen_for_coils() {
    changes_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [self = shared_from_this()](boost::system::error_code error) {
                            if (error || self->stopped_) return;
                            std::uint64_t count = 0;
                            [[maybe_unused]] const ssize_t size =
                                ::read(self->changes_.native_handle(), &count, sizeof count);
                            self->step();
                            self->listen_for_coils();
                        });
}

void SimulatedCabinet::Impl::step() {
    const Uptime now = uptime_();
    tell_of_chips(now);
    for (std::size_t i = 0; i < compartments_.size(); ++i) {
        const auto senses = compartments_[i].advance(now);
        if (senses && !lost_[i]) listener_.sensed(*senses);
        if (stopped_) return;
    }
    arm(now);
}

void SimulatedCabinet::Impl::tell_of_chips(Uptime now) {
    std::map<std::string, std::vector<core::CompartmentNumber>> lost;
    std::map<std::string, std::vector<core::Senses>> back;
    for (std::size_t i = 0; i < compartments_.size(); ++i) {
        SimulatedCompartment& compartment = compartments_[i];
        if (compartment.vanished() == lost_[i]) continue;
        lost_[i] = !lost_[i];
        if (lost_[i]) {
            lost[device_of(i)].push_back(compartment.number());
        } else {
            back[device_of(i)].push_back(compartment.read_again(now));
        }
    }
    for (auto& [device, numbers] : lost) listener_.lost(std::move(numbers), device);
    for (auto& [device, senses] : back) listener_.back(std::move(senses), device);
}

void SimulatedCabinet::Impl::arm(Uptime now) {
    Uptime next = Uptime::max();
    for (const SimulatedCompartment& compartment : compartments_) {
        if (const auto time = compartment.next()) next = std::min(next, *time);
    }
    motion_.cancel();
    if (next == Uptime::max()) return;
    motion_.expires_after(std::max(next - now, Milliseconds{0}));
    motion_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error && !self->stopped_) self->step();
    });
}

SimulatedCabinet::SimulatedCabinet(boost::asio::io_context& loop, SimulatedWorld& world,
                                   const core::CabinetSpec& spec,
                                   const std::filesystem::path& keeper,
                                   std::function<core::Uptime()> uptime)
    : impl_{std::make_shared<Impl>(loop, *world.map_->world, spec, world.map_->file, keeper,
                                   std::move(uptime))},
      map_{*world.map_} {}

SimulatedCabinet::~SimulatedCabinet() {
    map_.touched = nullptr;
    impl_->stop();
}

std::vector<core::Senses> SimulatedCabinet::start(Listener listener) {
    map_.touched = [impl = std::weak_ptr{impl_}] {
        if (const auto alive = impl.lock()) alive->touched();
    };
    return impl_->start(std::move(listener));
}

void SimulatedCabinet::pulse(const core::PulseLock& pulse) { impl_->pulse(pulse); }

void SimulatedCabinet::set_lamp(core::CompartmentNumber compartment, bool lit) {
    if (keeper::WorldCompartment* const cell = map_.find(compartment)) cell->lamp = lit ? 1 : 0;
}

void SimulatedCabinet::set_buzzer(core::Sound sound) {
    impl_->world().sound = protocol::number_of(sound);
}

bool SimulatedCabinet::healthy() const { return impl_->locks()->healthy(); }

std::optional<int> SimulatedCabinet::keeper_pid() const { return impl_->locks()->keeper(); }

}  // namespace lucheng::hal
