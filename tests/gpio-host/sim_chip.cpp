#include "tests/gpio-host/sim_chip.hpp"

#include <fstream>
#include <stdexcept>

namespace lucheng::gpio_host {

namespace {

namespace fs = std::filesystem;

const fs::path simulated{"/sys/kernel/config/gpio-sim"};

void write(const fs::path& file, std::string_view text) {
    std::ofstream out{file};
    out << text << std::flush;
    if (!out) throw std::runtime_error{file.string() + " does not take " + std::string{text}};
}

std::string read(const fs::path& file) {
    std::ifstream in{file};
    std::string word;
    if (!(in >> word)) throw std::runtime_error{file.string() + " cannot be read"};
    return word;
}

}  // namespace

SimChip::SimChip(std::string_view label, unsigned lines, const LineNames& names)
    : config_{simulated / label} {
    const fs::path bank = config_ / "bank0";
    if (!fs::create_directory(config_)) {
        throw std::runtime_error{"there is a chip " + std::string{label} + " already"};
    }
    fs::create_directory(bank);
    write(bank / "label", label);
    write(bank / "num_lines", std::to_string(lines));
    for (const auto& [offset, name] : names) {
        const fs::path line = bank / ("line" + std::to_string(offset));
        fs::create_directory(line);
        write(line / "name", name);
        offsets_.emplace(name, offset);
    }
    write(config_ / "live", "1");
}

SimChip::~SimChip() {
    std::ofstream{config_ / "live"} << "0" << std::flush;
    const fs::path bank = config_ / "bank0";
    std::error_code ignored;
    for (const auto& [name, offset] : offsets_) {
        fs::remove(bank / ("line" + std::to_string(offset)), ignored);
    }
    fs::remove(bank, ignored);
    fs::remove(config_, ignored);
}

std::string SimChip::device() const { return "/dev/" + read(config_ / "bank0" / "chip_name"); }

void SimChip::pull(std::string_view line, bool up) const {
    write(sysfs(line) / "pull", up ? "pull-up" : "pull-down");
}

bool SimChip::value(std::string_view line) const { return read(sysfs(line) / "value") == "1"; }

void SimChip::vanish() { write(config_ / "live", "0"); }

void SimChip::come_back() { write(config_ / "live", "1"); }

fs::path SimChip::sysfs() const {
    return fs::path{"/sys/devices/platform"} / read(config_ / "dev_name") /
           read(config_ / "bank0" / "chip_name");
}

fs::path SimChip::sysfs(std::string_view line) const {
    const auto found = offsets_.find(line);
    if (found == offsets_.end()) throw std::runtime_error{"no line " + std::string{line}};
    return sysfs() / ("sim_gpio" + std::to_string(found->second));
}

}  // namespace lucheng::gpio_host
