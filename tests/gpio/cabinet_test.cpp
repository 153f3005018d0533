// What a cabinet of GPIO lines does beyond the contract: chips that are taken, missing, alike;
// storms of edges; lamps, buzzer, mains and tamper.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <gpiod.hpp>
#include <poll.h>
#include <sys/resource.h>

#include "hal/gpio_chips.hpp"
#include "hal/gpio_inputs.hpp"
#include "hal/gpio_list.hpp"
#include "hal/keeper/keeper_clock.hpp"
#include "tests/gpio/gpio_rig.hpp"

namespace lucheng::hal {
namespace {

using core::CompartmentNumber;
using core::PulseEnd;
using protocol::Door;
using namespace std::chrono_literals;

constexpr CompartmentNumber first{1};
constexpr CompartmentNumber tenth{10};

#define NEEDS_GPIO_SIM() \
    if (!has_gpio_sim()) SKIP("no gpio-sim here: see tests/gpio-host")

bool mentions(const std::vector<std::string>& sentences, std::string_view what) {
    return std::any_of(sentences.begin(), sentences.end(), [&](const std::string& sentence) {
        return sentence.find(what) != std::string::npos;
    });
}

// Somebody else on this machine who wants a line.
gpiod::line_request hold(const SimChip& chip, std::uint32_t line, const char* as) {
    gpiod::chip open{std::filesystem::path{"/dev"} / chip.device()};
    return open.prepare_request()
        .set_consumer(as)
        .add_line_settings(line,
                           gpiod::line_settings{}.set_direction(gpiod::line::direction::OUTPUT))
        .do_request();
}

TEST_CASE("a line that another program holds stops the start, which names both") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    const auto other = hold(rig.scene().chip(0), 3, "coffee-machine");
    try {
        rig.gpio();
        FAIL("it started");
    } catch (const GpioRefused& refused) {
        const std::string why = refused.what();
        INFO(why);
        CHECK(why.find("line 3") != std::string::npos);
        CHECK(why.find("sim-left") != std::string::npos);
        CHECK(why.find("held by coffee-machine") != std::string::npos);
    }
    // It has touched no coil by then.
    CHECK(rig.coils().empty());
}

TEST_CASE("a second cabinet on the same chips leaves, and the first one serves on") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    rig.start();
    const auto start_second = [&] {
        return GpioCabinet{rig.loop(), GpioCabinet::Parts{.wiring = rig.scene().wiring(),
                                                          .limits = {},
                                                          .keeper = gpio_keeper(),
                                                          .uptime = contract::uptime}};
    };
    try {
        start_second();
        FAIL("it started");
    } catch (const GpioRefused& refused) {
        const std::string why = refused.what();
        INFO(why);
        CHECK(why.find("held by cabinetd-locks") != std::string::npos);
        CHECK(why.find("another cabinetd runs") != std::string::npos);
    }
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return !rig.heard.pulsed.empty(); }));
    CHECK(rig.heard.pulsed[0].second == PulseEnd::done);
}

TEST_CASE("a start without one of its chips serves the other, and takes it up when it comes") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    rig.scene().plug(tenth, false);
    const auto senses = rig.start();
    CHECK(senses.front().door == Door::shut);
    CHECK_FALSE(senses.back().door.has_value());
    REQUIRE(rig.until([&] { return !rig.heard.lost.empty(); }));
    CHECK(rig.heard.lost[0].first == "sim-right");
    CHECK(rig.heard.lost[0].second.size() == 4);
    CHECK(mentions(rig.heard.trouble, "no chip labelled sim-right"));
    rig.pulse(1, 1);
    rig.pulse(10, 2);
    REQUIRE(rig.until([&] { return rig.heard.pulsed.size() == 2; }));
    CHECK(rig.heard.pulsed[0] == std::pair{std::uint64_t{2}, PulseEnd::lost});
    CHECK(rig.heard.pulsed[1] == std::pair{std::uint64_t{1}, PulseEnd::done});
    rig.scene().plug(tenth, true);
    REQUIRE(rig.until([&] { return !rig.heard.back.empty(); }));
    CHECK(rig.heard.back[0].second.size() == 4);
    rig.pulse(10, 3);
    REQUIRE(rig.until([&] { return rig.heard.pulsed.size() == 3; }));
    CHECK(rig.heard.pulsed[2] == std::pair{std::uint64_t{3}, PulseEnd::done});
}

TEST_CASE("without any chip there is no start") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    rig.scene().plug(first, false);
    rig.scene().plug(tenth, false);
    CHECK_THROWS_AS(rig.gpio(), GpioRefused);
}

TEST_CASE("a chip pulled out in a pulse loses that pulse, and the coil is not on when it is back") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    rig.start();
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return rig.scene().any_coil(); }));
    rig.vanish_chip_of(first, true);
    REQUIRE(rig.until([&] { return !rig.heard.pulsed.empty() && !rig.heard.lost.empty(); }));
    CHECK(rig.heard.pulsed[0] == std::pair{std::uint64_t{1}, PulseEnd::lost});
    CHECK(mentions(rig.heard.trouble, "sim-left (" + rig.scene().chip(0).device() + ")"));
    rig.vanish_chip_of(first, false);
    REQUIRE(rig.until([&] { return !rig.heard.back.empty(); }));
    CHECK_FALSE(rig.scene().any_coil());
    rig.pulse(1, 2);
    REQUIRE(rig.until([&] { return rig.heard.pulsed.size() == 2; }));
    CHECK(rig.heard.pulsed[1] == std::pair{std::uint64_t{2}, PulseEnd::done});
}

TEST_CASE("a chip that comes and goes ten times loses nothing but the time it was away") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    rig.start();
    for (std::size_t round = 1; round <= 10; ++round) {
        rig.vanish_chip_of(first, true);
        REQUIRE(rig.until([&] { return rig.heard.lost.size() == round; }));
        rig.vanish_chip_of(first, false);
        REQUIRE(rig.until([&] { return rig.heard.back.size() == round; }));
    }
    rig.pulse(1, 1);
    REQUIRE(rig.until([&] { return !rig.heard.pulsed.empty(); }));
    CHECK(rig.heard.pulsed[0].second == PulseEnd::done);
    CHECK(rig.cabinet().healthy());
}

TEST_CASE("a storm of edges: every door ends as it is, though the kernel's queue ran over") {
    NEEDS_GPIO_SIM();
    GpioRig rig{{.debounce_ms = 0}};
    rig.start();
    // The loop does not run meanwhile, so that the queue runs over. Flips within a tick are none.
    constexpr int edges = 10'000;
    std::size_t seed = 1;
    for (int i = 0; i < edges; ++i) {
        seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        rig.scene().pull_door((seed >> 33U) % Scene::compartments, (seed >> 60U) % 2 == 0);
        if (i % Scene::compartments == 0) ::poll(nullptr, 0, 1);
    }
    for (std::size_t i = 0; i < Scene::compartments; ++i) rig.scene().pull_door(i, i % 3 == 0);
    REQUIRE(rig.until([&] {
        for (std::size_t i = 0; i < Scene::compartments; ++i) {
            const auto number = CompartmentNumber{static_cast<std::uint16_t>(i + 1)};
            const auto& all = rig.heard.sensed;
            const auto last = std::find_if(all.rbegin(), all.rend(), [&](const auto& senses) {
                return senses.compartment == number;
            });
            const Door told = last == all.rend() ? Door::shut : last->door.value();
            if (told != (i % 3 == 0 ? Door::open : Door::shut)) return false;
        }
        return true;
    }));
    CHECK(rig.heard.lost.empty());
}

TEST_CASE("a queue that ran over is noticed by its numbers, and every level is read again") {
    NEEDS_GPIO_SIM();
    SimChip chip{"storm", 2};
    chip.pull(0, false);
    chip.pull(1, false);
    const auto machine = look_at_chips();
    const auto found = std::find_if(machine.chips.begin(), machine.chips.end(),
                                    [](const GpioChip& one) { return one.label == "storm"; });
    REQUIRE(found != machine.chips.end());
    boost::asio::io_context loop;
    LineSpec spec;
    GpioInputs::Parts parts;
    parts.consumer = "test";
    parts.uptime = contract::uptime;
    parts.listener.changed = [](std::size_t, bool) {};
    parts.listener.gone = [](std::error_code) {};
    GpioInputs inputs{loop, *found, {{0, spec}, {1, spec}}, std::move(parts)};
    chip.pull(1, true);  // the oldest edge, and the only one of its line
    ::poll(nullptr, 0, 20);
    for (int i = 0; i < 1'200; ++i) {
        chip.pull(0, i % 2 == 0);
        ::poll(nullptr, 0, 11);
    }
    loop.run_for(200ms);
    CHECK(inputs.gaps() >= 1);
    CHECK(inputs.level(1));
    CHECK_FALSE(inputs.level(0));
    CHECK(inputs.polled() == 0);
}

// Each watched line takes an interrupt of the machine, and this takes them all.
class NoInterruptsLeft {
public:
    NoInterruptsLeft() {
        gpiod::chip open{std::filesystem::path{"/dev"} / chip_.device()};
        try {
            for (std::uint32_t line = 0; line < lines; ++line) {
                taken_.push_back(
                    open.prepare_request()
                        .add_line_settings(
                            line,
                            gpiod::line_settings{}.set_direction(input).set_edge_detection(both))
                        .do_request());
            }
        } catch (const std::system_error& error) {
            all_ = error.code().value() == ENXIO;
        }
    }
    [[nodiscard]] bool all() const { return all_; }

private:
    static constexpr std::uint32_t lines = 1'000;
    static constexpr auto input = gpiod::line::direction::INPUT;
    static constexpr auto both = gpiod::line::edge::BOTH;
    const rlim_t files_ = allow_files(4'096);
    SimChip chip_{"hog", lines};
    std::vector<gpiod::line_request> taken_{};
    bool all_ = false;

    static rlim_t allow_files(rlim_t count) {
        const rlimit limit{count, count};
        ::setrlimit(RLIMIT_NOFILE, &limit);
        return count;
    }
};

TEST_CASE("lines whose chip tells no edges are read again and again, and debounced here") {
    NEEDS_GPIO_SIM();
    const NoInterruptsLeft hog;
    REQUIRE(hog.all());
    GpioRig rig;
    rig.start();
    rig.move_door(first, true);
    rig.let_pass(30ms);
    rig.move_door(first, false);
    rig.let_pass(200ms);
    CHECK(rig.heard.sensed.empty());
    rig.move_door(first, true);
    REQUIRE(rig.until([&] { return !rig.heard.sensed.empty(); }));
    CHECK(rig.heard.sensed[0].door == Door::open);
    rig.pulse(2, 1);
    REQUIRE(rig.until([&] { return rig.heard.sensed.size() == 2; }));
    rig.vanish_chip_of(first, true);
    REQUIRE(rig.until([&] { return !rig.heard.lost.empty(); }));
    rig.vanish_chip_of(first, false);
    REQUIRE(rig.until([&] { return !rig.heard.back.empty(); }));
    CHECK(rig.heard.trouble.size() <= 2);  // the chip that went, and perhaps that it is not there
}

TEST_CASE("lamps and buzzer do as they are told, also after their chip was away") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    rig.start();
    rig.cabinet().set_lamp(first, true);
    rig.cabinet().set_lamp(tenth, true);
    CHECK(rig.scene().lamp(first));
    CHECK(rig.scene().lamp(tenth));
    CHECK_FALSE(rig.scene().lamp(CompartmentNumber{2}));
    rig.cabinet().set_lamp(tenth, false);
    CHECK_FALSE(rig.scene().lamp(tenth));
    rig.cabinet().set_buzzer(core::Sound::alarm);
    CHECK(rig.scene().buzzer());
    REQUIRE(rig.until([&] { return !rig.scene().buzzer(); }));
    REQUIRE(rig.until([&] { return rig.scene().buzzer(); }));
    rig.cabinet().set_buzzer(core::Sound::none);
    CHECK_FALSE(rig.scene().buzzer());
    rig.vanish_chip_of(first, true);
    REQUIRE(rig.until([&] { return !rig.heard.lost.empty(); }));
    rig.vanish_chip_of(first, false);
    REQUIRE(rig.until([&] { return !rig.heard.back.empty(); }));
    REQUIRE(rig.until([&] { return rig.scene().lamp(first); }));
}

TEST_CASE("mains and case are told of when they change, and at the start when they are not well") {
    NEEDS_GPIO_SIM();
    GpioRig rig;
    rig.scene().extra(true, true);
    std::vector<std::string> heard;
    Hardware::Listener listener;
    listener.mains = [&](bool failed) { heard.emplace_back(failed ? "mains lost" : "mains back"); };
    listener.tamper = [&](bool open) { heard.emplace_back(open ? "case open" : "case shut"); };
    listener.trouble = [](const std::string&) {};
    CHECK(rig.cabinet().start(std::move(listener)).size() == Scene::compartments);
    CHECK(heard.empty());
    REQUIRE(rig.until([&] { return heard.size() == 1; }));
    rig.scene().extra(false, true);
    REQUIRE(rig.until([&] { return heard.size() == 2; }));
    rig.scene().extra(false, false);
    REQUIRE(rig.until([&] { return heard.size() == 3; }));
    CHECK(heard == std::vector<std::string>{"case open", "mains lost", "mains back"});
}

TEST_CASE("the locks are released without a daemon, and a held one is named") {
    NEEDS_GPIO_SIM();
    Scene scene;
    CHECK(release_gpio_locks(scene.wiring()).empty());
    const auto other = hold(scene.chip(1), 2, "coffee-machine");
    const auto troubles = release_gpio_locks(scene.wiring());
    REQUIRE(troubles.size() == 1);
    CHECK(mentions(troubles, "held by coffee-machine"));
}

TEST_CASE("the list shows who holds what, what it is for, and what is wrong") {
    NEEDS_GPIO_SIM();
    Scene scene;
    const auto fits = list_gpio(look_at_chips(), scene.wiring());
    INFO(fits.text);
    CHECK(fits.fit == GpioFit::fits);
    CHECK(fits.text.find("lock of compartment 9") != std::string::npos);
    const auto other = hold(scene.chip(1), 2, "coffee-machine");
    const auto held = list_gpio(look_at_chips(), scene.wiring());
    CHECK(held.fit == GpioFit::not_there);
    CHECK(held.text.find("! lock of compartment 11: line 2 of sim-right") != std::string::npos);
}

}  // namespace
}  // namespace lucheng::hal
