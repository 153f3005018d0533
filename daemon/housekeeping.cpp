#include "daemon/housekeeping.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

#include "daemon/exit_codes.hpp"
#include "protocol/codec.hpp"
#include "tls/certificate.hpp"
#include "tls/small_file.hpp"

namespace lucheng::daemon {

using namespace std::chrono_literals;
namespace {

constexpr core::Milliseconds without_watchdog = 10s;
constexpr std::uint64_t stall_named_ms = 2'000;   // a flash card may stall for seconds
constexpr std::uint64_t stall_fatal_ms = 90'000;  // longer is no stall but a dead disk

// The first number in a small file of the kernel's.
std::optional<std::uint64_t> number_in(const char* file, int skipped_words) {
    std::array<char, 256> text{};
    const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const ssize_t size = ::read(fd, text.data(), text.size());
    ::close(fd);
    if (size <= 0) return {};
    const char* at = text.data();
    const char* const end = text.data() + size;
    for (; skipped_words > 0; --skipped_words) at = std::min(std::find(at, end, ' ') + 1, end);
    std::uint64_t value = 0;
    if (std::from_chars(at, end, value).ec != std::errc{}) return {};
    return value;
}

std::uint64_t resident_bytes() {
    const auto pages = number_in("/proc/self/statm", 1);
    return pages.value_or(0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<double> temperature_c() {
    const auto millidegrees = number_in("/sys/class/thermal/thermal_zone0/temp", 0);
    if (!millidegrees) return {};
    return static_cast<double>(*millidegrees) / 1'000.0;
}

}  // namespace

Housekeeping::Housekeeping(HousekeepingParts parts)
    : p_{std::move(parts)},
      timer_{p_.io},
      every_{std::min(p_.notify.watchdog().value_or(without_watchdog * 2) / 2, without_watchdog)},
      started_{p_.clock.uptime()} {}

void Housekeeping::start(std::function<void(int)> leave) {
    leave_ = std::move(leave);
    tick();
}

void Housekeeping::arm() {
    timer_.expires_after(every_);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

void Housekeeping::tick() {
    // Fed by the loop, which runs this, and by the keeper's answers; a commit blocks neither.
    if (p_.hardware.healthy()) p_.notify.feed_watchdog();
    watch_disk();
    p_.loop.compare_clocks();
    p_.link.look_at_files(false);
    const core::Uptime now = p_.clock.uptime();
    if (now >= minute_at_) {
        minute_at_ = now + 1min;
        p_.store.check_space(static_cast<std::uint64_t>(p_.limits.disk_low_mb) << 20,
                             [this](db::Store::Space space) {
                                 free_bytes_ = space.free_bytes;
                                 const auto low = static_cast<std::uint64_t>(p_.limits.disk_low_mb)
                                                  << 20;
                                 const bool is_low = space.free_bytes < low || !space.ballast;
                                 if (is_low != low_) p_.loop.space(is_low);
                                 low_ = is_low;
                                 publish_health();
                             });
    }
    if (now >= hour_at_) {
        hour_at_ = now + 1h;
        p_.loop.count_refused_messages();
        if (p_.clock.now().trusted) let_go_of_the_old();
    }
    if (now >= day_at_) {
        day_at_ = now + 24h;
        p_.link.look_at_broker();
    }
    warn_of_expiry();
    arm();
}

// By a clock that is trusted alone: after a cold start in 1970 everything would be too new, and
// after a step ahead too old.
void Housekeeping::let_go_of_the_old() {
    p_.store.age({.now = p_.clock.now().wall,
                  .persons = p_.limits.personal_facts,
                  .entries = p_.limits.audit},
                 [this](const db::Aged& aged) {
                     if (aged.persons > 0 || aged.pruned != pruned_) {
                         p_.log.write(Level::notice, "let go of what is old",
                                      {{"PERSONS", std::to_string(aged.persons)},
                                       {"PRUNED", std::to_string(number_of(aged.pruned))}});
                     }
                     pruned_ = aged.pruned;
                     p_.loop.pruned(aged.pruned);
                     if (aged.more) let_go_of_the_old();
                 });
}

void Housekeeping::warn_of_expiry() {
    for (const auto& warning : expiry_warnings_.due(p_.link.expiries(), p_.clock.now())) {
        p_.log.write(Level::warning, warning.text,
                     {{"CERTIFICATE_DAYS_LEFT", std::to_string(warning.days_left)}});
    }
}

void Housekeeping::watch_disk() {
    const std::uint64_t busy = p_.store.busy_for_ms();
    if (busy >= stall_fatal_ms) {
        p_.log.write(Level::error, "the disk has not answered for " + std::to_string(busy / 1'000) +
                                       " s; leaving");
        return leave_(exit_code::io_error);
    }
    const bool stalled = busy >= stall_named_ms;
    if (stalled != stalled_) {
        p_.log.write(
            stalled ? Level::warning : Level::notice,
            stalled ? "the disk stalls: nothing opens until it answers" : "the disk answers again");
    }
    stalled_ = stalled;
}

void Housekeeping::publish_health() {
    const core::Now now = p_.clock.now();
    const auto readers_missing = p_.readers_missing();
    const auto dropped_scans =
        readers_missing ? std::optional{p_.loop.dropped_scans()} : std::nullopt;
    p_.link.publish_health(protocol::encode(protocol::Health{
        .cabinet = p_.cabinet,
        .at = now.wall,
        .uptime_s = static_cast<std::uint64_t>((now.uptime - started_) / 1s),
        .memory_bytes = resident_bytes(),
        .disk_free_bytes = free_bytes_,
        .commit_latency_us = p_.loop.take_commit_latency_us(),
        .outbox_depth = p_.link.outbox_depth(),
        .refused_messages = p_.loop.refused_messages(),
        .certificate_days_left =
            now.trusted ? tls::days_left(p_.link.expiries(), now.wall) : std::nullopt,
        .temperature_c = temperature_c(),
        .readers_missing = readers_missing,
        .dropped_scans = dropped_scans}));
}

}  // namespace lucheng::daemon
