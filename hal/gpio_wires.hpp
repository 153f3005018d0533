// Every line of a wiring: which are held, by which request of which chip, and which are missing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "hal/gpio_chips.hpp"
#include "hal/gpio_inputs.hpp"
#include "hal/gpio_outputs.hpp"
#include "hal/keeper_process.hpp"

namespace lucheng::hal {

class GpioWires {
public:
    enum class Use : std::uint8_t { lock, door, sensor, lamp, buzzer, mains_fail, tamper };
    struct Wire {
        Use use{};
        LineSpec spec;
        std::optional<std::size_t> compartment{};  // by its place in the wiring
    };
    // From the loop, never from inside a call.
    struct Listener {
        std::function<void(std::size_t wire, bool active)> changed;
        // A chip went, and with it what it held; the sentence says why.
        std::function<void(std::string why)> gone;
    };
    // What a look at the machine has brought.
    struct Look {
        bool locks_taken = false;
        bool anything_taken = false;
        std::vector<std::string> held;      // sentences: lines that somebody else holds
        std::vector<std::string> troubles;  // all else that is wrong
    };

    GpioWires(boost::asio::io_context& loop, const Wiring& wiring,
              std::function<core::Uptime()> uptime, Listener listener);

    // Takes what is missing and is there.
    [[nodiscard]] Look take_missing();
    [[nodiscard]] const std::vector<Wire>& all() const { return wires_; }
    [[nodiscard]] std::optional<std::size_t> find(
        Use use, std::optional<std::size_t> compartment = {}) const;
    [[nodiscard]] bool held(std::size_t wire) const { return place_[wire].has_value(); }
    [[nodiscard]] bool any_missing() const;
    // As settled last; of an input that is held.
    [[nodiscard]] bool level(std::size_t wire) const;
    // The chip that holds it or held it last; its label when it never was there.
    [[nodiscard]] const std::string& device_of(std::size_t wire) const { return device_[wire]; }
    // An output other than a lock. Remembered for when its chip is back.
    void set(std::size_t wire, bool active);
    // Of all lines, for good.
    void let_go();
    // Every lock line that is held; never throws.
    void release_locks() noexcept;
    // The keeper's share: copies of the open lock requests, by the compartments' places.
    void share_locks(KeeperCommand& command) const;
    // Asks every chip whether it is there; those that are not are told of by `gone`.
    void check();

private:
    struct Holding {
        std::string device;  // gpiochip3
        std::string name;    // for people
        bool locks = false;
        std::vector<std::size_t> wires{};
        std::unique_ptr<GpioOutputs> outputs{};
        std::unique_ptr<GpioInputs> inputs{};
    };
    struct Place {
        const Holding* holding = nullptr;
        std::size_t line = 0;
    };
    enum class Group : std::uint8_t { locks, inputs, signals };
    struct Wanted {
        std::size_t wire;
        std::uint32_t offset;
    };

    void add(Use use, const std::optional<LineSpec>& spec, std::optional<std::size_t> compartment);
    [[nodiscard]] static Group group_of(Use use);
    // By chip and offset, the wires that mean this line.
    [[nodiscard]] std::map<std::pair<std::size_t, std::uint32_t>, std::vector<std::size_t>>
    find_missing(const GpioChips& machine, Look& look) const;
    void take(const GpioChip& chip, Group group, std::vector<Wanted> wanted, Look& look);
    [[nodiscard]] std::unique_ptr<Holding> request(const GpioChip& chip, Group group,
                                                   const std::vector<Wanted>& wanted);
    void explain(const GpioChip& chip, const std::vector<Wanted>& wanted,
                 const std::error_code& error, Look& look);
    void gone(const std::string& device, const std::error_code& error);
    void gone_later(const std::string& device, const std::error_code& error);

    boost::asio::io_context& loop_;
    std::function<core::Uptime()> uptime_;
    Listener listener_;
    std::vector<Wire> wires_{};
    std::vector<bool> active_{};  // outputs, as they were set last
    std::vector<std::optional<Place>> place_{};
    std::vector<std::string> device_{};
    std::vector<std::unique_ptr<Holding>> holdings_{};
    // Handlers that the loop still holds look whether we are.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace lucheng::hal
