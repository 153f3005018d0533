// A cabinet on two simulated chips: doors that spring, books, and a witness that looks at the
// coils from outside all the time. Compartments 1 to 8 are on the first chip, the rest on the
// second.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "hal/wiring.hpp"
#include "tests/gpio/sim_chip.hpp"
#include "tests/hal/contract.hpp"

namespace lucheng::hal {

class Scene {
public:
    struct Ways {
        bool inverted = false;  // every line is active low
        bool by_name = false;   // both chips have the same label, and their lines have names
        std::int64_t debounce_ms = 100;  // longer than any flap, also on a busy machine
    };
    static constexpr std::uint16_t compartments = 12;

    Scene() : Scene(Ways{}) {}
    explicit Scene(Ways ways);
    ~Scene();
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    [[nodiscard]] Wiring wiring() const;
    // After one more look.
    [[nodiscard]] std::vector<contract::CoilTime> coils();
    // What every lock line falls to when nobody holds it: with `active` a coil is on then.
    void pull_locks(bool active);
    void forget_coils();
    [[nodiscard]] std::int64_t longest_coil_us();  // one that is on counts up to now
    [[nodiscard]] bool any_coil();

    void move_door(contract::CompartmentNumber number, bool open);
    void put_book(contract::CompartmentNumber number);
    void stick_switch(contract::CompartmentNumber number, bool on);
    void rattle(contract::CompartmentNumber number, bool on);
    void plug(contract::CompartmentNumber number, bool in);
    [[nodiscard]] bool lamp(contract::CompartmentNumber number) const;
    [[nodiscard]] bool buzzer() const;
    void extra(bool tamper, bool active);
    [[nodiscard]] SimChip& chip(std::size_t index) { return *chips_.at(index); }
    // From outside, at once and whatever the model thinks.
    void pull_door(std::size_t index, bool open);

private:
    enum Row : std::uint32_t { lock = 0, door = 8, sensor = 16, lamp_row = 24, extras = 32 };
    struct Cell {
        bool open = false, occupied = false, stuck = false, rattles = false;
        bool reads_open = false;  // the switch, when it is stuck
        std::optional<std::int64_t> flaps_since_us{};
        int flaps = 0;
        std::optional<std::size_t> coil{};  // in `coils_`
        std::optional<std::int64_t> springs_at_us{};
    };
    [[nodiscard]] std::size_t chip_of(std::size_t index) const { return index / 8; }
    [[nodiscard]] LineSpec spec(std::size_t index, Row row) const;
    [[nodiscard]] LineSpec extra_spec(std::uint32_t offset) const;
    void drive(std::size_t index, Row row, bool active);
    void show(std::size_t index);
    void move(std::size_t index, bool open);
    void watch();
    void watch_all();
    void watch_one(std::size_t index, std::int64_t now_us);

    Ways ways_;
    std::vector<std::unique_ptr<SimChip>> chips_{};
    std::mutex mutex_{};
    std::array<Cell, compartments> cells_{};
    std::vector<contract::CoilTime> coils_{};
    std::atomic<bool> over_{false};
    std::thread witness_;
};

}  // namespace lucheng::hal
