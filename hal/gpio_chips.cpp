#include "hal/gpio_chips.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <gpiod.hpp>
#include <optional>
#include <system_error>

namespace lucheng::hal {
namespace {

constexpr std::string_view prefix = "gpiochip";

std::optional<unsigned> number_in(const std::string& device) {
    unsigned number = 0;
    const char* const end = device.data() + device.size();
    if (!device.starts_with(prefix)) return std::nullopt;
    const auto [stop, error] = std::from_chars(device.data() + prefix.size(), end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

GpioChip look_at(const std::string& device) {
    GpioChip chip;
    chip.device = device;
    chip.handle = std::make_shared<gpiod::chip>(std::filesystem::path{"/dev"} / device);
    const gpiod::chip_info info = chip.handle->get_info();
    chip.label = info.label();
    for (std::uint32_t offset = 0; offset < info.num_lines(); ++offset) {
        const gpiod::line_info line = chip.handle->get_line_info(offset);
        chip.lines.push_back({.offset = offset,
                              .name = line.name(),
                              .used = line.used(),
                              .consumer = line.consumer(),
                              .output = line.direction() == gpiod::line::direction::OUTPUT});
    }
    return chip;
}

std::string list_of(std::span<const GpioChip> chips) {
    std::string list;
    for (const GpioChip& chip : chips) {
        if (!list.empty()) list += ", ";
        list += describe(chip);
    }
    return list.empty() ? "none" : list;
}

NotFound no_chip(std::span<const GpioChip> chips, const LineSpec& spec) {
    return {Unfound::no_chip,
            fmt::format("there is no chip labelled {}: see to its cable and its driver; "
                        "the chips that are there: {}",
                        spec.chip, list_of(chips))};
}

}  // namespace

GpioChips look_at_chips() {
    std::vector<std::pair<unsigned, std::string>> devices;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{"/dev", error}) {
        std::string name = entry.path().filename();
        if (const auto number = number_in(name)) devices.emplace_back(*number, std::move(name));
    }
    std::sort(devices.begin(), devices.end());
    GpioChips all;
    for (const auto& [number, device] : devices) {
        try {
            all.chips.push_back(look_at(device));
        } catch (const std::system_error& trouble) {
            const int why = trouble.code().value();
            if (why == ENOENT || why == ENODEV || why == ENXIO) continue;  // it has just gone
            const bool forbidden = why == EACCES || why == EPERM;
            all.refused.push_back(fmt::format(
                "/dev/{} cannot be opened: {}{}", device, trouble.code().message(),
                forbidden ? "; cabinetd must be in the group cabinet-gpio, see the udev rule"
                          : ""));
        }
    }
    return all;
}

std::variant<FoundLine, NotFound> find_line(std::span<const GpioChip> chips, const LineSpec& spec) {
    std::vector<FoundLine> found;
    std::size_t labelled = 0;
    for (std::size_t i = 0; i < chips.size(); ++i) {
        if (chips[i].label != spec.chip) continue;
        ++labelled;
        if (const auto* offset = std::get_if<std::uint32_t>(&spec.line)) {
            if (*offset < chips[i].lines.size()) found.push_back({i, *offset});
            continue;
        }
        for (const GpioLine& line : chips[i].lines) {
            if (line.name == std::get<std::string>(spec.line)) found.push_back({i, line.offset});
        }
    }
    if (labelled == 0) return no_chip(chips, spec);
    if (std::holds_alternative<std::uint32_t>(spec.line) && labelled > 1) {
        return NotFound{Unfound::ambiguous,
                        fmt::format("{} is ambiguous: {} chips have this label; name their lines "
                                    "in the device tree (gpio-line-names) and in the "
                                    "configuration",
                                    describe(spec), labelled)};
    }
    if (found.empty()) {
        return NotFound{Unfound::no_line,
                        fmt::format("{} is not there, on none of {} chip{} of "
                                    "this label: `gpioinfo` shows which are",
                                    describe(spec), labelled, labelled == 1 ? "" : "s")};
    }
    if (found.size() > 1) {
        return NotFound{
            Unfound::ambiguous,
            fmt::format("{} is ambiguous: {} lines have this name (on {} and {})", describe(spec),
                        found.size(), chips[found[0].chip].device, chips[found[1].chip].device)};
    }
    return found.front();
}

std::string describe(const LineSpec& spec) {
    if (const auto* offset = std::get_if<std::uint32_t>(&spec.line)) {
        return fmt::format("{} line {}", spec.chip, *offset);
    }
    return fmt::format("{} line {}", spec.chip, std::get<std::string>(spec.line));
}

std::string describe(const GpioChip& chip) {
    return fmt::format("{} ({})", chip.label, chip.device);
}

std::string holder_of(const GpioChip& chip, std::uint32_t offset) {
    if (offset >= chip.lines.size() || !chip.lines[offset].used) return {};
    const GpioLine& line = chip.lines[offset];
    return fmt::format("line {}{}{} of {} is held by {}", offset, line.name.empty() ? "" : " ",
                       line.name, describe(chip),
                       line.consumer.empty() ? "somebody without a name" : line.consumer);
}

}  // namespace lucheng::hal
