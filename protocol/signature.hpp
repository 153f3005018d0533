// Ed25519 over the fixed prefix "lucheng/v1/command\n" and the body's bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/command.hpp"

namespace lucheng::protocol {

class SigningKey {
public:
    static SigningKey make(KeyId id);  // from the system's randomness
    // The text of a key file: one line, `<id> <base64 of the 32-byte seed>`.
    static Result<SigningKey> parse(std::string_view text);
    ~SigningKey();
    SigningKey(const SigningKey&) = default;
    SigningKey& operator=(const SigningKey&) = default;

    [[nodiscard]] std::string file_text() const;
    [[nodiscard]] const KeyId& id() const { return id_; }
    [[nodiscard]] PublicKey public_key() const;
    [[nodiscard]] Envelope sign(std::string body) const;

private:
    SigningKey() = default;
    KeyId id_;
    std::array<std::uint8_t, 32> seed_{};
    std::array<std::uint8_t, 64> secret_{};
};

// Are these the bytes of some Ed25519 public key?
[[nodiscard]] bool is_public_key(const PublicKey& key);
// Refused with unknown_key or bad_signature; otherwise the key that signed.
[[nodiscard]] Result<TrustedKey> verify(const Envelope& envelope,
                                        const std::vector<TrustedKey>& keys);

}  // namespace lucheng::protocol
