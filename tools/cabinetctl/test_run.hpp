// self-test and commission: begun, followed door by door, and reported.
#pragma once

#include "tools/cabinetctl/orders.hpp"

namespace lucheng::cabinetctl {

void add_tests(CLI::App& app, const Common& common, Run& run);

}  // namespace lucheng::cabinetctl
