// A GPIO chip of the kernel's gpio-sim: made, plugged out and in again, and touched from outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace lucheng::hal {

// Whether this machine can make one: inside the GPIO host, as root.
[[nodiscard]] bool has_gpio_sim();

class SimChip {
public:
    using Names = std::vector<std::pair<std::uint32_t, std::string>>;
    // Plugged in. Throws std::runtime_error.
    SimChip(std::string label, std::uint32_t lines, const Names& names = {});
    ~SimChip();
    SimChip(const SimChip&) = delete;
    SimChip& operator=(const SimChip&) = delete;

    void plug_out();
    void plug_in();
    [[nodiscard]] bool plugged_in() const { return !lines_.empty(); }
    [[nodiscard]] const std::string& device() const { return device_; }  // gpiochip3

    // What the outside drives, and what an output falls to when nobody holds it.
    void pull(std::uint32_t line, bool high);
    // What the line carries. False when there is no chip.
    [[nodiscard]] bool value(std::uint32_t line) const;

private:
    struct Line {
        int value = -1, pull = -1;
    };
    void close_all();

    std::filesystem::path config_;
    std::uint32_t count_;
    std::string device_{};
    std::vector<Line> lines_{};
};

}  // namespace lucheng::hal
