#pragma once

#include <atomic>
#include <cstdint>

namespace lucheng::slow_disk {

inline constexpr const char* directory_variable = "SLOW_DISK_DIR";
inline constexpr const char* control_variable = "SLOW_DISK_CONTROL";

// The control file's whole content, mapped by the tests and by the preloaded library at once.
// All zeros is a disk as it is. 32-bit words, because that is what a futex waits on.
struct Control {
    using Word = std::atomic<std::uint32_t>;

    Word sync_delay_us;
    Word fail_sync_errno;   // every sync fails with it, after its delay
    Word fail_write_errno;  // every write, truncation and creation fails with it
    Word stall_syncs;       // while not zero, syncs do not return
    Word stall_writes;      // while not zero, writes do not return
    Word die_at_sync;       // the sync that makes `syncs` this number kills its process first
    Word die_at_write;
    Word pretend_free_kib;  // what statvfs reports as free, when not zero
    Word pretend_no_space;  // statvfs reports nothing free
    Word syncs;             // begun so far: fsync, fdatasync, sync_file_range
    Word writes;            // begun so far: write, pwrite, ftruncate
    Word waiting;           // calls held by a stall now
    Word changes;           // moves whenever a count above does: to wait on
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace lucheng::slow_disk
