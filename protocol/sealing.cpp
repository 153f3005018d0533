#include "protocol/sealing.hpp"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "protocol/codec.hpp"
#include "protocol/sodium_ready.hpp"

namespace lucheng::protocol {

namespace {

static_assert(crypto_box_PUBLICKEYBYTES == 32 && crypto_box_SECRETKEYBYTES == 32);

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string SealingPublicKey::fingerprint() const {
    const auto digest = digest_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return hex(std::span{digest}.first<8>());
}

SealingKey::SealingKey(const CodeKey& code_key) {
    auto derived = code_key.hash("sealing", "");
    secret_ = derived.digest;
    sodium_memzero(derived.digest.data(), derived.digest.size());
    crypto_scalarmult_base(public_.bytes.data(), secret_.data());
}

SealingKey::~SealingKey() { sodium_memzero(secret_.data(), secret_.size()); }

Result<Secrets> SealingKey::open(std::string_view box) const {
    const Refusal elsewhere{Reason::sealed_elsewhere, public_.fingerprint()};
    if (box.size() < crypto_box_SEALBYTES) return elsewhere;
    std::string clear(box.size() - crypto_box_SEALBYTES, '\0');
    if (crypto_box_seal_open(bytes_of(clear), bytes_of(box), box.size(), public_.bytes.data(),
                             secret_.data()) != 0) {
        return elsewhere;
    }
    auto secrets = decode_secrets(clear);
    wipe(clear);
    return secrets;
}

std::string seal(const Secrets& secrets, const SealingPublicKey& to) {
    sodium_ready();
    std::string clear = encode(secrets);
    std::string box(clear.size() + crypto_box_SEALBYTES, '\0');
    // It fails for a key of low order alone, which sealing_key_in() does not give.
    if (crypto_box_seal(bytes_of(box), bytes_of(clear), clear.size(), to.bytes.data()) != 0) {
        box.clear();
    }
    wipe(clear);
    return box;
}

std::string seal_card(std::string_view number, const SealingPublicKey& to) {
    Secrets secrets;
    secrets.cards.emplace_back(number);
    const auto box = seal(secrets, to);
    return base64({reinterpret_cast<const std::uint8_t*>(box.data()), box.size()});
}

Secrets* secrets_in(Verb& verb) {
    return std::visit(
        [](auto& known) -> Secrets* {
            using Known = std::decay_t<decltype(known)>;
            if constexpr (std::is_same_v<Known, Adopt>) {
                return &known.delivery.secrets;
            } else if constexpr (requires { known.secrets; }) {
                return &known.secrets;
            } else {
                return nullptr;
            }
        },
        verb);
}

void seal_secrets(Verb& verb, const SealingPublicKey& to) {
    auto* const secrets = secrets_in(verb);
    if (secrets == nullptr) return;
    auto box = seal(*secrets, to);
    wipe(*secrets);
    secrets->sealed = std::move(box);
}

std::string sealing_line(const CabinetId& cabinet, const SealingPublicKey& key) {
    return cabinet.str() + ' ' + base64(key.bytes) + '\n';
}

std::optional<SealingPublicKey> sealing_key_in(std::string_view text, const CabinetId& cabinet) {
    sodium_ready();
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        const auto space = line.find(' ');
        if (space == std::string_view::npos || line.substr(0, space) != cabinet.str()) continue;
        return sealing_key_of(line.substr(space + 1));
    }
    return std::nullopt;
}

std::optional<SealingPublicKey> sealing_key_of(std::string_view base64) {
    sodium_ready();
    const auto decoded = from_base64(base64);
    SealingPublicKey key;
    if (!decoded || decoded->size() != key.bytes.size()) return std::nullopt;
    std::copy(bytes_of(*decoded), bytes_of(*decoded) + key.bytes.size(), key.bytes.begin());
    // A key of low order would make every box the same for everybody.
    std::array<unsigned char, 32> shared{}, any{1};
    if (crypto_scalarmult(shared.data(), any.data(), key.bytes.data()) != 0) return std::nullopt;
    return key;
}

}  // namespace lucheng::protocol
