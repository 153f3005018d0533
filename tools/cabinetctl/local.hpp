// The subcommands that work at the cabinet itself: keys, and the JSON interface behind its screen.
#pragma once

#include "tools/cabinetctl/orders.hpp"

namespace lucheng::cabinetctl {

void add_keys(CLI::App& app, const Common& common, Run& run);
void add_kiosk(CLI::App& app, const Common& common, Run& run);

}  // namespace lucheng::cabinetctl
