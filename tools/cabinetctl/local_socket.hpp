// One HTTP request to a cabinet's own interface, over its Unix socket.
#pragma once

#include <filesystem>
#include <string>

namespace lucheng::cabinetctl {

// The body of the answer. Throws Failure when nobody listens there.
[[nodiscard]] std::string request(const std::filesystem::path& socket, const std::string& method,
                                  const std::string& target, const std::string& body);

}  // namespace lucheng::cabinetctl
