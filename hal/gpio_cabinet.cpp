#include "hal/gpio_cabinet.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <map>
#include <set>
#include <utility>

#include "hal/device_watch.hpp"
#include "hal/gpio_buzzer.hpp"
#include "hal/gpio_wires.hpp"
#include "hal/lock_queue.hpp"

namespace lucheng::hal {
namespace {

using core::Milliseconds;
using Use = GpioWires::Use;
using namespace std::chrono_literals;

// A bus that hangs has no other way to be noticed when its lines do not move.
constexpr Milliseconds check_every = 5s;
// What is missing is looked for again after 0.25, 0.5, 1, ... 10 s, and when /dev changes.
constexpr Milliseconds look_first = 250ms;
constexpr Milliseconds look_most = 10s;

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) text += (text.empty() ? "" : "\n") + sentence;
    return text;
}

}  // namespace

class GpioCabinet::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& loop, Parts parts);
    void begin();
    std::vector<core::Senses> start(Listener listener);
    void stop();
    void pulse(const core::PulseLock& pulse);
    void set_lamp(core::CompartmentNumber compartment, bool lit);
    void set_buzzer(core::Sound sound);
    LockQueue* locks() { return locks_.get(); }

private:
    void take_all();
    [[nodiscard]] KeeperCommand keeper_command() const;
    [[nodiscard]] std::optional<std::size_t> missing(std::size_t compartment) const;
    [[nodiscard]] core::Senses senses(std::size_t compartment) const;
    [[nodiscard]] std::optional<std::size_t> index_of(core::CompartmentNumber number) const;
    void changed(std::size_t wire, bool active);
    void look();
    void look_later();
    void check_later();
    void tell();
    void tell_extras();
    void tell_troubles(const std::vector<std::string>& troubles);
    void sound();

    boost::asio::io_context& loop_;
    Parts parts_;
    boost::asio::steady_timer looks_, checks_, buzzer_;
    BuzzerTune tune_{};
    GpioWires wires_;
    std::unique_ptr<DeviceWatch> watch_;
    std::unique_ptr<LockQueue> locks_;
    Listener listener_{};
    Milliseconds look_wait_ = look_first;
    std::map<std::size_t, std::string> lost_{};  // compartments, as they were told, and the chip
    std::optional<bool> mains_failed_{}, case_open_{};  // likewise
    std::set<std::string> told_{};                      // troubles that go on
    bool started_ = false;
    bool stopped_ = false;
};

GpioCabinet::Impl::Impl(boost::asio::io_context& loop, Parts parts)
    : loop_{loop},
      parts_{std::move(parts)},
      looks_{loop},
      checks_{loop},
      buzzer_{loop},
      wires_{loop,
             parts_.wiring,
             parts_.uptime,
             {.changed = [this](std::size_t wire, bool active) { changed(wire, active); },
              .gone =
                  [this](std::string why) {
                      if (stopped_) return;
                      if (started_) listener_.trouble(std::move(why));
                      locks_->replace_keeper(keeper_command());
                      tell();
                      look_wait_ = look_first;
                      look_later();
                  }}} {
    take_all();
    LockQueue::Parts locks;
    locks.keeper = keeper_command();
    locks.pulse = parts_.limits.pulse;
    locks.gap = parts_.limits.pulse_gap;
    locks.uptime = parts_.uptime;
    locks.release_all = [this] { wires_.release_locks(); };
    locks_ = std::make_unique<LockQueue>(loop, std::move(locks));
}

void GpioCabinet::Impl::take_all() {
    const GpioWires::Look look = wires_.take_missing();
    if (!look.held.empty()) throw GpioRefused{joined(look.held)};
    bool any = false;
    for (std::size_t i = 0; i < parts_.wiring.compartments.size(); ++i) any |= !missing(i);
    if (!any) {
        throw GpioRefused{
            fmt::format("not one compartment has all its lines:\n{}", joined(look.troubles))};
    }
    told_.insert(look.troubles.begin(), look.troubles.end());
}

void GpioCabinet::Impl::begin() {
    watch_ = std::make_unique<DeviceWatch>(loop_, "/dev", "gpiochip", [self = weak_from_this()] {
        const auto alive = self.lock();
        if (!alive || alive->stopped_) return;
        alive->wires_.check();
        alive->look_wait_ = look_first;
        if (alive->started_) alive->look();
    });
}

KeeperCommand GpioCabinet::Impl::keeper_command() const {
    KeeperCommand command;
    command.executable = parts_.keeper;
    wires_.share_locks(command);
    return command;
}

std::vector<core::Senses> GpioCabinet::Impl::start(Listener listener) {
    listener_ = std::move(listener);
    locks_->start({listener_.pulsed, listener_.trouble});
    wires_.release_locks();
    std::vector<core::Senses> all;
    for (std::size_t i = 0; i < parts_.wiring.compartments.size(); ++i) all.push_back(senses(i));
    boost::asio::post(loop_, [self = shared_from_this()] {
        if (self->stopped_) return;
        self->started_ = true;
        for (const std::string& trouble : self->told_) self->listener_.trouble(trouble);
        self->tell();
        self->tell_extras();
        self->look_later();
        self->check_later();
    });
    return all;
}

void GpioCabinet::Impl::stop() {
    stopped_ = true;
    looks_.cancel();
    checks_.cancel();
    buzzer_.cancel();
    watch_.reset();
    if (const auto buzzer = wires_.find(Use::buzzer)) wires_.set(*buzzer, false);
    locks_.reset();
    wires_.let_go();
}

std::optional<std::size_t> GpioCabinet::Impl::missing(std::size_t compartment) const {
    for (const Use use : {Use::lock, Use::door, Use::sensor}) {
        const auto wire = wires_.find(use, compartment);
        if (wire && !wires_.held(*wire)) return wire;
    }
    return std::nullopt;
}

core::Senses GpioCabinet::Impl::senses(std::size_t compartment) const {
    core::Senses senses{.compartment = parts_.wiring.compartments[compartment].number};
    if (missing(compartment)) return senses;
    const bool open = wires_.level(*wires_.find(Use::door, compartment));
    senses.door = open ? protocol::Door::open : protocol::Door::shut;
    if (const auto sensor = wires_.find(Use::sensor, compartment)) {
        senses.occupancy =
            wires_.level(*sensor) ? protocol::Occupancy::occupied : protocol::Occupancy::empty;
    }
    return senses;
}

std::optional<std::size_t> GpioCabinet::Impl::index_of(core::CompartmentNumber number) const {
    const auto& all = parts_.wiring.compartments;
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.number == number; });
    if (it == all.end()) return std::nullopt;
    return static_cast<std::size_t>(it - all.begin());
}

void GpioCabinet::Impl::pulse(const core::PulseLock& pulse) {
    const auto index = index_of(pulse.compartment);
    if (index && wires_.held(*wires_.find(Use::lock, index))) {
        locks_->pulse(pulse, static_cast<std::uint16_t>(*index));
        return;
    }
    boost::asio::post(loop_, [self = shared_from_this(), id = pulse.authorisation] {
        if (!self->stopped_) self->listener_.pulsed(id, core::PulseEnd::lost);
    });
}

void GpioCabinet::Impl::set_lamp(core::CompartmentNumber compartment, bool lit) {
    const auto index = index_of(compartment);
    const auto lamp = index ? wires_.find(Use::lamp, index) : std::nullopt;
    if (lamp) wires_.set(*lamp, lit);
}

void GpioCabinet::Impl::set_buzzer(core::Sound which) {
    tune_.play(which);
    buzzer_.cancel();
    sound();
}

void GpioCabinet::Impl::sound() {
    const auto buzzer = wires_.find(Use::buzzer);
    if (!buzzer || stopped_) return;
    const BuzzerTune::Step step = tune_.next();
    wires_.set(*buzzer, step.on);
    if (!step.lasts) return;
    buzzer_.expires_after(*step.lasts);
    buzzer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error) self->sound();
    });
}

void GpioCabinet::Impl::changed(std::size_t wire, bool) {
    // What moves before start() has been answered is in that answer.
    if (stopped_ || !started_) return;
    const auto compartment = wires_.all()[wire].compartment;
    if (!compartment) {
        tell_extras();
    } else if (!lost_.contains(*compartment) && !missing(*compartment)) {
        listener_.sensed(senses(*compartment));
    }
}

void GpioCabinet::Impl::tell_extras() {
    const auto tell_one = [&](Use use, std::optional<bool>& told, const auto& listener) {
        const auto wire = wires_.find(use);
        if (!wire || !wires_.held(*wire) || !listener) return;
        const bool active = wires_.level(*wire);
        // At the first look only what is wrong is news.
        if (told.value_or(false) == active) return;
        told = active;
        listener(active);
    };
    tell_one(Use::mains_fail, mains_failed_, listener_.mains);
    tell_one(Use::tamper, case_open_, listener_.tamper);
}

void GpioCabinet::Impl::look() {
    if (stopped_ || !wires_.any_missing()) {
        told_.clear();
        return;
    }
    GpioWires::Look look = wires_.take_missing();
    // The keeper that was may hold a line for a moment yet, and is no news.
    if (look_wait_ == look_most) {
        look.troubles.insert(look.troubles.end(), look.held.begin(), look.held.end());
    }
    if (look.locks_taken) locks_->replace_keeper(keeper_command());
    tell_troubles(look.troubles);
    if (look.anything_taken) {
        tell();
        tell_extras();
    }
    look_later();
}

void GpioCabinet::Impl::look_later() {
    looks_.cancel();
    if (stopped_ || !wires_.any_missing()) return;
    looks_.expires_after(look_wait_);
    look_wait_ = std::min(look_wait_ * 2, look_most);
    looks_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error) self->look();
    });
}

void GpioCabinet::Impl::check_later() {
    checks_.expires_after(check_every);
    checks_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->stopped_) return;
        self->wires_.check();
        self->check_later();
    });
}

// What the listener does not know yet of compartments that lost their lines or have them again.
void GpioCabinet::Impl::tell() {
    if (stopped_ || !started_) return;
    std::map<std::string, std::vector<core::CompartmentNumber>> lost;
    std::map<std::string, std::vector<core::Senses>> back;
    for (std::size_t i = 0; i < parts_.wiring.compartments.size(); ++i) {
        const auto wire = missing(i);
        const auto told = lost_.find(i);
        if (wire && told == lost_.end()) {
            lost_[i] = wires_.device_of(*wire);
            lost[lost_[i]].push_back(parts_.wiring.compartments[i].number);
        } else if (!wire && told != lost_.end()) {
            back[told->second].push_back(senses(i));
            lost_.erase(told);
        }
    }
    for (auto& [device, numbers] : lost) listener_.lost(std::move(numbers), device);
    for (auto& [device, all] : back) listener_.back(std::move(all), device);
}

void GpioCabinet::Impl::tell_troubles(const std::vector<std::string>& troubles) {
    std::set<std::string> now{troubles.begin(), troubles.end()};
    for (const std::string& trouble : now) {
        if (!told_.contains(trouble) && started_) listener_.trouble(trouble);
    }
    told_ = std::move(now);
}

GpioCabinet::GpioCabinet(boost::asio::io_context& loop, Parts parts)
    : impl_{std::make_shared<Impl>(loop, std::move(parts))} {
    impl_->begin();
}

GpioCabinet::~GpioCabinet() { impl_->stop(); }

std::vector<core::Senses> GpioCabinet::start(Listener listener) {
    return impl_->start(std::move(listener));
}
void GpioCabinet::pulse(const core::PulseLock& pulse) { impl_->pulse(pulse); }
void GpioCabinet::set_lamp(core::CompartmentNumber compartment, bool lit) {
    impl_->set_lamp(compartment, lit);
}
void GpioCabinet::set_buzzer(core::Sound sound) { impl_->set_buzzer(sound); }
bool GpioCabinet::healthy() const { return impl_->locks()->healthy(); }
std::optional<int> GpioCabinet::keeper_pid() const { return impl_->locks()->keeper(); }

}  // namespace lucheng::hal
