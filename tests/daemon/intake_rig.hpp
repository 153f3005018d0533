// Commands as dispatch signs them, and an intake that knows its key.
#pragma once

#include <string>
#include <utility>

#include "daemon/intake.hpp"
#include "protocol/codec.hpp"

namespace lucheng::daemon {

inline const protocol::SigningKey& key() {
    static const auto made = protocol::SigningKey::make(protocol::KeyId::of("dispatch-2026"));
    return made;
}

inline protocol::CodeKey code_key(std::uint8_t first = 7) {
    protocol::Digest bytes{};
    bytes.front() = first;
    return protocol::CodeKey{bytes};
}

struct IntakeRig {
    Intake intake{protocol::CabinetId::of("KS-017"),
                  protocol::BootId::of("boot-5"),
                  {{key().id(), protocol::Role::dispatch, key().public_key()}},
                  code_key()};
};

inline protocol::Secrets secrets() {
    return {.code = "27182818", .cards = {"04aB19", "0099"}, .token = "1234567890123456"};
}

inline protocol::Verb assign() {
    protocol::Assign verb;
    verb.delivery = protocol::DeliveryId::of("d-1");
    verb.revision = protocol::Revision{1};
    verb.patron = protocol::PersonId::of("p-1");
    verb.secrets = secrets();
    return verb;
}

inline protocol::Verb cancel() {
    return protocol::Cancel{protocol::DeliveryId::of("d-1"), protocol::Revision{2}};
}

inline protocol::Command command(protocol::Verb verb, const std::string& cabinet = "KS-017") {
    protocol::Command made;
    made.id = protocol::CommandId::of("cmd-1");
    made.cabinet = protocol::CabinetId::of(cabinet);
    made.issued_at = protocol::WallTime{protocol::Milliseconds{1'795'334'400'000}};
    made.expires_at = protocol::WallTime{protocol::Milliseconds{1'795'338'000'000}};
    made.verb = std::move(verb);
    protocol::seal_secrets(made.verb, protocol::SealingKey{code_key()}.public_key());
    return made;
}

inline std::string signed_command(protocol::Verb verb, const std::string& cabinet = "KS-017") {
    return protocol::encode(key().sign(protocol::encode(command(std::move(verb), cabinet))));
}

}  // namespace lucheng::daemon
