// Codes and card numbers on their way to one cabinet: a libsodium sealed box over the JSON of the
// secrets, to the cabinet's X25519 key. Broker, capture and backup see bytes that only it can open.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/command.hpp"
#include "protocol/digest.hpp"

namespace lucheng::protocol {

inline constexpr std::size_t sealed_bytes_max = 2'048;

// Of one cabinet. Dispatch has it from where the cabinet was set up, never from the broker: whoever
// holds the broker could put a key of his own there.
struct SealingPublicKey {
    std::array<std::uint8_t, 32> bytes{};
    bool operator==(const SealingPublicKey&) const = default;
    // Names it in answers and logs: 16 hexadecimal digits of its BLAKE2b-256.
    [[nodiscard]] std::string fingerprint() const;
};

// Derived from the code key, so that a cabinet has one secret to keep: who has the code key can
// try all codes against their hashes anyway. Wiped when destroyed.
class SealingKey {
public:
    explicit SealingKey(const CodeKey& code_key);
    ~SealingKey();
    SealingKey(const SealingKey&) = default;
    SealingKey& operator=(const SealingKey&) = default;

    [[nodiscard]] const SealingPublicKey& public_key() const { return public_; }
    // Refused with sealed_elsewhere, or as the secrets inside are malformed.
    [[nodiscard]] Result<Secrets> open(std::string_view box) const;

private:
    std::array<std::uint8_t, 32> secret_{};
    SealingPublicKey public_;
};

[[nodiscard]] std::string seal(const Secrets& secrets, const SealingPublicKey& to);

// A card's number as dispatch gets it with a return: a box over {"cards":[…]}, in base64.
[[nodiscard]] std::string seal_card(std::string_view number, const SealingPublicKey& to);

// None: not the base64 of 32 bytes, or of a key that would make every box the same.
[[nodiscard]] std::optional<SealingPublicKey> sealing_key_of(std::string_view base64);

// Where a verb brings secrets; null for the others.
[[nodiscard]] Secrets* secrets_in(Verb& verb);
// Puts the box in the place of what is in clear, which is wiped. Nothing to do for other verbs.
void seal_secrets(Verb& verb, const SealingPublicKey& to);

// One line of the file in which dispatch keeps them: `<cabinet> <base64 of 32 bytes>`.
[[nodiscard]] std::string sealing_line(const CabinetId& cabinet, const SealingPublicKey& key);
// None: no line of the text is that cabinet's, or the line is not right.
[[nodiscard]] std::optional<SealingPublicKey> sealing_key_in(std::string_view text,
                                                             const CabinetId& cabinet);

}  // namespace lucheng::protocol
