#include "hal/keeper/simulated_lines.hpp"

#include <cerrno>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hal/keeper/keeper_clock.hpp"
#include "hal/keeper/protocol.hpp"

namespace lucheng::hal::keeper {

std::unique_ptr<SimulatedLines> SimulatedLines::open(const char* file) noexcept {
    const int fd = ::open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return nullptr;
    struct stat status {};
    void* map = MAP_FAILED;
    if (::fstat(fd, &status) == 0) {
        // A page beyond the end of the file would be a SIGBUS in the middle of a pulse.
        if (status.st_size == static_cast<off_t>(sizeof(World))) {
            map = ::mmap(nullptr, sizeof(World), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        } else {
            errno = EPROTO;
        }
    }
    const int error = errno;
    ::close(fd);
    if (map == MAP_FAILED) {
        errno = error;
        return nullptr;
    }
    World& world = *static_cast<World*>(map);
    if (world.magic != world_magic || world.version != world_version ||
        world.compartments > world_compartments_max) {
        ::munmap(map, sizeof(World));
        errno = EPROTO;
        return nullptr;
    }
    return std::unique_ptr<SimulatedLines>{new (std::nothrow) SimulatedLines{world}};
}

SimulatedLines::~SimulatedLines() { ::munmap(&world_, sizeof(World)); }

std::uint16_t SimulatedLines::count() const noexcept {
    return static_cast<std::uint16_t>(world_.compartments.load());
}

bool SimulatedLines::set(std::uint16_t line, bool active) noexcept {
    const bool answers =
        active ? energise(world_, line, now_us()) : release(world_, line, now_us());
    // The daemon's physical model waits for this. Started by hand there is nobody to tell.
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t told = ::write(changes_fd, &one, sizeof one);
    return answers;
}

}  // namespace lucheng::hal::keeper
