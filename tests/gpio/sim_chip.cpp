#include "tests/gpio/sim_chip.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace lucheng::hal {
namespace {

const std::filesystem::path configfs = "/sys/kernel/config/gpio-sim";

void write_to(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out{file};
    out << text << std::flush;
    if (!out) throw std::runtime_error{"cannot write " + text + " to " + file.string()};
}

std::string read_from(const std::filesystem::path& file) {
    std::string word;
    std::ifstream{file} >> word;
    if (word.empty()) throw std::runtime_error{"nothing in " + file.string()};
    return word;
}

int open_or_throw(const std::filesystem::path& file, int flags) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), file.string()};
    return fd;
}

}  // namespace

bool has_gpio_sim() { return ::access(configfs.c_str(), W_OK) == 0; }

SimChip::SimChip(std::string label, std::uint32_t lines, const Names& names) : count_{lines} {
    static int made = 0;
    config_ = configfs / ("chip" + std::to_string(++made));
    const auto bank = config_ / "bank0";
    std::filesystem::create_directories(bank);
    write_to(bank / "label", label);
    write_to(bank / "num_lines", std::to_string(lines));
    for (const auto& [offset, name] : names) {
        const auto line = bank / ("line" + std::to_string(offset));
        std::filesystem::create_directory(line);
        write_to(line / "name", name);
    }
    plug_in();
}

SimChip::~SimChip() {
    plug_out();
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{config_ / "bank0", ignored}) {
        if (entry.is_directory(ignored)) ::rmdir(entry.path().c_str());
    }
    ::rmdir((config_ / "bank0").c_str());
    ::rmdir(config_.c_str());
}

void SimChip::plug_in() {
    if (plugged_in()) return;
    write_to(config_ / "live", "1");
    device_ = read_from(config_ / "bank0" / "chip_name");
    const auto lines =
        std::filesystem::path{"/sys/devices/platform"} / read_from(config_ / "dev_name") / device_;
    for (std::uint32_t i = 0; i < count_; ++i) {
        const auto line = lines / ("sim_gpio" + std::to_string(i));
        lines_.push_back(
            {open_or_throw(line / "value", O_RDONLY), open_or_throw(line / "pull", O_WRONLY)});
    }
}

void SimChip::plug_out() {
    if (!plugged_in()) return;
    close_all();
    write_to(config_ / "live", "0");
}

void SimChip::close_all() {
    for (const Line& line : lines_) {
        ::close(line.value);
        ::close(line.pull);
    }
    lines_.clear();
}

void SimChip::pull(std::uint32_t line, bool high) {
    if (!plugged_in()) return;
    const std::string word = high ? "pull-up" : "pull-down";
    if (::pwrite(lines_.at(line).pull, word.data(), word.size(), 0) < 0) {
        throw std::system_error{errno, std::generic_category(), "gpio-sim pull"};
    }
}

bool SimChip::value(std::uint32_t line) const {
    char digit = '0';
    if (!plugged_in()) return false;
    if (::pread(lines_.at(line).value, &digit, 1, 0) < 0) {
        throw std::system_error{errno, std::generic_category(), "gpio-sim value"};
    }
    return digit == '1';
}

}  // namespace lucheng::hal
