// `cabinetctl conformance`: a cabinet for those who write a dispatcher.
#pragma once

#include "tools/cabinetctl/orders.hpp"

namespace lucheng::cabinetctl {

void add_conformance(CLI::App& app, const Common& common, Run& run);

}  // namespace lucheng::cabinetctl
