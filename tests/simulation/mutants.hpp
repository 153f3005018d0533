// The rules that can be broken on purpose (protocol/mutants.hpp), in words.
#pragma once

#include <span>
#include <string_view>

namespace lucheng::simulation {

struct Mutant {
    int number;
    std::string_view rule;
};
[[nodiscard]] std::span<const Mutant> mutants();
// Breaks one, or none with 0. False: this program was built without them.
[[nodiscard]] bool break_rule(int number);

}  // namespace lucheng::simulation
