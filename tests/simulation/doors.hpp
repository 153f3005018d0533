// The cabinet as matter: doors that spring and stay open, books that lie where somebody put them,
// locks that jam, sensors that lie, chips that vanish. It outlives every process.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/spec.hpp"
#include "hal/hardware.hpp"
#include "tests/simulation/clocks.hpp"
#include "tests/simulation/random.hpp"

namespace lucheng::simulation {

using core::CompartmentNumber;
using protocol::DeliveryId;
using protocol::Door;
using protocol::Occupancy;

class Doors {
public:
    struct Box {
        core::CompartmentSpec spec{};
        bool open = false;
        std::vector<DeliveryId> inside{};
        // faults
        bool jammed = false;
        std::optional<Occupancy> stuck{};  // the sensor says this, whatever lies inside
        int bounces = 0;
        bool lost = false;
        // what happened, for the judge
        Milliseconds opened_at{-1}, shut_at{-1};
        bool by_force = false;  // the last opening was
        core::Senses reported{};
        Milliseconds seen_free_at{-1};  // last reported shut, and not occupied
        Milliseconds seen_shut_at{-1};
        Milliseconds seen_open_at{-1};
        bool sensor_was_wrong = false;  // since the compartment was last empty
        Milliseconds wrong_until{-1};
        Milliseconds bounced_at{-1};  // when its switch last said the other of what is
        Milliseconds readable_since{0};
    };

    Doors(Timeline& time, const Clocks& clocks, const core::CabinetSpec& spec, Random dice);

    [[nodiscard]] std::map<CompartmentNumber, Box>& boxes() { return boxes_; }
    [[nodiscard]] const core::Limits& limits() const { return limits_; }
    [[nodiscard]] const std::map<CompartmentNumber, Box>& boxes() const { return boxes_; }
    [[nodiscard]] Box& box(CompartmentNumber number) { return boxes_.at(number); }
    [[nodiscard]] std::optional<CompartmentNumber> where(const DeliveryId& parcel) const;

    // Hands.
    void shut(CompartmentNumber number);
    void force(CompartmentNumber number);
    void put(CompartmentNumber number, const DeliveryId& parcel);
    void take(CompartmentNumber number, const DeliveryId& parcel);

    // Faults.
    void stick(CompartmentNumber number, std::optional<Occupancy> at);
    void lose(bool lost);  // the chip of the first half of the doors

    // The process's side.
    [[nodiscard]] std::vector<core::Senses> attach(hal::Hardware::Listener listener);
    void detach();  // it died: what waits in its queue is gone
    void pulse(const core::PulseLock& pulse);
    std::function<void(const core::PulseLock&)> coil_on{};
    std::function<void(CompartmentNumber)> sprang{};

private:
    [[nodiscard]] core::Senses read(const Box& box) const;
    void see(Box& box) const;
    void report_soon(Box& box);
    void report(Box& box, const core::Senses& senses);
    void next_pulse();
    void spring(CompartmentNumber number);
    void open(Box& box, bool by_force);

    Timeline& time_;
    const Clocks& clocks_;
    const core::Limits limits_;
    Random dice_;
    std::map<CompartmentNumber, Box> boxes_{};
    std::optional<hal::Hardware::Listener> listener_{};
    std::uint64_t life_ = 0;  // of the process that listens
    std::deque<core::PulseLock> asked_{};
    bool pulsing_ = false;
};

// What the process holds of it.
class DoorsHardware final : public hal::Hardware {
public:
    explicit DoorsHardware(Doors& doors) : doors_{doors} {}
    ~DoorsHardware() override { doors_.detach(); }
    std::vector<core::Senses> start(Listener listener) override {
        return doors_.attach(std::move(listener));
    }
    void pulse(const core::PulseLock& pulse) override { doors_.pulse(pulse); }
    void set_lamp(core::CompartmentNumber, bool) override {}
    void set_buzzer(core::Sound) override {}
    [[nodiscard]] bool healthy() const override { return true; }

private:
    Doors& doors_;
};

}  // namespace lucheng::simulation
