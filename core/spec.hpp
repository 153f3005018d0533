// What a cabinet is made of, as the configuration says.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ledger.hpp"
#include "core/limits.hpp"
#include "core/scan.hpp"

namespace lucheng::core {

struct CompartmentSpec {
    CompartmentNumber number{};
    SizeClass size{};
    std::uint16_t height_mm = 0;  // of its floor above the ground
    bool has_sensor = false;      // of occupancy; the door switch is always there
};

struct CabinetSpec {
    protocol::CabinetId id;
    std::vector<CompartmentSpec> compartments;
    Limits limits{};
    std::vector<ReaderSpec> readers{};
};

}  // namespace lucheng::core
