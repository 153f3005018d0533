// The computer in the cabinet: the daemon's own core, store, loop and link, put together as its
// service does, on a simulated disk, network and clock. It dies and starts again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/loop.hpp"
#include "tests/simulation/doors.hpp"
#include "tests/simulation/surroundings.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;

struct MachineParts {
    Surroundings& around;
    Doors& doors;
    core::CabinetSpec spec;
    std::vector<protocol::TrustedKey> keys;
    protocol::CodeKey code_key;
    std::filesystem::path scratch;  // of the real file system: the note of what is in hand
    Random dice;
};

class Machine {
public:
    explicit Machine(MachineParts parts);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    struct Hooks {
        std::function<void(const protocol::JournalHead&)> opened;  // as the store was found
        std::function<void()> booted;
        std::function<void(const std::vector<db::StoredEvent>&)> recorded;  // durable entries
        std::function<void()> decided;                                      // after each moment
        std::function<void(std::string)> gone;                              // and how
    };
    Hooks hooks{};
    // So begins how it is gone when the store takes its file for damaged.
    static constexpr std::string_view condemned = "damaged: ";

    void switch_on();  // and again whenever it has died, as systemd does
    void kill();       // the process alone
    void cut_power(Disk::Loss loss, bool keeps_time);
    void stop();  // in order
    void stay_off();
    [[nodiscard]] bool serves() const;  // booted, and people may come
    [[nodiscard]] bool runs() const { return process_ != nullptr; }
    [[nodiscard]] daemon::Loop& loop();
    [[nodiscard]] daemon::KioskHandlers& kiosk();
    [[nodiscard]] const protocol::BootId& boot_id() const;
    [[nodiscard]] std::uint64_t boots() const { return boots_; }
    // Everything that is ready happens now. Called after each moment of the timeline.
    void settle();
    void stall(Milliseconds time) { stalled_until_ = parts_.around.time.now() + time; }
    // The next power cut comes with this operation of the disk.
    void cut_at_operation(std::uint64_t further, Disk::Loss loss);
    // And another cut follows it, within what the next start does.
    void cut_again_at(std::uint64_t further) { cut_again_ = further; }
    void cut_at_next_pulse(Disk::Loss loss) { cut_at_pulse_ = loss; }
    void coil_on();  // the lock of some door has just been pulsed
    [[nodiscard]] const core::CabinetSpec& spec() const { return parts_.spec; }
    [[nodiscard]] bool low() const { return low_; }
    [[nodiscard]] int exits() const { return exits_; }
    // Whoever was told of durable entries was told of all.
    [[nodiscard]] bool all_told() const;
    [[nodiscard]] core::Now clock_says() const;  // only while it runs
    [[nodiscard]] bool stalled() const {
        return parts_.around.time.now() < stalled_until_ + 1'000ms;
    }

private:
    struct Process;
    void start();
    void again(Milliseconds after);
    void destroy();
    void work();
    void watch();
    void let_go_of_the_old();
    void read_back();
    void went_dark();

    MachineParts parts_;
    std::unique_ptr<Process> process_;
    std::uint64_t boots_ = 0;
    std::uint64_t life_ = 0;
    bool on_ = false;
    bool working_ = false;
    bool settling_ = false;
    bool low_ = false;
    int exits_ = 0;
    Milliseconds stalled_until_{0};
    Milliseconds hour_at_{0};
    Disk::Loss loss_ = Disk::Loss::mixed;
    std::optional<std::uint64_t> cut_again_{};
    std::optional<Disk::Loss> cut_at_pulse_{};
    std::uint64_t read_back_ = 0;
    protocol::EpochId epoch_{};
};

}  // namespace lucheng::simulation
