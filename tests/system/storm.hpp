// Deliveries that go on while the daemon is killed at any instant.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/system/cabinet_rig.hpp"

namespace lucheng::system_test {

class Storm {
public:
    Storm(CabinetRig& rig, std::uint64_t seed) : rig_{rig}, random_{seed} {}
    ~Storm();
    Storm(const Storm&) = delete;
    Storm& operator=(const Storm&) = delete;

    // One run of the daemon, ended with SIGKILL at an instant that the seed chooses.
    void live_and_die();
    // A last run, in which every delivery reaches its end.
    void finish();

    struct Parcel {
        std::string delivery, code;
        std::string command_id, command;  // the assignment, sent until it is answered
        bool assigned = false;            // answered
        bool done = false;
    };
    [[nodiscard]] const std::vector<Parcel>& parcels() const { return parcels_; }
    [[nodiscard]] std::size_t set_aside() const { return set_aside_; }

private:
    void arm();  // the killer of this run
    void work();
    [[nodiscard]] std::string describe_open() const;  // for the failure's message
    void step(Parcel& parcel);
    void sign(Parcel& parcel);
    void assign(Parcel& parcel);
    void at_open_door(const Parcel& parcel, const protocol::CompartmentReport& report);
    void at_shut_door(const Parcel& parcel, const protocol::CompartmentReport& report);
    void make_way(const protocol::SpokenOutcome& outcome);
    void a_moment();
    [[nodiscard]] std::uint64_t up_to(std::uint64_t most);

    CabinetRig& rig_;
    std::mt19937_64 random_;
    std::thread killer_{};
    std::vector<Parcel> parcels_{};
    std::size_t open_parcels_most_ = 3;
    std::uint64_t commands_ = 0;
    std::size_t set_aside_ = 0;
};

}  // namespace lucheng::system_test
