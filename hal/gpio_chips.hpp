// The GPIO chips of this machine as they are now, and where the lines of a wiring are among them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "hal/wiring.hpp"

namespace gpiod {
class chip;
}

namespace lucheng::hal {

struct GpioLine {
    std::uint32_t offset = 0;
    std::string name;  // often none
    bool used = false;
    std::string consumer;  // who holds it, as they call themselves
    bool output = false;
};

struct GpioChip {
    std::string device;  // gpiochip3: good until the chip goes
    std::string label;
    std::vector<GpioLine> lines;
    // Open, so that what is taken from it later is of this chip even if its number has passed on.
    std::shared_ptr<gpiod::chip> handle{};
};

struct GpioChips {
    std::vector<GpioChip> chips;       // by the number of their devices
    std::vector<std::string> refused;  // sentences: chips that cannot be opened
};
[[nodiscard]] GpioChips look_at_chips();

struct FoundLine {
    std::size_t chip = 0;  // in the span that was searched
    std::uint32_t offset = 0;
};
enum class Unfound : std::uint8_t { no_chip, no_line, ambiguous };
struct NotFound {
    Unfound why{};
    std::string sentence;  // what, and what to do
};
// Among all chips of the label: a name is looked for on each of them, and an offset means nothing
// when there are two. Never a guess: a wrong line opens a wrong door.
[[nodiscard]] std::variant<FoundLine, NotFound> find_line(std::span<const GpioChip> chips,
                                                          const LineSpec& spec);

[[nodiscard]] std::string describe(const LineSpec& spec);  // mcp23017 line lock-01
[[nodiscard]] std::string describe(const GpioChip& chip);  // mcp23017 (gpiochip3)
// Who holds it, as a sentence; empty when nobody does.
[[nodiscard]] std::string holder_of(const GpioChip& chip, std::uint32_t offset);

}  // namespace lucheng::hal
