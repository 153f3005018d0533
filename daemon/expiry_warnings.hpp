// Certificates that end soon, said in time and not too often.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "tls/files.hpp"

namespace lucheng::daemon {

struct ExpiryWarning {
    std::string text;
    std::uint64_t days_left = 0;
};

class ExpiryWarnings {
public:
    // From 30 days before its end, of each certificate once a day; none by a clock that may be
    // years off.
    [[nodiscard]] std::vector<ExpiryWarning> due(const std::vector<tls::Expiry>& expiries,
                                                 const core::Now& now);

private:
    std::map<std::string, core::Uptime> again_at_{};  // by what expires
};

}  // namespace lucheng::daemon
