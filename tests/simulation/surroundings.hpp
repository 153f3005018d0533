// What the parts stand on that are linked in place of the daemon's own: its timer, its readings of
// the clock, its log, its MQTT client and the files around its database. One run at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tests/simulation/broker.hpp"
#include "tests/simulation/clocks.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/timeline.hpp"

namespace lucheng::simulation {

struct Surroundings {
    Timeline& time;
    Clocks& clocks;
    Disk& disk;
    Broker& broker;
    Random dice;
    std::function<void(std::string_view)> log{};  // a line of the daemon's
};

// Of the run under way; without one there is nothing to stand on, and this aborts.
[[nodiscard]] Surroundings& surroundings();

class Standing {
public:
    explicit Standing(Surroundings& on);
    ~Standing();
    Standing(const Standing&) = delete;
    Standing& operator=(const Standing&) = delete;
};

}  // namespace lucheng::simulation
