// Which line a wiring means, and what the list says of it: without any chip, on chips made up.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sysexits.h>

#include "hal/gpio_buzzer.hpp"
#include "hal/gpio_list.hpp"
#include "hal/keeper_process.hpp"
#include "tests/hal/simulated_rig.hpp"

namespace lucheng::hal {
namespace {

GpioChip chip_of(std::string device, std::string label, std::vector<std::string> names) {
    GpioChip chip;
    chip.device = std::move(device);
    chip.label = std::move(label);
    for (std::string& name : names) {
        GpioLine line;
        line.offset = static_cast<std::uint32_t>(chip.lines.size());
        line.name = std::move(name);
        chip.lines.push_back(std::move(line));
    }
    return chip;
}

LineSpec spec_of_line(std::string chip, std::variant<std::string, std::uint32_t> line) {
    LineSpec spec;
    spec.chip = std::move(chip);
    spec.line = std::move(line);
    return spec;
}

Unfound why_not(std::span<const GpioChip> chips, const LineSpec& spec) {
    const auto found = find_line(chips, spec);
    REQUIRE(std::holds_alternative<NotFound>(found));
    CHECK_FALSE(std::get<NotFound>(found).sentence.empty());
    return std::get<NotFound>(found).why;
}

TEST_CASE("a line is found by its name on whichever chip of the label has it") {
    const std::vector chips{chip_of("gpiochip0", "mcp23017", {"lock-1", "lock-2"}),
                            chip_of("gpiochip1", "other", {"door-2"}),
                            chip_of("gpiochip2", "mcp23017", {"door-1", "door-2"})};
    const auto found = find_line(chips, spec_of_line("mcp23017", "door-2"));
    REQUIRE(std::holds_alternative<FoundLine>(found));
    CHECK(std::get<FoundLine>(found).chip == 2);
    CHECK(std::get<FoundLine>(found).offset == 1);
    CHECK(why_not(chips, spec_of_line("mcp23017", "door-9")) == Unfound::no_line);
    CHECK(why_not(chips, spec_of_line("pca9555", "door-1")) == Unfound::no_chip);
}

TEST_CASE("an offset is taken on the only chip of its label, and on none when there are two") {
    const std::vector chips{chip_of("gpiochip0", "mcp23017", {"", ""}),
                            chip_of("gpiochip1", "1-0020", {"", "", ""}),
                            chip_of("gpiochip2", "mcp23017", {"", ""})};
    const auto found = find_line(chips, spec_of_line("1-0020", 2U));
    REQUIRE(std::holds_alternative<FoundLine>(found));
    CHECK(std::get<FoundLine>(found).chip == 1);
    CHECK(why_not(chips, spec_of_line("1-0020", 3U)) == Unfound::no_line);
    CHECK(why_not(chips, spec_of_line("mcp23017", 0U)) == Unfound::ambiguous);
}

TEST_CASE("a name that two lines have is nobody's") {
    const std::vector chips{chip_of("gpiochip0", "mcp23017", {"lock-1"}),
                            chip_of("gpiochip1", "mcp23017", {"lock-1"})};
    CHECK(why_not(chips, spec_of_line("mcp23017", "lock-1")) == Unfound::ambiguous);
}

Wiring wiring_of(const LineSpec& lock, const LineSpec& door) {
    CompartmentWiring one;
    one.number = core::CompartmentNumber{7};
    one.lock = lock;
    one.door = door;
    Wiring wiring;
    wiring.compartments.push_back(one);
    return wiring;
}

TEST_CASE("the list names each mismatch and judges the worst of them") {
    GpioChips machine;
    machine.chips.push_back(chip_of("gpiochip0", "left", {"lock", "door"}));
    const auto fit = [&](const LineSpec& lock, const LineSpec& door, std::string_view says) {
        const GpioList list = list_gpio(machine, wiring_of(lock, door));
        INFO(list.text);
        CHECK(list.text.find(says) != std::string::npos);
        return list.fit;
    };
    const LineSpec lock = spec_of_line("left", "lock");
    const LineSpec door = spec_of_line("left", 1U);
    CHECK(fit(lock, door, "lock of compartment 7") == GpioFit::fits);
    CHECK(fit(lock, spec_of_line("right", 1U), "! door of compartment 7: there is no chip") ==
          GpioFit::not_there);
    CHECK(fit(lock, spec_of_line("left", 5U), "! door of compartment 7: left line 5 is not") ==
          GpioFit::wrong);
    CHECK(fit(lock, spec_of_line("left", 0U), "is the lock of compartment 7 and the door of") ==
          GpioFit::wrong);
    machine.chips[0].lines[0].used = true;
    machine.chips[0].lines[0].consumer = "coffee-machine";
    CHECK(fit(lock, door, "held by coffee-machine") == GpioFit::not_there);
    machine.chips[0].lines[0].consumer = "cabinetd-locks";
    CHECK(fit(lock, door, "held by cabinetd-locks") == GpioFit::fits);
    machine.refused.emplace_back("/dev/gpiochip1 cannot be opened: Permission denied");
    CHECK(fit(lock, door, "! /dev/gpiochip1 cannot be opened") == GpioFit::not_there);
}

TEST_CASE("the keeper refuses lines that it does not understand, or that are none") {
    const auto status = [](const std::vector<std::string>& arguments) {
        boost::asio::io_context loop;
        KeeperProcess process{loop, {keeper_program(), arguments, -1}};
        const auto wait_read = boost::asio::posix::stream_descriptor::wait_read;
        process.death().wait(wait_read);
        return process.reap();
    };
    const std::string usage = "exit status " + std::to_string(EX_USAGE);
    for (const char* lines : {"x", "1,", "1,x", ",1", "1,1", "96", "-1", "0"}) {
        INFO(lines);
        CHECK(status({"--gpio", lines}) == usage);  // "0": descriptor 5 is no line request
    }
    CHECK(status({"--gpio", "0", "--gpio", "0"}) == usage);
    CHECK(status({"--gpio", "", "--simulated", "world"}) == usage);
}

TEST_CASE("the buzzer asks for attention with two short tones, and warns until it is told off") {
    BuzzerTune tune;
    const auto tones = [&](core::Sound sound) {
        std::string text;
        tune.play(sound);
        for (int i = 0; i < 6; ++i) {
            const BuzzerTune::Step step = tune.next();
            text += step.on ? '#' : '_';
            if (!step.lasts) break;
        }
        return text;
    };
    CHECK(tones(core::Sound::none) == "_");
    CHECK(tones(core::Sound::look_here) == "#_#_");
    CHECK(tones(core::Sound::alarm) == "#_#_#_");
}

}  // namespace
}  // namespace lucheng::hal
