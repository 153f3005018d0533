// A request as the rules of the interface see it, and the answer; without the HTTP library, which
// takes long to compile.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace lucheng::daemon {

inline constexpr std::size_t kiosk_header_bytes_max = 8'192;
inline constexpr std::size_t kiosk_body_bytes_max = 4'096;

// Views into the connection's memory, good until the call returns.
struct KioskRequest {
    std::string_view method, target, host, origin, content_type, fetch_site, body;
    std::size_t hosts = 0;      // Host headers: exactly one is honest
    bool takes_gzip = false;    // by its Accept-Encoding
    bool local_socket = false;  // came over the Unix socket, whose mode says who may
};

struct KioskResponse {
    unsigned status = 200;
    std::string_view type = "application/json";
    std::shared_ptr<const std::string> body;
    std::string_view allow{};     // with 405: what would be
    std::string_view encoding{};  // of the body: gzip; empty: as it is
    bool varies = false;          // another Accept-Encoding may get other bytes
};
using KioskReply = std::function<void(KioskResponse)>;

[[nodiscard]] KioskResponse kiosk_json(unsigned status, std::string json);
[[nodiscard]] KioskResponse kiosk_error(unsigned status, protocol::Reason reason,
                                        std::string argument);

}  // namespace lucheng::daemon
