#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace lucheng::gpio_host {

using LineNames = std::map<unsigned, std::string>;

// A gpio-sim chip, inside the machine: what a cabinet's wiring does to it is done by name. It is
// gone with the object; whoever holds one of its lines then gets ENODEV.
class SimChip {
public:
    SimChip(std::string_view label, unsigned lines, const LineNames& names);
    ~SimChip();
    SimChip(const SimChip&) = delete;
    SimChip& operator=(const SimChip&) = delete;

    [[nodiscard]] std::string device() const;  // /dev/gpiochipN; another one after each return
    // Where an input stands, and an output that nobody holds.
    void pull(std::string_view line, bool up) const;
    // What the line carries now: what the coil of a lock sees.
    [[nodiscard]] bool value(std::string_view line) const;

    // As if its cable were pulled, and plugged in again.
    void vanish();
    void come_back();

private:
    [[nodiscard]] std::filesystem::path sysfs() const;
    [[nodiscard]] std::filesystem::path sysfs(std::string_view line) const;

    std::filesystem::path config_;
    std::map<std::string, unsigned, std::less<>> offsets_;
};

}  // namespace lucheng::gpio_host
