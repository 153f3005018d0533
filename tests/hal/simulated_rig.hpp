// The simulated cabinet with its real keeper, in a folder of its own.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "hal/simulated_cabinet.hpp"
#include "tests/hal/contract.hpp"

namespace lucheng::hal {

inline std::filesystem::path keeper_program() {
    return std::filesystem::path{LUCHENG_BUILD_DIR} / "bin" / "cabinet-lock-keeper";
}

inline core::CabinetSpec spec_of(std::uint16_t compartments) {
    core::CabinetSpec spec;
    spec.id = protocol::CabinetId::of("test-cabinet");
    for (std::uint16_t number = 1; number <= compartments; ++number) {
        spec.compartments.push_back({core::CompartmentNumber{number}, {}, 0, true});
    }
    return spec;
}

class Folder {
public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "lucheng-hal-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

class SimulatedRig final : public contract::Rig {
public:
    explicit SimulatedRig(core::CabinetSpec spec = spec_of(12))
        : spec_{std::move(spec)}, world_{folder_ / "world", spec_.compartments} {}

    boost::asio::io_context& loop() override { return loop_; }
    Hardware& cabinet() override { return simulated(); }
    SimulatedCabinet& simulated() {
        if (!cabinet_) {
            cabinet_ = std::make_unique<SimulatedCabinet>(loop_, world_, spec_, keeper_program(),
                                                          contract::uptime);
        }
        return *cabinet_;
    }
    void end_cabinet() { cabinet_.reset(); }
    SimulatedWorld& world() { return world_; }
    std::filesystem::path file() const { return folder_ / "world"; }

    core::Limits limits() const override { return spec_.limits; }
    std::vector<contract::CoilTime> coils() const override {
        std::vector<contract::CoilTime> coils;
        for (const SimulatedWorld::Pulse& pulse : world_.pulses()) {
            coils.push_back({pulse.compartment, pulse.start_us, pulse.end_us});
        }
        return coils;
    }
    std::optional<int> keeper_pid() const override {
        return cabinet_ ? cabinet_->keeper_pid() : std::nullopt;
    }
    void move_door(contract::CompartmentNumber number, bool open) override {
        if (open) {
            world_.force(number);
        } else {
            world_.shut(number);
        }
    }
    void put_book(contract::CompartmentNumber number) override { world_.put(number, 1); }
    void stick_switch(contract::CompartmentNumber number, bool on) override {
        world_.fault(number, "stick_switch", on);
    }
    void rattle(contract::CompartmentNumber number, bool on) override {
        world_.fault(number, "bounce", on);
    }
    void vanish_chip_of(contract::CompartmentNumber number, bool on) override {
        world_.fault(number, "vanish", on);
    }

private:
    Folder folder_;
    core::CabinetSpec spec_;
    boost::asio::io_context loop_;
    SimulatedWorld world_;
    std::unique_ptr<SimulatedCabinet> cabinet_;
};

}  // namespace lucheng::hal
