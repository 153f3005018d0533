#include "tests/gpio/scene.hpp"

#include <algorithm>
#include <poll.h>

#include "hal/keeper/keeper_clock.hpp"

namespace lucheng::hal {
namespace {

constexpr std::int64_t unlocks_after_us = 50'000;
constexpr std::int64_t springs_after_us = 60'000;
// gpio-sim tells an edge at the next tick, and flips within one tick are none.
constexpr std::int64_t flap_us = 20'000;
constexpr int flaps_on_each_move = 15;
constexpr std::uint32_t lines_on_chip = 40;
constexpr std::size_t chip_size = 8;

std::size_t index_of(contract::CompartmentNumber number) {
    return static_cast<std::size_t>(protocol::number_of(number)) - 1;
}

std::string name_of(std::size_t chip, std::uint32_t offset) {
    constexpr std::array<const char*, 5> rows{"lock", "door", "sensor", "lamp", "extra"};
    const std::size_t number = offset < 32 ? chip * chip_size + offset % chip_size : offset - 32;
    return std::string{rows[offset / chip_size]} + '-' + std::to_string(number + 1) +
           (offset < 32 ? "" : "-" + std::to_string(chip));
}

}  // namespace

Scene::Scene(Ways ways) : ways_{ways} {
    for (std::size_t chip = 0; chip < 2; ++chip) {
        SimChip::Names names;
        for (std::uint32_t offset = 0; offset < lines_on_chip && ways_.by_name; ++offset) {
            names.emplace_back(offset, name_of(chip, offset));
        }
        const std::string label = ways_.by_name ? "mcp23017" : chip == 0 ? "sim-left" : "sim-right";
        chips_.push_back(std::make_unique<SimChip>(label, lines_on_chip, names));
    }
    for (std::size_t i = 0; i < compartments; ++i) {
        for (const Row row : {lock, lamp_row}) drive(i, row, false);
        show(i);
    }
    extra(false, false);
    extra(true, false);
    witness_ = std::thread{[this] { watch(); }};
}

Scene::~Scene() {
    over_ = true;
    witness_.join();
}

LineSpec Scene::spec(std::size_t index, Row row) const {
    LineSpec spec;
    const auto offset = static_cast<std::uint32_t>(row + index % chip_size);
    spec.chip = ways_.by_name ? "mcp23017" : chip_of(index) == 0 ? "sim-left" : "sim-right";
    if (ways_.by_name) {
        spec.line = name_of(chip_of(index), offset);
    } else {
        spec.line = offset;
    }
    spec.active_low = ways_.inverted;
    if (row == door || row == sensor) spec.debounce = core::Milliseconds{ways_.debounce_ms};
    return spec;
}

LineSpec Scene::extra_spec(std::uint32_t offset) const {
    LineSpec extra = spec(0, lock);
    if (ways_.by_name) {
        extra.line = name_of(0, offset);
    } else {
        extra.line = offset;
    }
    return extra;
}

Wiring Scene::wiring() const {
    Wiring wiring;
    for (std::size_t i = 0; i < compartments; ++i) {
        wiring.compartments.push_back(
            {.number = contract::CompartmentNumber{static_cast<std::uint16_t>(i + 1)},
             .lock = spec(i, lock),
             .door = spec(i, door),
             .sensor = spec(i, sensor),
             .lamp = spec(i, lamp_row)});
    }
    wiring.buzzer = extra_spec(extras);
    wiring.mains_fail = extra_spec(extras + 1);
    wiring.tamper = extra_spec(extras + 2);
    return wiring;
}

void Scene::drive(std::size_t index, Row row, bool active) {
    chips_[chip_of(index)]->pull(static_cast<std::uint32_t>(row + index % chip_size),
                                 active != ways_.inverted);
}

void Scene::show(std::size_t index) {
    const Cell& cell = cells_[index];
    const bool open = cell.stuck ? cell.reads_open : cell.open;
    drive(index, door, open != (cell.flaps % 2 == 1));
    drive(index, sensor, cell.occupied);
}

void Scene::move(std::size_t index, bool open) {
    Cell& cell = cells_[index];
    cell.open = open;
    if (cell.rattles) {
        cell.flaps_since_us = keeper::now_us();
        cell.flaps = flaps_on_each_move - 1;
    }
    show(index);
}

void Scene::watch() {
    while (!over_) {
        {
            const std::lock_guard guard{mutex_};
            watch_all();
        }
        ::poll(nullptr, 0, 2);
    }
}

void Scene::watch_all() {
    for (std::size_t i = 0; i < compartments; ++i) watch_one(i, keeper::now_us());
}

void Scene::watch_one(std::size_t index, std::int64_t now_us) {
    Cell& cell = cells_[index];
    const SimChip& chip = *chips_[chip_of(index)];
    const auto line = static_cast<std::uint32_t>(lock + index % chip_size);
    const bool on = chip.plugged_in() && chip.value(line) != ways_.inverted;
    if (on && !cell.coil) {
        cell.coil = coils_.size();
        coils_.push_back(
            {contract::CompartmentNumber{static_cast<std::uint16_t>(index + 1)}, now_us, 0});
    } else if (!on && cell.coil) {
        coils_[*cell.coil].end_us = now_us;
        if (coils_[*cell.coil].length_us() >= unlocks_after_us) {
            cell.springs_at_us = now_us + springs_after_us;
        }
        cell.coil.reset();
    }
    if (cell.springs_at_us && now_us >= *cell.springs_at_us) {
        cell.springs_at_us.reset();
        if (!cell.open) move(index, true);
    }
    if (cell.flaps > 0 && now_us >= *cell.flaps_since_us + flap_us) {
        cell.flaps_since_us = now_us;
        --cell.flaps;
        show(index);
    }
}

std::vector<contract::CoilTime> Scene::coils() {
    const std::lock_guard guard{mutex_};
    watch_all();
    return coils_;
}

void Scene::pull_locks(bool active) {
    const std::lock_guard guard{mutex_};
    for (std::size_t i = 0; i < compartments; ++i) drive(i, lock, active);
}

void Scene::forget_coils() {
    const std::lock_guard guard{mutex_};
    coils_.clear();
    for (Cell& cell : cells_) cell.coil.reset();
}

std::int64_t Scene::longest_coil_us() {
    std::int64_t longest = 0;
    for (const contract::CoilTime& coil : coils()) {
        const std::int64_t end = coil.end_us == 0 ? keeper::now_us() : coil.end_us;
        longest = std::max(longest, end - coil.start_us);
    }
    return longest;
}

bool Scene::any_coil() {
    const auto all = coils();
    return std::any_of(all.begin(), all.end(), [](const auto& coil) { return coil.end_us == 0; });
}

void Scene::move_door(contract::CompartmentNumber number, bool open) {
    const std::lock_guard guard{mutex_};
    move(index_of(number), open);
}

void Scene::put_book(contract::CompartmentNumber number) {
    const std::lock_guard guard{mutex_};
    cells_[index_of(number)].occupied = true;
    show(index_of(number));
}

void Scene::stick_switch(contract::CompartmentNumber number, bool on) {
    const std::lock_guard guard{mutex_};
    Cell& cell = cells_[index_of(number)];
    if (on) cell.reads_open = cell.open;
    cell.stuck = on;
    show(index_of(number));
}

void Scene::rattle(contract::CompartmentNumber number, bool on) {
    const std::lock_guard guard{mutex_};
    cells_[index_of(number)].rattles = on;
}

void Scene::plug(contract::CompartmentNumber number, bool in) {
    const std::lock_guard guard{mutex_};
    const std::size_t which = chip_of(index_of(number));
    if (!in) {
        chips_[which]->plug_out();
        return;
    }
    chips_[which]->plug_in();
    for (std::size_t i = 0; i < compartments; ++i) {
        if (chip_of(i) != which) continue;
        drive(i, Row::lock, false);
        show(i);
    }
}

bool Scene::lamp(contract::CompartmentNumber number) const {
    const std::size_t index = index_of(number);
    return chips_[chip_of(index)]->value(
               static_cast<std::uint32_t>(lamp_row + index % chip_size)) != ways_.inverted;
}

bool Scene::buzzer() const { return chips_[0]->value(extras) != ways_.inverted; }

void Scene::extra(bool tamper, bool active) {
    chips_[0]->pull(extras + (tamper ? 2 : 1), active != ways_.inverted);
}

void Scene::pull_door(std::size_t index, bool open) {
    const std::lock_guard guard{mutex_};
    cells_[index].open = open;
    drive(index, door, open);
}

}  // namespace lucheng::hal
