// The coils of the simulated world, one line a compartment, in the order of its file.
#pragma once

#include <memory>

#include "hal/keeper/output_lines.hpp"
#include "hal/keeper/world_layout.hpp"

namespace lucheng::hal::keeper {

class SimulatedLines final : public OutputLines {
public:
    // Nothing, and errno, when the file cannot be mapped; EPROTO when it is no such world.
    static std::unique_ptr<SimulatedLines> open(const char* file) noexcept;
    ~SimulatedLines() override;

    [[nodiscard]] std::uint16_t count() const noexcept override;
    bool set(std::uint16_t line, bool active) noexcept override;

private:
    explicit SimulatedLines(World& world) noexcept : world_{world} {}
    World& world_;
};

}  // namespace lucheng::hal::keeper
