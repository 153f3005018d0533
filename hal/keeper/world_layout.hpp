// The simulated world as it lies in its shared file. Keeper, daemon and witnesses map it at once,
// each may be killed at any instruction, and what was written stays written.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lucheng::hal::keeper {

inline constexpr std::uint64_t world_magic = 0x31'64'6c'72'6f'77'63'6cULL;  // "lcworld1"
inline constexpr std::uint32_t world_version = 2;
inline constexpr std::uint32_t world_compartments_max = 96;
inline constexpr std::uint64_t world_log_size = 4'096;

// Times are microseconds since the machine started (CLOCK_BOOTTIME): the daemon's Uptime.
struct WorldCompartment {
    std::atomic<std::uint32_t> number;
    std::atomic<std::uint32_t> coil;       // energised now
    std::atomic<std::int64_t> coil_on_us;  // since when, or when last
    std::atomic<std::int64_t> last_us;     // how long the newest pulse that ended was
    std::atomic<std::int64_t> longest_us;
    std::atomic<std::uint64_t> log_slot;     // where the newest pulse is logged
    std::atomic<std::uint32_t> pulses;       // ever
    std::atomic<std::uint32_t> pulses_felt;  // of these, how many the door has answered to
    std::atomic<std::uint32_t> door_open;
    std::atomic<std::uint32_t> books;
    std::atomic<std::uint32_t> lamp;
    // faults
    std::atomic<std::uint32_t> jammed;
    std::atomic<std::uint32_t> bounces;
    std::atomic<std::uint32_t> vanished;
    std::atomic<std::uint32_t> switch_stuck, switch_reading;
    std::atomic<std::uint32_t> sensor_stuck, sensor_reading;
    // wiring that is not as the configuration says
    std::atomic<std::uint32_t> switch_inverted;
    std::atomic<std::int32_t> door_offset;  // lock and switch belong to the door so many further on
};

struct WorldPulse {
    std::atomic<std::uint32_t> compartment;  // its number
    std::atomic<std::uint32_t> unused;
    std::atomic<std::int64_t> start_us;
    std::atomic<std::int64_t> end_us;  // 0: not yet
};

struct World {
    std::atomic<std::uint64_t> magic;
    std::atomic<std::uint32_t> version;
    std::atomic<std::uint32_t> compartments;
    std::atomic<std::uint32_t> overlaps;  // how often a coil came on beside another
    std::atomic<std::uint32_t> sound;     // core::Sound
    std::atomic<std::uint64_t> pulses;    // ever; the newest is logged at (pulses - 1) % size
    std::array<WorldCompartment, world_compartments_max> compartment;
    std::array<WorldPulse, world_log_size> log;
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(std::is_standard_layout_v<World> && std::is_trivially_destructible_v<World>);

// False: the chip has vanished and the coil stays off.
inline bool energise(World& world, std::uint32_t index, std::int64_t now_us) noexcept {
    WorldCompartment& cell = world.compartment[index];
    if (cell.vanished != 0) return false;
    for (std::uint32_t other = 0; other < world.compartments; ++other) {
        if (world.compartment[other].coil != 0) ++world.overlaps;
    }
    const std::uint64_t slot = world.pulses++ % world_log_size;
    WorldPulse& pulse = world.log[slot];
    pulse.end_us = 0;
    pulse.start_us = now_us;
    pulse.compartment = cell.number.load();
    cell.log_slot = slot;
    cell.coil_on_us = now_us;
    ++cell.pulses;
    cell.coil = 1;
    return true;
}

// False: the chip has vanished. Its coil is off all the same: what is unplugged drives nothing.
inline bool release(World& world, std::uint32_t index, std::int64_t now_us) noexcept {
    WorldCompartment& cell = world.compartment[index];
    if (cell.coil != 0) {
        // The coil goes last: who dies before leaves it on for the next one to end and to measure.
        const std::int64_t took_us = std::max<std::int64_t>(now_us - cell.coil_on_us, 0);
        world.log[cell.log_slot % world_log_size].end_us = now_us;
        cell.last_us = took_us;
        cell.longest_us = std::max(cell.longest_us.load(), took_us);
        cell.coil = 0;
    }
    return cell.vanished == 0;
}

}  // namespace lucheng::hal::keeper
