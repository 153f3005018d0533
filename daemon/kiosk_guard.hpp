// Who may ask at all: against a page in another tab and against DNS rebinding.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/kiosk_request.hpp"

namespace lucheng::daemon {

class KioskGuard {
public:
    explicit KioskGuard(std::uint16_t port);
    // None: it may. Else the answer that says what was wrong.
    [[nodiscard]] std::optional<KioskResponse> refuses(const KioskRequest& request) const;

private:
    std::array<std::string, 3> hosts_;
};

}  // namespace lucheng::daemon
