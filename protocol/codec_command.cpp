#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <cstdlib>
#include <span>
#include <type_traits>
#include <variant>

#include "protocol/codec_json.hpp"
#include "protocol/codec_writer.hpp"
#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"

namespace lucheng::protocol {

namespace json = boost::json;

namespace {

constexpr std::size_t signature_bytes = 64;
constexpr std::size_t card_length_max = 64;
constexpr std::size_t cards_max = 8;
constexpr std::uint64_t books_max = 99;
constexpr std::size_t tested_compartments_max = 96;

bool is_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_code(std::string_view text) {
    return text.size() >= code_digits_min && text.size() <= code_digits_max && is_digits(text);
}

bool is_token(std::string_view text) { return text.size() == token_digits && is_digits(text); }

bool is_card(std::string_view text) {
    return !text.empty() && text.size() <= card_length_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool read_cards(const json::value& value, std::vector<std::string>& cards) {
    const auto* list = value.if_array();
    if (list == nullptr || list->size() > cards_max) return false;
    cards.reserve(list->size());
    for (const auto& element : *list) {
        if (!read(element, cards.emplace_back()) || !is_card(cards.back())) return false;
    }
    return true;
}

// What came in clear has been read by whoever holds the broker: refused, so that it gets noticed.
void read_secrets(JsonFields& fields, Secrets& secrets) {
    for (const std::string_view name : {"code", "cards", "token"}) {
        fields.may(name, [&](const json::value&) {
            fields.refuse({Reason::not_sealed, std::string{name}});
            return true;
        });
    }
    fields.need("sealed", [&](const json::value& value) {
        std::string text;
        if (!read(value, text)) return false;
        auto box = from_base64(text);
        if (!box || box->size() > sealed_bytes_max) return false;
        secrets.sealed = std::move(*box);
        return true;
    });
}

void read_number_from_one(JsonFields& fields, std::string_view name, JournalNumber& number) {
    fields.need(name, number);
    if (number == JournalNumber{0}) fields.fail(name);
}

void read_verb(JsonFields& fields, Assign& verb) {
    fields.need("delivery", verb.delivery);
    fields.need("revision", verb.revision);
    fields.need("patron", verb.patron);
    fields.may("group", verb.group);
    fields.need("size", verb.size, &size_of);
    fields.may("books", [&](const json::value& value) {
        std::uint64_t books = 0;
        if (!read(value, books) || books < 1 || books > books_max) return false;
        verb.books = static_cast<std::uint16_t>(books);
        return true;
    });
    fields.may("easy_access", verb.easy_access);
    fields.may("pickup_by", verb.pickup_by);
    read_secrets(fields, verb.secrets);
}

void read_verb(JsonFields& fields, Cancel& verb) {
    fields.need("delivery", verb.delivery);
    fields.need("revision", verb.revision);
}

void read_verb(JsonFields& fields, Extend& verb) {
    fields.need("delivery", verb.delivery);
    fields.need("revision", verb.revision);
    fields.need("pickup_by", verb.pickup_by);
}

void read_verb(JsonFields& fields, Rekey& verb) {
    fields.need("delivery", verb.delivery);
    fields.need("revision", verb.revision);
    read_secrets(fields, verb.secrets);
}

void read_verb(JsonFields& fields, Recall& verb) {
    fields.need("delivery", verb.delivery);
    fields.need("revision", verb.revision);
}

void read_verb(JsonFields& fields, Grant& verb) {
    fields.need("person", verb.person);
    fields.need("role", verb.role, &person_role_of);
    fields.may("valid_until", verb.valid_until);
    read_secrets(fields, verb.secrets);
}

void read_verb(JsonFields& fields, Revoke& verb) { fields.need("person", verb.person); }

void read_verb(JsonFields& fields, Open& verb) { fields.need("compartment", verb.compartment); }

void read_verb(JsonFields& fields, SetService& verb) {
    fields.may("compartment", verb.compartment);
    fields.need("in_service", verb.in_service);
}

void read_verb(JsonFields&, Snapshot&) {}

void read_verb(JsonFields& fields, Replay& verb) {
    fields.need("epoch", verb.epoch);
    read_number_from_one(fields, "from", verb.from);
}

void read_verb(JsonFields& fields, Acknowledge& verb) {
    fields.need("epoch", verb.epoch);
    read_number_from_one(fields, "number", verb.number);
    fields.need("hash", verb.hash);
}

void read_verb(JsonFields& fields, Adopt& verb) {
    read_verb(fields, verb.delivery);
    fields.need("compartment", verb.compartment);
}

bool read_numbers(const json::value& value, std::vector<CompartmentNumber>& numbers) {
    const auto* list = value.if_array();
    if (list == nullptr || list->size() > tested_compartments_max) return false;
    numbers.reserve(list->size());
    return std::all_of(list->begin(), list->end(), [&](const json::value& element) {
        return read(element, numbers.emplace_back());
    });
}

// The authority itself is named in the cabinet's configuration alone.
bool read_key(const json::value& value, TrustedKey& key) {
    const auto* object = value.if_object();
    if (object == nullptr) return false;
    JsonFields fields{*object};
    fields.need("id", key.id);
    fields.need("role", key.role, &role_of);
    fields.need("public_key", [&](const json::value& field) {
        std::string text;
        if (!read(field, text)) return false;
        const auto bytes = from_base64(text);
        if (!bytes || bytes->size() != key.key.size()) return false;
        std::transform(bytes->begin(), bytes->end(), key.key.begin(),
                       [](char c) { return static_cast<std::uint8_t>(c); });
        return is_public_key(key.key);
    });
    return !fields.refusal() && key.role != Role::authority;
}

bool read_keys(const json::value& value, std::vector<TrustedKey>& keys) {
    const auto* list = value.if_array();
    if (list == nullptr || list->empty() || list->size() > trusted_keys_max) return false;
    keys.reserve(list->size());
    for (const auto& element : *list) {
        TrustedKey key;
        if (!read_key(element, key)) return false;
        const bool twice = std::any_of(keys.begin(), keys.end(), [&](const TrustedKey& other) {
            return other.id == key.id || other.key == key.key;
        });
        if (twice) return false;
        keys.push_back(std::move(key));
    }
    return true;
}

void read_verb(JsonFields& fields, SetKeys& verb) {
    fields.need("serial", verb.serial);
    if (verb.serial == 0) fields.fail("serial");
    fields.need("keys", [&](const json::value& value) { return read_keys(value, verb.keys); });
}

void read_verb(JsonFields& fields, Resolve& verb) {
    fields.need("delivery", verb.delivery);
    fields.need("found", verb.found, &found_of);
}

void read_verb(JsonFields& fields, Forget& verb) { fields.need("person", verb.person); }

// One paragraph: a line break would be no more than a gap on the screen.
bool read_notice(const json::value& value, std::string& text) {
    return read(value, text) && text.size() <= notice_bytes_max &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void read_verb(JsonFields& fields, SetNotice& verb) {
    fields.may("chinese", [&](const json::value& v) { return read_notice(v, verb.chinese); });
    fields.may("english", [&](const json::value& v) { return read_notice(v, verb.english); });
    fields.may("until", verb.until);
}

void read_verb(JsonFields& fields, SelfTest& verb) {
    fields.may("compartments",
               [&](const json::value& value) { return read_numbers(value, verb.compartments); });
    fields.may("occupied_too", verb.occupied_too);
    fields.may("sensors", verb.sensors);
}

void write_secrets(JsonWriter& out, const Secrets& secrets) {
    if (secrets.clear()) std::abort();
    const auto* first = reinterpret_cast<const std::uint8_t*>(secrets.sealed.data());
    out.plain("sealed", base64({first, secrets.sealed.size()}));
}

void write_revised(JsonWriter& out, const DeliveryId& delivery, Revision revision) {
    out.id("delivery", delivery);
    out.number("revision", revision);
}

void write_verb(JsonWriter& out, const Assign& verb) {
    write_revised(out, verb.delivery, verb.revision);
    out.id("patron", verb.patron);
    out.id("group", verb.group);
    out.plain("size", code_of(verb.size));
    out.number("books", std::uint64_t{verb.books});
    out.flag("easy_access", verb.easy_access);
    if (verb.pickup_by) out.time("pickup_by", *verb.pickup_by);
    write_secrets(out, verb.secrets);
}

void write_verb(JsonWriter& out, const Cancel& verb) {
    write_revised(out, verb.delivery, verb.revision);
}

void write_verb(JsonWriter& out, const Extend& verb) {
    write_revised(out, verb.delivery, verb.revision);
    out.time("pickup_by", verb.pickup_by);
}

void write_verb(JsonWriter& out, const Rekey& verb) {
    write_revised(out, verb.delivery, verb.revision);
    write_secrets(out, verb.secrets);
}

void write_verb(JsonWriter& out, const Recall& verb) {
    write_revised(out, verb.delivery, verb.revision);
}

void write_verb(JsonWriter& out, const Grant& verb) {
    out.id("person", verb.person);
    out.plain("role", code_of(verb.role));
    if (verb.valid_until) out.time("valid_until", *verb.valid_until);
    write_secrets(out, verb.secrets);
}

void write_verb(JsonWriter& out, const Revoke& verb) { out.id("person", verb.person); }

void write_verb(JsonWriter& out, const Open& verb) { out.number("compartment", verb.compartment); }

void write_verb(JsonWriter& out, const SetService& verb) {
    if (verb.compartment) out.number("compartment", *verb.compartment);
    out.flag("in_service", verb.in_service);
}

void write_verb(JsonWriter&, const Snapshot&) {}

void write_verb(JsonWriter& out, const Replay& verb) {
    out.id("epoch", verb.epoch);
    out.number("from", verb.from);
}

void write_verb(JsonWriter& out, const Acknowledge& verb) {
    out.id("epoch", verb.epoch);
    out.number("number", verb.number);
    out.hash("hash", verb.hash);
}

void write_verb(JsonWriter& out, const Adopt& verb) {
    write_verb(out, verb.delivery);
    out.number("compartment", verb.compartment);
}

void write_verb(JsonWriter& out, const SetKeys& verb) {
    out.number("serial", verb.serial);
    out.begin_array("keys");
    for (const auto& key : verb.keys) {
        out.begin_object();
        out.id("id", key.id);
        out.plain("role", code_of(key.role));
        out.plain("public_key", base64(key.key));
        out.end_object();
    }
    out.end_array();
}

void write_verb(JsonWriter& out, const Resolve& verb) {
    out.id("delivery", verb.delivery);
    out.plain("found", code_of(verb.found));
}

void write_verb(JsonWriter& out, const Forget& verb) { out.id("person", verb.person); }

void write_verb(JsonWriter& out, const SetNotice& verb) {
    if (!verb.chinese.empty()) out.text("chinese", verb.chinese);
    if (!verb.english.empty()) out.text("english", verb.english);
    if (verb.until) out.time("until", *verb.until);
}

void write_verb(JsonWriter& out, const SelfTest& verb) {
    if (!verb.compartments.empty()) {
        out.begin_array("compartments");
        for (const auto number : verb.compartments) out.element(std::uint64_t{number_of(number)});
        out.end_array();
    }
    out.flag("occupied_too", verb.occupied_too);
    out.flag("sensors", verb.sensors);
}

}  // namespace

Result<Envelope> decode_envelope(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    Envelope envelope;
    fields.need("key", envelope.key);
    fields.need("signature", [&](const json::value& value) {
        std::string text;
        if (!read(value, text)) return false;
        auto signature = from_base64(text);
        if (!signature || signature->size() != signature_bytes) return false;
        // Not moved: g++ 12 sees a read past the short buffer that nobody does.
        envelope.signature.assign(signature->data(), signature->size());
        return true;
    });
    fields.need("body", envelope.body);
    if (fields.refusal()) return *fields.refusal();
    return envelope;
}

Result<Command> decode_command(std::string_view body) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return *refusal;
    JsonFields fields{document.root()};
    Command command;
    std::string name;
    fields.need("command", name);
    fields.need("id", command.id);
    fields.need("cabinet", command.cabinet);
    fields.need("issued_at", command.issued_at);
    fields.need("expires_at", command.expires_at);
    fields.may("boot", command.boot);
    if (fields.refusal()) return *fields.refusal();

    auto verb = verb_of(name);
    // The name of the unknown goes into answers and logs: only if it can do no harm there.
    if (!verb) return Refusal{Reason::unknown_verb, is_id(name) ? name : std::string{}};
    std::visit([&](auto& known) { read_verb(fields, known); }, *verb);
    if (fields.refusal()) return *fields.refusal();
    command.verb = std::move(*verb);
    return command;
}

CommandId command_id_in(std::string_view body) {
    JsonDocument document;
    CommandId id;
    if (document.parse(body)) return id;
    JsonFields fields{document.root()};
    fields.may("id", id);
    return id;
}

std::string encode(const Envelope& envelope) {
    JsonWriter out{envelope.body.size() + envelope.body.size() / 4 + 256};
    out.begin_object();
    out.id("key", envelope.key);
    const auto* first = reinterpret_cast<const std::uint8_t*>(envelope.signature.data());
    out.plain("signature", base64({first, envelope.signature.size()}));
    out.text("body", envelope.body);
    out.end_object();
    return out.take();
}

Result<Secrets> decode_secrets(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    Secrets secrets;
    fields.may("code", [&](const json::value& value) {
        return read(value, secrets.code) && is_code(secrets.code);
    });
    fields.may("cards", [&](const json::value& value) { return read_cards(value, secrets.cards); });
    fields.may("token", [&](const json::value& value) {
        return read(value, secrets.token) && is_token(secrets.token);
    });
    if (!secrets.clear()) fields.fail("code");
    if (fields.refusal()) return *fields.refusal();
    return secrets;
}

std::string encode(const Secrets& secrets) {
    JsonWriter out{256};
    out.begin_object();
    if (!secrets.code.empty()) out.text("code", secrets.code);
    if (!secrets.cards.empty()) {
        out.begin_array("cards");
        for (const auto& card : secrets.cards) out.element(card);
        out.end_array();
    }
    if (!secrets.token.empty()) out.text("token", secrets.token);
    out.end_object();
    return out.take();
}

std::string encode(const Command& command) {
    JsonWriter out{512};
    out.begin_object();
    out.plain("command", name_of(command.verb));
    out.id("id", command.id);
    out.id("cabinet", command.cabinet);
    out.time("issued_at", command.issued_at);
    out.time("expires_at", command.expires_at);
    out.id("boot", command.boot);
    std::visit([&](const auto& verb) { write_verb(out, verb); }, command.verb);
    out.end_object();
    return out.take();
}

}  // namespace lucheng::protocol
