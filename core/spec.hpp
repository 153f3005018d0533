// What a cabinet is made of, as the configuration says.
#pragma once

#include <cstdint>
#include <string>
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
    bool cards_by_hand = false;       // a simulated cabinet's: no reader is needed to show one
    bool takes_returns = false;       // dispatch's key is there, to seal the cards to
    std::string returns_elsewhere{};  // where else, when there is no space here; for people
};

}  // namespace lucheng::core
