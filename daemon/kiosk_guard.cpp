#include "daemon/kiosk_guard.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lucheng::daemon {

namespace {

constexpr std::string_view scheme = "http://";

bool is_json(std::string_view content_type) {
    return content_type == "application/json" ||
           content_type == "application/json; charset=utf-8" ||
           content_type == "application/json;charset=utf-8";
}

bool is_own(std::string_view origin, std::string_view host) {
    return origin.starts_with(scheme) && origin.substr(scheme.size()) == host;
}

// Browsers say where a request comes from; nothing else on the machine does. A link to the page
// itself may stand anywhere.
bool is_foreign(const KioskRequest& request) {
    const bool asks_interface = request.target.starts_with("/api/");
    return asks_interface && !request.fetch_site.empty() && request.fetch_site != "same-origin" &&
           request.fetch_site != "none";
}

}  // namespace

KioskGuard::KioskGuard(std::uint16_t port)
    : hosts_{fmt::format("127.0.0.1:{}", port), fmt::format("localhost:{}", port),
             fmt::format("[::1]:{}", port)} {
    // Browsers leave out the port that the scheme implies.
    if (port == 80) hosts_ = {"127.0.0.1", "localhost", "[::1]"};
}

std::optional<KioskResponse> KioskGuard::refuses(const KioskRequest& request) const {
    using protocol::Reason;
    if (!request.local_socket) {
        if (request.hosts != 1) return kiosk_error(400, Reason::malformed, "host");
        if (std::find(hosts_.begin(), hosts_.end(), request.host) == hosts_.end()) {
            return kiosk_error(403, Reason::not_permitted, "host");
        }
        if (!request.origin.empty() && !is_own(request.origin, request.host)) {
            return kiosk_error(403, Reason::not_permitted, "origin");
        }
        if (is_foreign(request)) return kiosk_error(403, Reason::not_permitted, "origin");
    }
    // A form in a foreign page can send any body, but never of this type.
    if (request.method == "POST" && !is_json(request.content_type)) {
        return kiosk_error(415, Reason::malformed, "content-type");
    }
    return std::nullopt;
}

}  // namespace lucheng::daemon
