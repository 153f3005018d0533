// The code key: 32 secret bytes under which pickup codes and card numbers are hashed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/digest.hpp"

namespace lucheng::daemon {

// Why there is no key, as a sentence that names the file.
struct NoKey {
    std::string why;
};

// $CREDENTIALS_DIRECTORY/code-key where systemd gives it, else the configured file.
[[nodiscard]] std::filesystem::path code_key_path(const std::filesystem::path& configured);
// The 32 bytes as 64 hexadecimal digits, as base64 or as they are. A file that others can read or
// change is refused.
[[nodiscard]] std::variant<protocol::CodeKey, NoKey> read_code_key(
    const std::filesystem::path& file);
// From the system's randomness, readable by its owner alone; durable when this returns. A file
// that is already there stays: a new key would make every live code useless. Empty: made.
[[nodiscard]] std::string make_code_key(const std::filesystem::path& file);

}  // namespace lucheng::daemon
