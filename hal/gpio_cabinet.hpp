// The cabinet behind the kernel's GPIO: locks, door switches, sensors, lamps, buzzer, mains and
// tamper inputs on any number of chips, each of which may go and come back at any time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "hal/hardware.hpp"
#include "hal/wiring.hpp"

namespace lucheng::hal {

// By these names others see who holds a line.
inline constexpr const char* gpio_consumer_locks = "cabinetd-locks";
inline constexpr const char* gpio_consumer_inputs = "cabinetd-inputs";
inline constexpr const char* gpio_consumer_signals = "cabinetd-signals";

// Not one compartment has its lines, or somebody else holds some of them: a sentence a line.
struct GpioRefused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Takes every lock line, which drives it inactive, and lets it go again. What could not be reached,
// as sentences; empty: every line of the wiring is inactive.
[[nodiscard]] std::vector<std::string> release_gpio_locks(const Wiring& wiring);

class GpioCabinet final : public Hardware {
public:
    struct Parts {
        Wiring wiring;
        core::Limits limits;
        std::filesystem::path keeper;
        std::function<core::Uptime()> uptime;  // CLOCK_BOOTTIME, as the keeper's
    };
    // Takes the lines, every lock inactive, and starts the lock keeper. Throws GpioRefused, and
    // std::system_error when there is no process to be had.
    GpioCabinet(boost::asio::io_context& loop, Parts parts);
    ~GpioCabinet() override;
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
};

}  // namespace lucheng::hal
