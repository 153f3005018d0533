// The GPIO cabinet with its real keeper, on simulated chips of the kernel.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "hal/gpio_cabinet.hpp"
#include "tests/gpio/scene.hpp"
#include "tests/hal/contract.hpp"

namespace lucheng::hal {

inline std::filesystem::path gpio_keeper() {
    return std::filesystem::path{LUCHENG_BUILD_DIR} / "bin" / "cabinet-lock-keeper";
}

class GpioRig final : public contract::Rig {
public:
    GpioRig() : GpioRig(Scene::Ways{}) {}
    explicit GpioRig(Scene::Ways ways) : scene_{ways} {}

    // User-Mode Linux panics when a process is killed in a fork, and a keeper that is just
    // starting forks its second.
    ~GpioRig() override {
        if (cabinet_) until([&] { return cabinet_->healthy(); });
    }

    boost::asio::io_context& loop() override { return loop_; }
    Hardware& cabinet() override { return gpio(); }
    GpioCabinet& gpio() {
        if (!cabinet_) {
            cabinet_ = std::make_unique<GpioCabinet>(
                loop_, GpioCabinet::Parts{.wiring = scene_.wiring(),
                                          .limits = limits(),
                                          .keeper = gpio_keeper(),
                                          .uptime = contract::uptime});
        }
        return *cabinet_;
    }
    void end_cabinet() { cabinet_.reset(); }
    Scene& scene() { return scene_; }

    core::Limits limits() const override { return {}; }
    std::vector<contract::CoilTime> coils() const override { return scene_.coils(); }
    // The witness takes a look every few milliseconds, on a clock that ticks every ten.
    contract::Milliseconds eyes_blink() const override { return contract::Milliseconds{30}; }
    std::optional<int> keeper_pid() const override {
        return cabinet_ ? cabinet_->keeper_pid() : std::nullopt;
    }
    void move_door(contract::CompartmentNumber number, bool open) override {
        scene_.move_door(number, open);
    }
    void put_book(contract::CompartmentNumber number) override { scene_.put_book(number); }
    void stick_switch(contract::CompartmentNumber number, bool on) override {
        scene_.stick_switch(number, on);
    }
    void rattle(contract::CompartmentNumber number, bool on) override { scene_.rattle(number, on); }
    void vanish_chip_of(contract::CompartmentNumber number, bool on) override {
        scene_.plug(number, !on);
    }

private:
    boost::asio::io_context loop_;
    mutable Scene scene_;
    std::unique_ptr<GpioCabinet> cabinet_;
};

}  // namespace lucheng::hal
