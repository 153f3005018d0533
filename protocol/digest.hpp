// Digests and keyed hashes (libsodium's BLAKE2b), base64 and hexadecimal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lucheng::protocol {

using Digest = std::array<std::uint8_t, 32>;  // BLAKE2b-256

// A code, card number or QR token as the cabinet keeps it: hashed under the code key, so that
// who steals the disk without the key learns nothing by trying all eight-digit codes.
struct SecretHash {
    Digest digest{};
    auto operator<=>(const SecretHash&) const = default;
};

// Held in memory only. Wiped when destroyed.
class CodeKey {
public:
    explicit CodeKey(const Digest& key) : key_{key} {}
    CodeKey(const CodeKey&) = default;
    CodeKey& operator=(const CodeKey&) = default;
    ~CodeKey();
    // `kind` keeps a code and a card number of the same digits apart.
    [[nodiscard]] SecretHash hash(std::string_view kind, std::string_view secret) const;

private:
    Digest key_;
};

[[nodiscard]] Digest digest_of(std::string_view bytes);
// The chain: BLAKE2b-256 over the exact bytes of an entry, which name the one before.
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view text);
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace lucheng::protocol
