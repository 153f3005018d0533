#include "tls/address.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace lucheng::tls {

namespace {

constexpr std::string_view plain = "mqtt://";
constexpr std::string_view secure = "mqtts://";
constexpr std::uint16_t plain_port = 1883;
constexpr std::uint16_t secure_port = 8883;

bool starts_with(const std::string& text, std::string_view with) {
    return text.compare(0, with.size(), with) == 0;
}

}  // namespace

bool is_secure(const std::string& uri) { return starts_with(uri, secure); }

std::string paho_uri(const std::string& uri) {
    if (starts_with(uri, secure)) return "ssl://" + uri.substr(secure.size());
    if (starts_with(uri, plain)) return "tcp://" + uri.substr(plain.size());
    return uri;
}

std::uint16_t port_of(const std::string& uri) {
    const std::uint16_t unsaid = starts_with(uri, secure) ? secure_port : plain_port;
    const auto colon = uri.rfind(':');
    // The colons of an IPv6 address stand in brackets.
    if (colon == std::string::npos || uri.find_first_of("]/", colon) != std::string::npos) {
        return unsaid;
    }
    std::uint16_t port = 0;
    const auto* end = uri.data() + uri.size();
    const auto parsed = std::from_chars(uri.data() + colon + 1, end, port);
    return parsed.ec == std::errc{} && parsed.ptr == end && port != 0 ? port : unsaid;
}

std::string host_of(const std::string& uri) {
    const auto scheme = uri.find("://");
    std::string host = scheme == std::string::npos ? uri : uri.substr(scheme + 3);
    host.erase(std::min(host.find('/'), host.size()));
    if (!host.empty() && host.front() == '[') return host.substr(1, host.find(']') - 1);
    host.erase(std::min(host.find(':'), host.size()));
    return host;
}

}  // namespace lucheng::tls
