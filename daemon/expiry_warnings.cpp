#include "daemon/expiry_warnings.hpp"

#include <fmt/format.h>

#include "tls/certificate.hpp"

namespace lucheng::daemon {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t warned_from_days = 30;

std::string words(const tls::Expiry& expiry, std::uint64_t days, protocol::WallTime now) {
    const auto day = tls::day_of(expiry.at);
    if (expiry.at <= now) return fmt::format("{} expired on {}: renew it", expiry.what, day);
    const auto left = days == 0   ? std::string{"within a day"}
                      : days == 1 ? std::string{"in 1 day"}
                                  : fmt::format("in {} days", days);
    return fmt::format("{} expires on {}, {}: renew it", expiry.what, day, left);
}

}  // namespace

std::vector<ExpiryWarning> ExpiryWarnings::due(const std::vector<tls::Expiry>& expiries,
                                               const core::Now& now) {
    std::vector<ExpiryWarning> found;
    if (!now.trusted) return found;
    for (const auto& expiry : expiries) {
        const auto days = *tls::days_left({expiry}, now.wall);
        if (days >= warned_from_days) continue;
        const auto [again_at, is_new] = again_at_.try_emplace(expiry.what, now.uptime);
        if (now.uptime < again_at->second) continue;
        again_at->second = now.uptime + 24h;
        found.push_back({.text = words(expiry, days, now.wall), .days_left = days});
    }
    return found;
}

}  // namespace lucheng::daemon
