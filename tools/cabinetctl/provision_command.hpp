// The subcommand `provision`.
#pragma once

#include "tools/cabinetctl/orders.hpp"

namespace lucheng::cabinetctl {

void add_provision(CLI::App& app, const Common& common, Run& run);

}  // namespace lucheng::cabinetctl
