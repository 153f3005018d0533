#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "hal/simulated_cabinet.hpp"
#include "hal/simulated_map.hpp"

namespace lucheng::hal {
namespace {

using keeper::World;
using keeper::WorldCompartment;
using protocol::number_of;

constexpr std::uint32_t compartments_on_a_chip = 8;

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw std::system_error{errno, std::generic_category(),
                            fmt::format("simulated world {}", file.string())};
}

World* map_file(const std::filesystem::path& file, int fd) {
    void* const map = ::mmap(nullptr, sizeof(World), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const int error = errno;
    ::close(fd);
    errno = error;
    if (map == MAP_FAILED) fail(file);
    return static_cast<World*>(map);
}

void create(const std::filesystem::path& file,
            const std::vector<core::CompartmentSpec>& compartments) {
    if (compartments.size() > keeper::world_compartments_max) {
        throw std::runtime_error{fmt::format("simulated world {}: {} compartments, at most {}",
                                             file.string(), compartments.size(),
                                             keeper::world_compartments_max)};
    }
    // Under another name until it is whole: who is killed here leaves no half a world.
    std::filesystem::path unfinished = file;
    unfinished += ".new";
    const int fd = ::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) fail(file);
    if (::ftruncate(fd, static_cast<off_t>(sizeof(World))) != 0) {
        ::close(fd);
        fail(file);
    }
    World* const world = map_file(file, fd);
    world->version = keeper::world_version;
    world->compartments = static_cast<std::uint32_t>(compartments.size());
    for (std::size_t i = 0; i < compartments.size(); ++i) {
        world->compartment[i].number = number_of(compartments[i].number);
    }
    world->magic = keeper::world_magic;
    ::munmap(world, sizeof(World));
    std::filesystem::rename(unfinished, file);
}

World* open_existing(const std::filesystem::path& file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) fail(file);
    struct stat status {};
    if (::fstat(fd, &status) != 0 || status.st_size != static_cast<off_t>(sizeof(World))) {
        ::close(fd);
        throw std::runtime_error{fmt::format("{} is not a simulated world", file.string())};
    }
    World* const world = map_file(file, fd);
    if (world->magic != keeper::world_magic || world->version != keeper::world_version) {
        ::munmap(world, sizeof(World));
        throw std::runtime_error{fmt::format("{} is not a simulated world", file.string())};
    }
    return world;
}

bool is_of(const World& world, const std::vector<core::CompartmentSpec>& compartments) {
    if (world.compartments != compartments.size()) return false;
    for (std::size_t i = 0; i < compartments.size(); ++i) {
        if (world.compartment[i].number != number_of(compartments[i].number)) return false;
    }
    return true;
}

void stick(std::atomic<std::uint32_t>& stuck, std::atomic<std::uint32_t>& reading, bool now,
           bool on) {
    // The reading first: whoever sees it stuck sees where.
    if (on) reading = now ? 1 : 0;
    stuck = on ? 1 : 0;
}

}  // namespace

SimulatedWorld::SimulatedWorld(const std::filesystem::path& file,
                               const std::vector<core::CompartmentSpec>& compartments)
    : map_{std::make_unique<Map>()} {
    if (!std::filesystem::exists(file)) create(file, compartments);
    map_->file = file;
    map_->world = open_existing(file);
    if (!is_of(*map_->world, compartments)) {
        ::munmap(map_->world, sizeof(World));
        throw std::runtime_error{
            fmt::format("the simulated world {} has other compartments than the configuration: "
                        "name another file, or remove this one",
                        file.string())};
    }
}

SimulatedWorld::~SimulatedWorld() { ::munmap(map_->world, sizeof(World)); }

std::vector<core::CompartmentNumber> SimulatedWorld::numbers() const {
    std::vector<core::CompartmentNumber> numbers;
    for (std::uint32_t i = 0; i < map_->world->compartments; ++i) {
        numbers.push_back(core::CompartmentNumber{
            static_cast<std::uint16_t>(map_->world->compartment[i].number.load())});
    }
    return numbers;
}

SimulatedWorld::Compartment SimulatedWorld::look(core::CompartmentNumber number) const {
    Compartment seen;
    const WorldCompartment* const cell = map_->find(number);
    if (cell == nullptr) return seen;
    seen.door_open = cell->door_open != 0;
    seen.books = cell->books;
    seen.lamp = cell->lamp != 0;
    seen.coil = cell->coil != 0;
    seen.pulses = cell->pulses;
    seen.longest_ms = static_cast<std::uint32_t>((cell->longest_us + 999) / 1'000);
    seen.jammed = cell->jammed != 0;
    seen.sensor_stuck = cell->sensor_stuck != 0;
    seen.switch_stuck = cell->switch_stuck != 0;
    seen.bounces = cell->bounces != 0;
    seen.switch_inverted = cell->switch_inverted != 0;
    seen.vanished = cell->vanished != 0;
    return seen;
}

bool SimulatedWorld::overlapped() const { return map_->world->overlaps != 0; }

core::Sound SimulatedWorld::sound() const {
    return static_cast<core::Sound>(map_->world->sound.load());
}

std::vector<SimulatedWorld::Pulse> SimulatedWorld::pulses() const {
    const World& world = *map_->world;
    const std::uint64_t count = world.pulses;
    std::vector<Pulse> log;
    for (std::uint64_t i = count - std::min(count, keeper::world_log_size); i < count; ++i) {
        const keeper::WorldPulse& pulse = world.log[i % keeper::world_log_size];
        const auto number = static_cast<std::uint16_t>(pulse.compartment.load());
        log.push_back({core::CompartmentNumber{number}, pulse.start_us, pulse.end_us});
    }
    return log;
}

void SimulatedWorld::release(core::Uptime now) {
    const std::chrono::microseconds now_us = now.time_since_epoch();
    for (std::uint32_t i = 0; i < map_->world->compartments; ++i) {
        keeper::release(*map_->world, i, now_us.count());
    }
}

bool SimulatedWorld::shut(core::CompartmentNumber number) {
    WorldCompartment* const cell = map_->find(number);
    if (cell == nullptr || cell->door_open.exchange(0) == 0) return false;
    if (map_->touched) map_->touched();
    return true;
}

bool SimulatedWorld::force(core::CompartmentNumber number) {
    WorldCompartment* const cell = map_->find(number);
    if (cell == nullptr || cell->door_open.exchange(1) != 0) return false;
    if (map_->touched) map_->touched();
    return true;
}

bool SimulatedWorld::put(core::CompartmentNumber number, std::uint32_t books) {
    WorldCompartment* const cell = map_->find(number);
    if (cell == nullptr || cell->door_open == 0) return false;
    cell->books += books;
    if (map_->touched) map_->touched();
    return true;
}

bool SimulatedWorld::take(core::CompartmentNumber number) {
    WorldCompartment* const cell = map_->find(number);
    if (cell == nullptr || cell->door_open == 0) return false;
    cell->books = 0;
    if (map_->touched) map_->touched();
    return true;
}

bool SimulatedWorld::fault(core::CompartmentNumber number, const std::string& kind, bool on) {
    const auto index = map_->index_of(number);
    if (!index) return false;
    WorldCompartment& cell = map_->world->compartment[*index];
    if (kind == "jam") {
        cell.jammed = on ? 1 : 0;
    } else if (kind == "bounce") {
        cell.bounces = on ? 1 : 0;
    } else if (kind == "stick_switch") {
        const bool open = map_->world->compartment[map_->door_of(*index)].door_open != 0;
        stick(cell.switch_stuck, cell.switch_reading, open != (cell.switch_inverted != 0), on);
    } else if (kind == "stick_sensor") {
        stick(cell.sensor_stuck, cell.sensor_reading, cell.books != 0, on);
    } else if (kind == "invert") {
        cell.switch_inverted = on ? 1 : 0;
    } else if (kind == "vanish") {
        const std::uint32_t first = *index / compartments_on_a_chip * compartments_on_a_chip;
        const std::uint32_t end =
            std::min(first + compartments_on_a_chip, map_->world->compartments.load());
        for (std::uint32_t i = first; i < end; ++i) {
            map_->world->compartment[i].vanished = on ? 1 : 0;
        }
    } else {
        return false;
    }
    if (map_->touched) map_->touched();
    return true;
}

bool SimulatedWorld::swap(core::CompartmentNumber one, core::CompartmentNumber other) {
    const auto first = map_->index_of(one), second = map_->index_of(other);
    if (!first || !second || *first == *second) return false;
    const auto wire = [&](std::uint32_t compartment, std::uint32_t door) {
        map_->world->compartment[compartment].door_offset =
            static_cast<std::int32_t>(door) - static_cast<std::int32_t>(compartment);
    };
    const std::uint32_t door = map_->door_of(*first);
    wire(*first, map_->door_of(*second));
    wire(*second, door);
    if (map_->touched) map_->touched();
    return true;
}

}  // namespace lucheng::hal
