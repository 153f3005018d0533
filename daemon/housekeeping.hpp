// What is due now and then: the watchdog, a stalled disk, free space, health, a stepped clock.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "daemon/expiry_warnings.hpp"
#include "daemon/loop.hpp"
#include "daemon/notify.hpp"

namespace lucheng::daemon {

struct HousekeepingParts {
    boost::asio::io_context& io;
    const Log& log;
    const Notify& notify;
    const Clock& clock;
    const hal::Hardware& hardware;
    db::Store& store;
    Loop& loop;
    Link& link;
    protocol::CabinetId cabinet;
    std::function<std::optional<std::uint64_t>()> readers_missing;
    core::Limits limits;
};

class Housekeeping {
public:
    explicit Housekeeping(HousekeepingParts parts);
    // `leave` ends the process with an exit code: the disk has not answered for too long.
    void start(std::function<void(int)> leave);

private:
    void tick();
    void arm();
    void watch_disk();
    void publish_health();
    void let_go_of_the_old();
    void warn_of_expiry();

    HousekeepingParts p_;
    std::function<void(int)> leave_;
    boost::asio::steady_timer timer_;
    core::Milliseconds every_;
    core::Uptime started_{};
    core::Uptime minute_at_{}, hour_at_{}, day_at_{};
    ExpiryWarnings expiry_warnings_{};
    std::uint64_t free_bytes_ = 0;
    bool stalled_ = false;
    bool low_ = false;
    protocol::JournalNumber pruned_{};
};

}  // namespace lucheng::daemon
