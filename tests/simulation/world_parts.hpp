// All parts of one run, and who tells whom. Internal to world*.cpp.
#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/simulation/judge.hpp"
#include "tests/simulation/world.hpp"

namespace lucheng::simulation {

class World {
public:
    World(const Plan& plan, const Watching& watching, const std::filesystem::path& scratch);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    [[nodiscard]] Outcome outcome();

private:
    void connect();
    void live();
    void pass(Milliseconds end);
    void tidy();
    void tell(const std::string& what);
    void note(std::string_view bytes);
    void do_now(const Item& item);
    void do_to_talk(const Item& item, Random& dice);
    void do_to_clock(const Item& item, Random& dice);
    void do_to_network(const Item& item, Random& dice);
    void do_to_disk(const Item& item, Random& dice);
    void do_to_doors(const Item& item, Random& dice);
    void do_to_machine(const Item& item, Random& dice);
    void connect_people();
    void do_at_doors(const Item& item, Random& dice);
    [[nodiscard]] bool is_well() const;
    void new_parcel(const Item& item, Random& dice);
    void lasting(int Broker::Weather::*what, Milliseconds time);
    [[nodiscard]] Parcel* some_parcel(Random& dice);
    [[nodiscard]] std::vector<std::string> live_cards();
    [[nodiscard]] CompartmentNumber some_door(Random& dice);
    void wind_down();
    void repair();

    const Plan& plan_;
    Watching watching_;
    Random dice_;
    Timeline time_{};
    Clocks clocks_;
    Disk disk_{};
    Broker broker_;
    Surroundings around_;
    Standing standing_;
    Doors doors_;
    Dispatch dispatch_;
    Machine machine_;
    People people_;
    Judge judge_;
    std::deque<std::string> transcript_{};
    std::uint64_t moments_ = 0;
    Figures figures_{};
    std::uint64_t talk_ = 0xcbf29ce484222325U;
    int network_ = 0;  // reasons for which no time comes from the network
    bool clock_held_ = false;
    bool over_ = false;  // no more faults
    bool cancels_at_door_ = false;
    std::uint64_t parcels_ = 0;
};

}  // namespace lucheng::simulation
