// Where a broker is: mqtt://host:port, or mqtts:// for TLS.
#pragma once

#include <cstdint>
#include <string>

namespace lucheng::tls {

[[nodiscard]] bool is_secure(const std::string& uri);
// As the MQTT library wants it; another scheme stays as it is.
[[nodiscard]] std::string paho_uri(const std::string& uri);
// Of the broker: as in the uri, or MQTT's.
[[nodiscard]] std::uint16_t port_of(const std::string& uri);
[[nodiscard]] std::string host_of(const std::string& uri);  // without brackets

}  // namespace lucheng::tls
