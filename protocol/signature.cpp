#include "protocol/signature.hpp"

#include <algorithm>
#include <utility>

#include "protocol/sodium_ready.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::string_view prefix = "lucheng/v1/command\n";
constexpr std::size_t signature_bytes = crypto_sign_BYTES;
static_assert(signature_bytes == 64);
static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_SECRETKEYBYTES == 64);

std::string signed_bytes(std::string_view body) {
    std::string bytes;
    bytes.reserve(prefix.size() + body.size());
    bytes += prefix;
    bytes += body;
    return bytes;
}

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

SigningKey SigningKey::make(KeyId id) {
    sodium_ready();
    SigningKey key;
    key.id_ = std::move(id);
    randombytes_buf(key.seed_.data(), key.seed_.size());
    PublicKey unused{};
    crypto_sign_seed_keypair(unused.data(), key.secret_.data(), key.seed_.data());
    return key;
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
    sodium_ready();
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return Refusal{Reason::malformed, "key"};
    auto id = KeyId::parse(text.substr(0, space));
    if (!id) return id.refusal();
    text.remove_prefix(space + 1);
    SigningKey key;
    // Straight into its place: from_base64 would leave a copy behind.
    std::size_t length = 0;
    const int bad = sodium_base642bin(key.seed_.data(), key.seed_.size(), text.data(), text.size(),
                                      nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL);
    if (bad != 0 || length != key.seed_.size()) return Refusal{Reason::malformed, "seed"};
    key.id_ = std::move(id).value();
    PublicKey unused{};
    crypto_sign_seed_keypair(unused.data(), key.secret_.data(), key.seed_.data());
    return key;
}

SigningKey::~SigningKey() {
    sodium_memzero(seed_.data(), seed_.size());
    sodium_memzero(secret_.data(), secret_.size());
}

std::string SigningKey::file_text() const { return id_.str() + ' ' + base64(seed_) + '\n'; }

PublicKey SigningKey::public_key() const {
    PublicKey key{};
    crypto_sign_ed25519_sk_to_pk(key.data(), secret_.data());
    return key;
}

Envelope SigningKey::sign(std::string body) const {
    Envelope envelope{.key = id_, .signature = {}, .body = std::move(body)};
    const auto message = signed_bytes(envelope.body);
    std::array<unsigned char, signature_bytes> signature{};
    crypto_sign_detached(signature.data(), nullptr, bytes_of(message), message.size(),
                         secret_.data());
    envelope.signature.assign(signature.begin(), signature.end());
    return envelope;
}

bool is_public_key(const PublicKey& key) {
    sodium_ready();
    return crypto_core_ed25519_is_valid_point(key.data()) == 1;
}

Result<TrustedKey> verify(const Envelope& envelope, const std::vector<TrustedKey>& keys) {
    sodium_ready();
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const TrustedKey& trusted) {
        return trusted.id == envelope.key;
    });
    if (key == keys.end()) return Refusal{Reason::unknown_key, envelope.key.str()};
    const Refusal bad{Reason::bad_signature, envelope.key.str()};
    if (envelope.signature.size() != signature_bytes) return bad;
    const auto message = signed_bytes(envelope.body);
    const int wrong = crypto_sign_verify_detached(bytes_of(envelope.signature), bytes_of(message),
                                                  message.size(), key->key.data());
    if (wrong != 0) return bad;
    return *key;
}

}  // namespace lucheng::protocol
