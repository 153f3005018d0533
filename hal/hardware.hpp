// The hardware contract: what moves and what senses. Two implementations, the libgpiod cabinet and
// the simulated one; an RS-485 lock board can stand behind it as well. All calls and all callbacks
// on the loop's thread. Levels are logical: a door is open or shut, never high or low.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/decision.hpp"
#include "core/input.hpp"

namespace lucheng::hal {

class Hardware {
public:
    struct Listener {
        // A sense changed, after debouncing. Repeats are allowed, gaps are not: a level that lasts
        // is reported in the end.
        std::function<void(const core::Senses&)> sensed;
        // Once for each pulse that was asked for.
        std::function<void(core::AuthorisationId, core::PulseEnd)> pulsed;
        // These compartments' lines are gone, and are back with these levels.
        std::function<void(std::vector<core::CompartmentNumber>, std::string device)> lost;
        std::function<void(std::vector<core::Senses>, std::string device)> back;
        // The mains failed or are back; the case was opened or shut. Only where such an input is
        // fitted; what is not well at the start is told right after it.
        std::function<void(bool failed)> mains{};
        std::function<void(bool open)> tamper{};
        // What an operator should read: the keeper was replaced, a chip answers late.
        std::function<void(std::string)> trouble;
    };

    virtual ~Hardware() = default;
    Hardware() = default;
    Hardware(const Hardware&) = delete;
    Hardware& operator=(const Hardware&) = delete;

    // Drives every lock line inactive, then reads all senses, then begins to listen.
    [[nodiscard]] virtual std::vector<core::Senses> start(Listener listener) = 0;

    // Asks for one pulse. Pulses run one at a time with the configured gap, in the order of
    // asking; one that would begin after `not_after` ends as lapsed without a pulse.
    virtual void pulse(const core::PulseLock& pulse) = 0;
    virtual void set_lamp(core::CompartmentNumber compartment, bool lit) = 0;
    virtual void set_buzzer(core::Sound sound) = 0;

    // True while the keeper answers: one of the two things the watchdog asks.
    [[nodiscard]] virtual bool healthy() const = 0;
};

}  // namespace lucheng::hal
