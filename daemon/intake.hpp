// From the bytes of a message to an input of the core, or to a refusal with its reason.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/input.hpp"
#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"

namespace lucheng::daemon {

struct Refused {
    protocol::Refusal refusal;
    protocol::CommandId id{};  // empty where the message has none
    bool signed_by_known_key = false;
};

class Intake {
public:
    Intake(protocol::CabinetId cabinet, protocol::BootId boot,
           std::vector<protocol::TrustedKey> keys, protocol::CodeKey code_key);
    // Size, retain flag, envelope, signature, body; opens the box of secrets, hashes and wipes.
    // Whether the command may be obeyed (role, age, cabinet, revision) is the core's to say.
    [[nodiscard]] std::variant<core::CommandReceived, Refused> read(std::string_view bytes,
                                                                    bool retained) const;
    // These from now on, and of those it began with the authorities alone.
    void use(const std::vector<protocol::TrustedKey>& keys);
    [[nodiscard]] core::SecretHash code(std::string_view digits) const;
    [[nodiscard]] core::SecretHash card(std::string_view number) const;
    [[nodiscard]] core::SecretHash token(std::string_view digits) const;
    // From now on card numbers are sealed to dispatch as well, for who brings books back.
    void seal_cards_to(const protocol::SealingPublicKey& dispatch) { dispatch_ = dispatch; }
    // In base64; empty where no returns are taken.
    [[nodiscard]] std::string sealed_card(std::string_view number) const;
    // What a reader has read, told apart by its formats, and hashed.
    [[nodiscard]] core::Scanned scanned(const core::ReaderSpec& reader,
                                        std::string_view line) const;

private:
    protocol::CabinetId cabinet_;
    protocol::BootId boot_;
    std::vector<protocol::TrustedKey> keys_;
    protocol::CodeKey code_key_;
    protocol::SealingKey sealing_key_;
    std::optional<protocol::SealingPublicKey> dispatch_{};
};

}  // namespace lucheng::daemon
