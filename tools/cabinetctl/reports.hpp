// The subcommands that only listen: status, watch, journal.
#pragma once

#include "tools/cabinetctl/orders.hpp"

namespace lucheng::cabinetctl {

void add_reports(CLI::App& app, const Common& common, Run& run);

}  // namespace lucheng::cabinetctl
