// One line of text for each input, fact and action: the log and the tests print the same.
#pragma once

#include <string>

#include "core/decision.hpp"
#include "core/screen.hpp"

namespace lucheng::core {

[[nodiscard]] std::string describe(const Input& input);
[[nodiscard]] std::string describe(const protocol::Fact& fact);
[[nodiscard]] std::string describe(const Action& action);
[[nodiscard]] std::string describe(const Decision& decision);
[[nodiscard]] std::string describe(const Screen& screen);

}  // namespace lucheng::core
