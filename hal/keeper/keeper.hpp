// The lock keeper: makes one line at a time active for a bounded time, whatever happens to the
// daemon. No disk, no network, no allocation, one thread.
#pragma once

#include <csignal>
#include <cstdint>

#include "hal/keeper/output_lines.hpp"
#include "hal/keeper/protocol.hpp"

namespace lucheng::hal::keeper {

class Keeper {
public:
    // `second`: see second.hpp; -1: without.
    Keeper(OutputLines& lines, int socket, int second = -1) noexcept
        : lines_{lines}, socket_{socket}, second_{second} {}

    // Until the daemon goes, something fails or `stop` is set by a signal, which `while_waiting`
    // lets in. All lines are inactive before it and after it. The exit status, after sysexits.
    [[nodiscard]] int run(bool memory_locked, const volatile std::sig_atomic_t& stop,
                          const sigset_t& while_waiting) noexcept;

    void release_all() noexcept;

private:
    struct Pulse {
        bool on = false;
        std::uint16_t line = 0;
        std::uint64_t ticket = 0;
        std::int64_t end_us = 0;
        std::uint16_t refusals = 0;  // of the chip, to let go
    };

    [[nodiscard]] bool say(Say say, std::uint64_t ticket, Why why = Why::nothing) noexcept;
    [[nodiscard]] int wait(const sigset_t& while_waiting) noexcept;
    [[nodiscard]] int take_request() noexcept;
    [[nodiscard]] bool obey(const Request& request) noexcept;
    [[nodiscard]] bool begin(const Request& request) noexcept;
    [[nodiscard]] Why objection(const Request& request, std::int64_t now) const noexcept;
    [[nodiscard]] bool end() noexcept;
    void fall_quiet() noexcept;
    [[nodiscard]] bool note(std::int64_t over_by_us) noexcept;

    OutputLines& lines_;
    int socket_;
    int second_;
    std::uint16_t locked_ = 0;
    Pulse pulse_{};
    std::int64_t quiet_until_us_ = 0;
};

}  // namespace lucheng::hal::keeper
