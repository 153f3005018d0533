#include "daemon/intake.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "protocol/codec.hpp"
#include "protocol/sodium_ready.hpp"

namespace lucheng::daemon {

namespace {

using protocol::Reason;
using protocol::Refusal;

void wipe(std::string& secret) {
    sodium_memzero(secret.data(), secret.size());
    secret.clear();
}

void wipe(protocol::Secrets& secrets) {
    wipe(secrets.code);
    for (auto& card : secrets.cards) wipe(card);
    secrets.cards.clear();
}

// Where a verb brings secrets; null for the others.
protocol::Secrets* secrets_in(protocol::Verb& verb) {
    return std::visit(
        [](auto& known) -> protocol::Secrets* {
            using Known = std::decay_t<decltype(known)>;
            if constexpr (std::is_same_v<Known, protocol::Adopt>) {
                return &known.delivery.secrets;
            } else if constexpr (requires { known.secrets; }) {
                return &known.secrets;
            } else {
                return nullptr;
            }
        },
        verb);
}

// The body holds codes in clear: it is overwritten when it has been read.
struct WipedEnvelope {
    protocol::Envelope envelope;
    explicit WipedEnvelope(protocol::Envelope from) : envelope{std::move(from)} {}
    ~WipedEnvelope() { wipe(envelope.body); }
    WipedEnvelope(const WipedEnvelope&) = delete;
    WipedEnvelope& operator=(const WipedEnvelope&) = delete;
};

}  // namespace

Intake::Intake(protocol::CabinetId cabinet, protocol::BootId boot,
               std::vector<protocol::TrustedKey> keys, protocol::CodeKey code_key)
    : cabinet_{std::move(cabinet)},
      boot_{std::move(boot)},
      keys_{std::move(keys)},
      code_key_{std::move(code_key)} {
    protocol::sodium_ready();
}

std::variant<core::CommandReceived, Refused> Intake::read(std::string_view bytes,
                                                          bool retained) const {
    if (bytes.size() > protocol::message_bytes_max) return Refused{.refusal = {Reason::oversize}};
    auto decoded = protocol::decode_envelope(bytes);
    if (!decoded) {
        // Whoever wrote it, a retained message would come again at every connection.
        return Refused{.refusal = retained ? Refusal{Reason::retained} : decoded.refusal()};
    }
    const WipedEnvelope wiped{std::move(decoded).value()};
    const auto& envelope = wiped.envelope;
    const auto key = protocol::verify(envelope, keys_);
    const auto refuse = [&](Refusal refusal) {
        return Refused{.refusal = std::move(refusal),
                       .id = protocol::command_id_in(envelope.body),
                       .signed_by_known_key = static_cast<bool>(key)};
    };
    if (retained) return refuse({Reason::retained});
    if (!key) return refuse(key.refusal());
    auto body = protocol::decode_command(envelope.body);
    if (!body) return refuse(body.refusal());

    core::CommandReceived received{.command = std::move(body).value(),
                                   .key = key.value().id,
                                   .role = key.value().role,
                                   .body = protocol::digest_of(envelope.body),
                                   .boot = boot_};
    if (auto* const secrets = secrets_in(received.command.verb)) {
        if (!secrets->code.empty()) received.secrets.code = code(secrets->code);
        for (const auto& number : secrets->cards) received.secrets.cards.push_back(card(number));
        wipe(*secrets);
    }
    return received;
}

core::SecretHash Intake::code(std::string_view digits) const {
    return code_key_.hash("code", digits);
}

// A UID is written in hexadecimal: some readers say it in small letters, some in capitals.
core::SecretHash Intake::card(std::string_view number) const {
    std::string capitals{number};
    std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const auto hash = code_key_.hash("card", capitals);
    wipe(capitals);
    return hash;
}

}  // namespace lucheng::daemon
