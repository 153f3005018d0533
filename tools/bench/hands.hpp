// The hands at a cabinet that is measured, and its coils and switches as seen from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/spec.hpp"
#include "hal/simulated_cabinet.hpp"

namespace lucheng::bench {

inline constexpr std::uint16_t compartments = 32;  // of the cabinet that cabinet_launch starts

class Hands {
public:
    // `directory`: of the launch.
    explicit Hands(const std::filesystem::path& directory);

    [[nodiscard]] std::chrono::steady_clock::time_point last_pulse_begun() const;
    // When the switch said that the door is shut, before it is debounced. Throws when the cabinet
    // does not let the door be shut.
    std::chrono::steady_clock::time_point shut(core::CompartmentNumber door) const;

private:
    std::filesystem::path socket_;
    hal::SimulatedWorld world_;
};

}  // namespace lucheng::bench
