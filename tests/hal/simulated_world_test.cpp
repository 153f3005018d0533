#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>

#include "hal/keeper/world_layout.hpp"
#include "tests/hal/simulated_rig.hpp"

namespace lucheng::hal {
namespace {

using core::CompartmentNumber;

constexpr CompartmentNumber first{1};
constexpr CompartmentNumber unknown{77};

TEST_CASE("a new world has shut doors and nothing inside") {
    Folder folder;
    const SimulatedWorld world{folder / "world", spec_of(3).compartments};
    CHECK(world.numbers().size() == 3);
    CHECK_FALSE(world.look(first).door_open);
    CHECK(world.look(first).books == 0);
    CHECK(world.pulses().empty());
    CHECK_FALSE(world.overlapped());
}

TEST_CASE("hands reach only through an open door") {
    Folder folder;
    SimulatedWorld world{folder / "world", spec_of(3).compartments};
    CHECK_FALSE(world.put(first, 2));
    CHECK_FALSE(world.take(first));
    CHECK_FALSE(world.shut(first));
    CHECK(world.force(first));
    CHECK_FALSE(world.force(first));
    CHECK(world.put(first, 2));
    CHECK(world.put(first, 1));
    CHECK(world.look(first).books == 3);
    CHECK(world.shut(first));
    CHECK_FALSE(world.take(first));
    CHECK(world.force(first));
    CHECK(world.take(first));
    CHECK(world.look(first).books == 0);
    CHECK_FALSE(world.force(unknown));
    CHECK_FALSE(world.fault(unknown, "jam", true));
    CHECK_FALSE(world.fault(first, "explode", true));
}

TEST_CASE("a world outlives its process, and two that map it see the same") {
    Folder folder;
    const auto compartments = spec_of(3).compartments;
    {
        SimulatedWorld world{folder / "world", compartments};
        world.force(first);
        world.put(first, 2);
        world.fault(first, "jam", true);
    }
    SimulatedWorld one{folder / "world", compartments};
    const SimulatedWorld other{folder / "world", compartments};
    CHECK(one.look(first).books == 2);
    CHECK(other.look(first).jammed);
    one.shut(first);
    CHECK_FALSE(other.look(first).door_open);
}

TEST_CASE("a world of other compartments is refused with a sentence") {
    Folder folder;
    { const SimulatedWorld world{folder / "world", spec_of(3).compartments}; }
    CHECK_THROWS_WITH((SimulatedWorld{folder / "world", spec_of(4).compartments}),
                      Catch::Matchers::ContainsSubstring("has other compartments"));
    auto renumbered = spec_of(3).compartments;
    renumbered[1].number = CompartmentNumber{20};
    CHECK_THROWS_WITH((SimulatedWorld{folder / "world", renumbered}),
                      Catch::Matchers::ContainsSubstring("has other compartments"));
}

TEST_CASE("a file that is no world is refused and left as it is") {
    Folder folder;
    { std::ofstream{folder / "world"} << "a letter"; }
    CHECK_THROWS_WITH((SimulatedWorld{folder / "world", spec_of(3).compartments}),
                      Catch::Matchers::ContainsSubstring("is not a simulated world"));
    CHECK(std::filesystem::file_size(folder / "world") == 8);
}

TEST_CASE("a world that cannot be written is a system error") {
    Folder folder;
    CHECK_THROWS_AS((SimulatedWorld{folder / "no-such-folder" / "world", spec_of(3).compartments}),
                    std::system_error);
}

TEST_CASE("two pairs of lock and switch that are swapped twice are as they were") {
    Folder folder;
    SimulatedWorld world{folder / "world", spec_of(3).compartments};
    const CompartmentNumber third{3};
    CHECK(world.swap(first, third));
    CHECK_FALSE(world.swap(first, first));
    CHECK_FALSE(world.swap(first, CompartmentNumber{9}));
    // A stuck switch keeps what it says of the door it is wired to.
    CHECK(world.force(third));
    CHECK(world.fault(first, "stick_switch", true));
    keeper::World seen{};
    std::ifstream{folder / "world", std::ios::binary}.read(reinterpret_cast<char*>(&seen),
                                                           sizeof seen);
    CHECK(seen.compartment[0].door_offset == 2);
    CHECK(seen.compartment[0].switch_reading == 1);
    CHECK(seen.compartment[2].door_offset == -2);
    CHECK(world.swap(third, first));
    std::ifstream{folder / "world", std::ios::binary}.read(reinterpret_cast<char*>(&seen),
                                                           sizeof seen);
    CHECK(seen.compartment[0].door_offset == 0);
    CHECK(seen.compartment[2].door_offset == 0);
}

TEST_CASE("a chip carries eight compartments, and they vanish together") {
    Folder folder;
    SimulatedWorld world{folder / "world", spec_of(12).compartments};
    CHECK(world.fault(CompartmentNumber{5}, "vanish", true));
    CHECK(world.look(first).vanished);
    CHECK(world.look(CompartmentNumber{8}).vanished);
    CHECK_FALSE(world.look(CompartmentNumber{9}).vanished);
    CHECK(world.fault(CompartmentNumber{2}, "vanish", false));
    CHECK_FALSE(world.look(CompartmentNumber{5}).vanished);
}

}  // namespace
}  // namespace lucheng::hal
