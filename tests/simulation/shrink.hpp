// A run that broke a promise, cut down to what is needed to break it again.
#pragma once

#include <functional>
#include <string>

#include "tests/simulation/world.hpp"

namespace lucheng::simulation {

// Leaves out part after part for as long as the same promise is broken. `told` hears of progress.
[[nodiscard]] Plan shrink(Plan plan, const std::string& promise,
                          const std::function<void(std::size_t items)>& told);

}  // namespace lucheng::simulation
