// The simulated cabinet: a physical model behind the hardware contract. A door springs when its
// coil was on long enough and stays open until somebody shuts it; books weigh on sensors; locks
// jam, sensors stick and bounce, chips vanish.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/spec.hpp"
#include "hal/hardware.hpp"

namespace lucheng::hal {

// The world outlives the daemon, as a real cabinet does: it lies in one small shared file, which
// the keeper, the daemon and a witness from outside map at once.
class SimulatedWorld {
public:
    struct Compartment {
        bool door_open = false;
        std::uint32_t books = 0;
        bool lamp = false;
        bool coil = false;             // energised now
        std::uint32_t pulses = 0;      // that the coil has had, ever
        std::uint32_t longest_ms = 0;  // the longest of them
        bool jammed = false, sensor_stuck = false, switch_stuck = false, bounces = false;
        bool switch_inverted = false;
        bool vanished = false;  // its chip, which carries seven others as well
    };
    struct Pulse {
        core::CompartmentNumber compartment{};
        std::int64_t start_us = 0, end_us = 0;  // on the clock of Uptime; an end of 0: not yet
    };

    // Creates the file where there is none: doors shut, nothing inside. Throws std::system_error,
    // and std::runtime_error when the file is no world or the world of other compartments.
    SimulatedWorld(const std::filesystem::path& file,
                   const std::vector<core::CompartmentSpec>& compartments);
    ~SimulatedWorld();
    SimulatedWorld(const SimulatedWorld&) = delete;
    SimulatedWorld& operator=(const SimulatedWorld&) = delete;

    [[nodiscard]] std::vector<core::CompartmentNumber> numbers() const;
    [[nodiscard]] Compartment look(core::CompartmentNumber number) const;
    [[nodiscard]] bool overlapped() const;  // two coils were ever on at once
    [[nodiscard]] core::Sound sound() const;
    void release(core::Uptime now);                   // every coil off, whoever held it
    [[nodiscard]] std::vector<Pulse> pulses() const;  // the newest 4096, oldest first

    // Hands. False: there is no such compartment, or its door does not allow it. Only the hands of
    // the cabinet's own process are felt at once; those of others at the next movement.
    bool shut(core::CompartmentNumber number);
    bool force(core::CompartmentNumber number);                     // opened without leave
    bool put(core::CompartmentNumber number, std::uint32_t books);  // through an open door
    bool take(core::CompartmentNumber number);                      // all of them
    // Faults: "jam", "stick_sensor", "stick_switch", "bounce", "vanish", and "invert", a switch
    // whose polarity the configuration has wrong; false: no such fault.
    bool fault(core::CompartmentNumber number, const std::string& kind, bool on);
    // Wires lock and switch of each to the door of the other; once more wires them back.
    bool swap(core::CompartmentNumber one, core::CompartmentNumber other);

private:
    friend class SimulatedCabinet;
    struct Map;
    std::unique_ptr<Map> map_;
};

class SimulatedCabinet final : public Hardware {
public:
    // Starts its lock keeper from `keeper`, the executable. Throws std::system_error.
    // `uptime` is CLOCK_BOOTTIME, as the keeper's; the world outlives the cabinet.
    SimulatedCabinet(boost::asio::io_context& loop, SimulatedWorld& world,
                     const core::CabinetSpec& spec, const std::filesystem::path& keeper,
                     std::function<core::Uptime()> uptime);
    ~SimulatedCabinet() override;
    std::vector<core::Senses> start(Listener listener) override;
    void pulse(const core::PulseLock& pulse) override;
    void set_lamp(core::CompartmentNumber compartment, bool lit) override;
    void set_buzzer(core::Sound sound) override;
    [[nodiscard]] bool healthy() const override;
    // The keeper that is alive now, for those who want to kill it.
    [[nodiscard]] std::optional<int> keeper_pid() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
    SimulatedWorld::Map& map_;
};

}  // namespace lucheng::hal
