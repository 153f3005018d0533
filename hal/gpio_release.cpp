#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <system_error>

#include "hal/gpio_cabinet.hpp"
#include "hal/gpio_chips.hpp"
#include "hal/gpio_outputs.hpp"

namespace lucheng::hal {
namespace {

// One at a time, so that a line that somebody holds stands in no other's way.
void release_one_by_one(const GpioChip& chip, const std::vector<GpioOutputs::Line>& lines,
                        std::vector<std::string>& troubles) {
    for (const GpioOutputs::Line& line : lines) {
        try {
            const GpioOutputs taken{chip, gpio_consumer_locks, {line}};
        } catch (const std::system_error& error) {
            const std::string holder = holder_of(chip, line.offset);
            troubles.push_back(
                holder.empty() ? fmt::format("{}: {}", describe(line.spec), error.code().message())
                               : holder);
        }
    }
}

}  // namespace

std::vector<std::string> release_gpio_locks(const Wiring& wiring) {
    const GpioChips machine = look_at_chips();
    std::vector<std::string> troubles = machine.refused;
    std::map<std::size_t, std::vector<GpioOutputs::Line>> by_chip;
    for (const CompartmentWiring& one : wiring.compartments) {
        const auto found = find_line(machine.chips, one.lock);
        if (const auto* not_found = std::get_if<NotFound>(&found)) {
            if (std::find(troubles.begin(), troubles.end(), not_found->sentence) ==
                troubles.end()) {
                troubles.push_back(not_found->sentence);
            }
            continue;
        }
        const auto& [chip, offset] = std::get<FoundLine>(found);
        by_chip[chip].push_back({offset, one.lock});
    }
    for (const auto& [index, lines] : by_chip) {
        release_one_by_one(machine.chips[index], lines, troubles);
    }
    return troubles;
}

}  // namespace lucheng::hal
