#include "protocol/digest.hpp"

#include <utility>

#include "protocol/sodium_ready.hpp"

namespace lucheng::protocol {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

CodeKey::~CodeKey() { sodium_memzero(key_.data(), key_.size()); }

SecretHash CodeKey::hash(std::string_view kind, std::string_view secret) const {
    sodium_ready();
    constexpr unsigned char separator = 0;
    SecretHash result;
    crypto_generichash_state state;
    crypto_generichash_init(&state, key_.data(), key_.size(), result.digest.size());
    crypto_generichash_update(&state, bytes_of(kind), kind.size());
    crypto_generichash_update(&state, &separator, 1);
    crypto_generichash_update(&state, bytes_of(secret), secret.size());
    crypto_generichash_final(&state, result.digest.data(), result.digest.size());
    sodium_memzero(&state, sizeof state);
    return result;
}

Digest digest_of(std::string_view bytes) {
    sodium_ready();
    Digest digest{};
    crypto_generichash(digest.data(), digest.size(), bytes_of(bytes), bytes.size(), nullptr, 0);
    return digest;
}

std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

std::optional<Digest> digest_from_hex(std::string_view text) {
    Digest digest{};
    if (text.size() != digest.size() * 2) return std::nullopt;
    std::size_t length = 0;
    const int bad = sodium_hex2bin(digest.data(), digest.size(), text.data(), text.size(), nullptr,
                                   &length, nullptr);
    if (bad != 0 || length != digest.size()) return std::nullopt;
    return digest;
}

std::string base64(std::span<const std::uint8_t> bytes) {
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back();  // sodium counts its terminating zero
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t length = 0;
    const int bad =
        sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL);
    if (bad != 0) {
        sodium_memzero(bytes.data(), bytes.size());
        return std::nullopt;
    }
    bytes.resize(length);
    return bytes;
}

}  // namespace lucheng::protocol
