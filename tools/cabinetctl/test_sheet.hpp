// What a self-test or a commissioning found, in both languages, as a technician reads it.
#pragma once

#include <string>

#include "protocol/self_test.hpp"

namespace lucheng::cabinetctl {

// One line a finding; empty: the compartment is well.
[[nodiscard]] std::string findings_of(const protocol::TestedCompartment& result);
// The whole sheet, for printing: who, what, when, each finding with what to do, the verdict.
[[nodiscard]] std::string sheet_of(const protocol::TestReport& report);
// Nothing was found, and nothing was left out because it ended early.
[[nodiscard]] bool is_well(const protocol::TestReport& report);

}  // namespace lucheng::cabinetctl
