#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lucheng::rig {

struct LoopbackPort {
    std::uint16_t port;
};
using HttpServer = std::variant<LoopbackPort, std::filesystem::path>;  // a path: a Unix socket
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
    int status = 0;
    HttpHeaders headers;
    std::string body;

    // Empty when there is none; the name's case does not matter.
    [[nodiscard]] std::string header(std::string_view name) const;
};

// One request on a connection of its own, asked to be closed after the answer. A body goes out as
// application/json unless the headers say otherwise. Throws when the server cannot be reached,
// answers what is not HTTP/1.1, or takes longer than `timeout`.
[[nodiscard]] HttpResponse http_request(const HttpServer& server, std::string_view method,
                                        std::string_view target, std::string_view body = {},
                                        const HttpHeaders& headers = {},
                                        std::chrono::milliseconds timeout = std::chrono::seconds{
                                            10});

// Sends these bytes as they are and returns all that comes back until the server closes: for
// requests no honest client makes.
[[nodiscard]] std::string raw_exchange(const HttpServer& server, std::string_view bytes,
                                       std::chrono::milliseconds timeout = std::chrono::seconds{
                                           10});

}  // namespace lucheng::rig
