#include "tests/simulation/doors.hpp"

#include <algorithm>
#include <utility>

namespace lucheng::simulation {

using namespace std::chrono_literals;

Doors::Doors(Timeline& time, const Clocks& clocks, const core::CabinetSpec& spec, Random dice)
    : time_{time}, clocks_{clocks}, limits_{spec.limits}, dice_{dice} {
    for (const auto& one : spec.compartments) boxes_[one.number].spec = one;
}

std::optional<CompartmentNumber> Doors::where(const DeliveryId& parcel) const {
    for (const auto& [number, box] : boxes_) {
        if (std::find(box.inside.begin(), box.inside.end(), parcel) != box.inside.end()) {
            return number;
        }
    }
    return {};
}

core::Senses Doors::read(const Box& box) const {
    core::Senses senses{.compartment = box.spec.number};
    if (box.lost) return senses;
    senses.door = box.open ? Door::open : Door::shut;
    if (!box.spec.has_sensor) return senses;
    senses.occupancy = box.inside.empty() ? Occupancy::empty : Occupancy::occupied;
    if (box.stuck) senses.occupancy = box.stuck;
    return senses;
}

void Doors::see(Box& box) const {
    if (box.reported.door == Door::open) box.seen_open_at = time_.now();
    if (box.reported.door != Door::shut) return;
    box.seen_shut_at = time_.now();
    if (box.reported.occupancy != Occupancy::occupied) box.seen_free_at = time_.now();
}

void Doors::report(Box& box, const core::Senses& senses) {
    see(box);  // until now it was what it was
    box.reported = senses;
    see(box);
    if (listener_) listener_->sensed(senses);
}

// Debounced: the level is told when it has settled.
void Doors::report_soon(Box& box) {
    const auto number = box.spec.number;
    const auto bounces = std::exchange(box.bounces, 0);
    Milliseconds wait = dice_.between(15ms, 30ms);
    for (int i = 0; i < 2 * bounces; ++i) {
        time_.after(wait, [this, number, flip = i % 2 == 0] {
            Box& one = boxes_.at(number);
            core::Senses senses = read(one);
            if (!senses.door || one.lost || !listener_) return;
            if (flip) senses.door = one.open ? Door::shut : Door::open;
            if (flip) one.bounced_at = time_.now();
            report(one, senses);
        });
        wait += dice_.between(20ms, 200ms);
    }
    time_.after(wait, [this, number, life = life_] {
        Box& one = boxes_.at(number);
        if (!one.lost && life == life_) report(one, read(one));
    });
}

void Doors::open(Box& box, bool by_force) {
    if (box.open) return;
    box.open = true;
    box.by_force = by_force;
    box.opened_at = time_.now();
    report_soon(box);
}

void Doors::shut(CompartmentNumber number) {
    Box& one = box(number);
    if (!one.open) return;
    one.open = false;
    one.shut_at = time_.now();
    report_soon(one);
}

void Doors::force(CompartmentNumber number) { open(box(number), true); }

void Doors::put(CompartmentNumber number, const DeliveryId& parcel) {
    box(number).inside.push_back(parcel);
    report_soon(box(number));
}

void Doors::take(CompartmentNumber number, const DeliveryId& parcel) {
    std::erase(box(number).inside, parcel);
    report_soon(box(number));
}

void Doors::stick(CompartmentNumber number, std::optional<Occupancy> at) {
    box(number).stuck = at;
    box(number).sensor_was_wrong = true;
    box(number).wrong_until = time_.now();
    report_soon(box(number));
}

void Doors::lose(bool lost) {
    std::vector<CompartmentNumber> numbers;
    std::vector<core::Senses> senses;
    for (auto& [number, one] : boxes_) {
        if (numbers.size() >= (boxes_.size() + 1) / 2) break;
        if (one.lost == lost) return;
        one.lost = lost;
        if (!lost) one.readable_since = time_.now();
        see(one);
        numbers.push_back(number);
        senses.push_back(read(one));
        one.reported = senses.back();
    }
    if (!listener_) return;
    if (lost) return listener_->lost(numbers, "chip");
    listener_->back(senses, "chip");
}

std::vector<core::Senses> Doors::attach(hal::Hardware::Listener listener) {
    ++life_;
    listener_ = std::move(listener);
    std::vector<core::Senses> senses;
    for (auto& [number, one] : boxes_) {
        senses.push_back(read(one));
        one.reported = senses.back();
        see(one);
    }
    // A chip that is gone at the start is told of as any other.
    std::vector<CompartmentNumber> gone;
    for (const auto& [number, one] : boxes_) {
        if (one.lost) gone.push_back(number);
    }
    if (!gone.empty()) {
        time_.after(0ms, [this, gone, life = life_] {
            if (life == life_ && boxes_.at(gone.front()).lost) listener_->lost(gone, "chip");
        });
    }
    return senses;
}

void Doors::detach() {
    ++life_;
    listener_.reset();
    asked_.clear();
    pulsing_ = false;
}

void Doors::pulse(const core::PulseLock& pulse) {
    asked_.push_back(pulse);
    if (!pulsing_) next_pulse();
}

void Doors::next_pulse() {
    if (asked_.empty()) return;
    const core::PulseLock pulse = asked_.front();
    asked_.pop_front();
    if (clocks_.uptime() > pulse.not_after) {
        const auto life = life_;
        time_.after(0ms, [this, id = pulse.authorisation, life] {
            if (life == life_) listener_->pulsed(id, core::PulseEnd::lapsed);
        });
        return next_pulse();
    }
    pulsing_ = true;
    const bool lost = box(pulse.compartment).lost;
    if (coil_on) coil_on(pulse);
    if (!lost) {
        // The keeper ends what it has begun, whoever asked for it.
        time_.after(dice_.between(30ms, 200ms),
                    [this, number = pulse.compartment] { spring(number); });
    }
    time_.after(limits_.pulse, [this, id = pulse.authorisation, life = life_, lost] {
        if (life != life_) return;
        listener_->pulsed(id, lost ? core::PulseEnd::lost : core::PulseEnd::done);
    });
    time_.after(limits_.pulse + limits_.pulse_gap, [this, life = life_] {
        if (life != life_) return;
        pulsing_ = false;
        next_pulse();
    });
}

void Doors::spring(CompartmentNumber number) {
    if (box(number).jammed || box(number).open) return;
    open(box(number), false);
    if (sprang) sprang(number);
}

}  // namespace lucheng::simulation
