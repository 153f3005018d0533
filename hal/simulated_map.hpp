// The shared file of a simulated world as this process has it mapped.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "hal/keeper/world_layout.hpp"
#include "hal/simulated_cabinet.hpp"

namespace lucheng::hal {

struct SimulatedWorld::Map {
    std::filesystem::path file;
    keeper::World* world = nullptr;
    std::function<void()> touched;  // somebody's hands were at it

    [[nodiscard]] std::optional<std::uint32_t> index_of(core::CompartmentNumber number) const {
        for (std::uint32_t i = 0; i < world->compartments; ++i) {
            if (world->compartment[i].number == protocol::number_of(number)) return i;
        }
        return std::nullopt;
    }
    // The door that a compartment's lock and switch are wired to.
    [[nodiscard]] std::uint32_t door_of(std::uint32_t index) const {
        const auto offset = world->compartment[index].door_offset.load();
        return static_cast<std::uint32_t>(static_cast<std::int32_t>(index) + offset);
    }
    [[nodiscard]] keeper::WorldCompartment* find(core::CompartmentNumber number) const {
        const auto index = index_of(number);
        return index ? &world->compartment[*index] : nullptr;
    }
};

}  // namespace lucheng::hal
