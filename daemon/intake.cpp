#include "daemon/intake.hpp"

#include <algorithm>
#include <utility>

#include "protocol/codec.hpp"
#include "protocol/sodium_ready.hpp"

namespace lucheng::daemon {

namespace {

using protocol::Reason;
using protocol::Refusal;

}  // namespace

Intake::Intake(protocol::CabinetId cabinet, protocol::BootId boot,
               std::vector<protocol::TrustedKey> keys, protocol::CodeKey code_key)
    : cabinet_{std::move(cabinet)},
      boot_{std::move(boot)},
      keys_{std::move(keys)},
      code_key_{std::move(code_key)},
      sealing_key_{code_key_} {
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
    const auto& envelope = decoded.value();
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
    auto* const box = protocol::secrets_in(received.command.verb);
    // What another cabinet's key has sealed is refused for its address, by the core.
    if (box != nullptr && received.command.cabinet == cabinet_) {
        auto opened = sealing_key_.open(box->sealed);
        if (!opened) return refuse(opened.refusal());
        const protocol::Secrets& secrets = opened.value();
        if (!secrets.code.empty()) received.secrets.code = code(secrets.code);
        if (!secrets.token.empty()) received.secrets.token = token(secrets.token);
        for (const auto& number : secrets.cards) received.secrets.cards.push_back(card(number));
    }
    return received;
}

void Intake::use(const std::vector<protocol::TrustedKey>& keys) {
    std::erase_if(keys_, [](const protocol::TrustedKey& key) {
        return key.role != protocol::Role::authority;
    });
    keys_.insert(keys_.end(), keys.begin(), keys.end());
}

core::SecretHash Intake::code(std::string_view digits) const {
    return code_key_.hash("code", digits);
}

core::SecretHash Intake::token(std::string_view digits) const {
    return code_key_.hash("token", digits);
}

// A UID is written in hexadecimal: some readers say it in small letters, some in capitals.
core::SecretHash Intake::card(std::string_view number) const {
    protocol::SecretText capitals{std::string{number}};
    core::to_capitals(capitals.text);
    return code_key_.hash("card", capitals.text);
}

std::string Intake::sealed_card(std::string_view number) const {
    if (!dispatch_) return {};
    protocol::SecretText capitals{std::string{number}};
    core::to_capitals(capitals.text);
    return protocol::seal_card(capitals.text, *dispatch_);
}

core::Scanned Intake::scanned(const core::ReaderSpec& reader, std::string_view line) const {
    core::Scanned scanned{.reader = reader.id};
    const auto scan = core::tell_apart(reader.formats, line);
    if (!scan) return scanned;
    scanned.meaning = scan->meaning;
    switch (scan->meaning) {
        case core::ScanMeaning::code: scanned.secret = code(scan->text.text); break;
        case core::ScanMeaning::token: scanned.secret = token(scan->text.text); break;
        case core::ScanMeaning::card:
        case core::ScanMeaning::reader_card:
            scanned.sealed = sealed_card(scan->text.text);
            [[fallthrough]];
        case core::ScanMeaning::courier_card: scanned.secret = card(scan->text.text); break;
        case core::ScanMeaning::parcel:
            scanned.parcel = protocol::DeliveryId::of(scan->text.text);
            break;
    }
    return scanned;
}

}  // namespace lucheng::daemon
