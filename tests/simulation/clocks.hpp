// The two clocks of the cabinet's computer. One counts from when it was switched on; the other may
// be anywhere.
#pragma once

#include "daemon/clock.hpp"
#include "tests/simulation/timeline.hpp"

namespace lucheng::simulation {

using core::Uptime;
using core::WallTime;

class Clocks {
public:
    explicit Clocks(const Timeline& time) : time_{time} {}

    [[nodiscard]] Uptime uptime() const { return Uptime{time_.now() - switched_on_}; }
    [[nodiscard]] WallTime wall() const { return true_wall() + error_; }
    [[nodiscard]] WallTime true_wall() const { return begin + time_.now(); }
    [[nodiscard]] daemon::TimeEvidence evidence() const { return {.kernel = synchronised_}; }
    [[nodiscard]] Milliseconds error() const { return error_; }

    // Without a battery its time begins where it likes, until the network corrects it.
    void switch_on(bool keeps_time) {
        switched_on_ = time_.now();
        synchronised_ = false;
        if (!keeps_time) show(WallTime{std::chrono::hours{1}});
    }
    void show(WallTime wall) { error_ = wall - true_wall(); }
    void step(Milliseconds by) { error_ += by; }
    void lose_confidence() { synchronised_ = false; }
    void believe() { synchronised_ = true; }  // whatever it shows: time from a false source
    void correct() {
        error_ = Milliseconds{0};
        synchronised_ = true;
    }

    static constexpr WallTime begin =
        std::chrono::sys_days{std::chrono::year{2026} / std::chrono::December / 1};

private:
    const Timeline& time_;
    Milliseconds switched_on_{-std::chrono::hours{1}};
    Milliseconds error_{0};
    bool synchronised_ = true;
};

}  // namespace lucheng::simulation
