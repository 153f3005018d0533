#include <catch2/catch_test_macros.hpp>

#include "tests/gpio/gpio_rig.hpp"

namespace lucheng::hal {
namespace {

void hold_all_clauses(Scene::Ways ways) {
    if (!has_gpio_sim()) SKIP("no gpio-sim here: see tests/gpio-host");
    for (const contract::Clause& clause : contract::clauses()) {
        DYNAMIC_SECTION(clause.sentence) {
            GpioRig rig{ways};
            clause.check(rig);
        }
    }
}

TEST_CASE("the GPIO cabinet keeps the hardware contract") { hold_all_clauses({}); }

TEST_CASE("it keeps the contract with every line inverted, on two chips of one label") {
    hold_all_clauses({.inverted = true, .by_name = true});
}

}  // namespace
}  // namespace lucheng::hal
