// Tests in the middle of everything: faults, people and power cuts, in an order drawn by a seed.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
using lucheng::protocol::SelfTest;
using lucheng::protocol::TestKind;
using lucheng::protocol::TestWord;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

constexpr int doors = 5;

class Storm {
public:
    explicit Storm(unsigned seed) : random_{seed} { cabinet_.grant_courier(); }

    void step() {
        const int door = draw(1, doors);
        switch (draw(0, 15)) {
            case 0: cabinet_.test(TestKind::self_test); break;
            case 1: cabinet_.test(TestKind::commissioning); break;
            case 2:
                cabinet_.send(SelfTest{.compartments = {CompartmentNumber(door)},
                                       .sensors = draw(0, 1) == 0});
                break;
            case 3: answer(draw(1, doors)); break;
            case 4: cabinet_.code(draw(0, 1) == 0 ? "900001" : "11112222"); break;
            case 5: cabinet_.choose("D-1"); break;
            case 6: cabinet_.answer(draw(0, 1) == 0 ? Answer::leave : Answer::done); break;
            case 7:
            case 8: cabinet_.shut(door); break;
            case 9: cabinet_.put(door); break;
            case 10: cabinet_.take(door); break;
            case 11: wait(draw(0, 90'000) * 1ms); break;
            case 12: draw(0, 9) == 0 ? cabinet_.reboot() : cabinet_.shut(door); break;
            case 13: break_something(door); break;
            case 14: cabinet_.assign({.revision = ++revision_}); break;
            default: draw(0, 5) == 0 ? stop() : wait(2s);
        }
    }

    // Whatever has begun comes to an end by itself.
    void rest() {
        for (int door = 1; door <= doors; ++door) cabinet_.shut(door);
        wait(4h);
        const auto report = cabinet_.cabinet.test_report();
        INFO((report ? cabinet_.step() : "no test") << ", screen " << cabinet_.screen());
        CHECK((!report || !report->running()));
        CHECK_FALSE(cabinet_.stored.cabinet.testing);
    }

private:
    int draw(int least, int most) { return std::uniform_int_distribution{least, most}(random_); }
    void stop() { cabinet_.feed(core::TestStopped{}); }
    // A deadline that has passed is dealt with, never named again.
    void wait(Milliseconds time) {
        cabinet_.wait(time);
        const auto next = cabinet_.cabinet.next_deadline();
        REQUIRE((!next || *next > cabinet_.now.uptime));
    }
    void answer(int door) {
        const auto report = cabinet_.cabinet.test_report();
        if (!report || !report->compartment) return;
        const int about = protocol::number_of(*report->compartment);
        cabinet_.say(about, static_cast<TestWord>(draw(0, 5)), door);
    }
    void break_something(int door) {
        switch (draw(0, 4)) {
            case 0: cabinet_.jammed = {door}; break;
            case 1: cabinet_.dead = {door}; break;
            case 2: cabinet_.inverted = {door}; break;
            case 3: cabinet_.feed(core::HardwareLost{{CompartmentNumber(door)}, "chip"}); break;
            default:
                cabinet_.jammed.clear();
                cabinet_.feed(core::HardwareBack{
                    {{CompartmentNumber(door), Door::shut, Occupancy::empty}}, "chip"});
        }
    }

    std::mt19937 random_;
    std::uint32_t revision_ = 0;
    Rig cabinet_;
};

}  // namespace

TEST_CASE("a test in the middle of everything ends, and leaves no deadline behind") {
    for (unsigned seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        Storm storm{seed};
        for (int i = 0; i < 150; ++i) storm.step();
        storm.rest();
    }
}
