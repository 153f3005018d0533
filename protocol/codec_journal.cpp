#include <boost/json/string.hpp>
#include <cstdlib>

#include "protocol/codec_json.hpp"
#include "protocol/codec_writer.hpp"
#include "protocol/later.hpp"

namespace lucheng::protocol {

namespace json = boost::json;

namespace {

constexpr std::size_t detail_bytes_max = 256;

void write_fact(JsonWriter& out, const Fact& fact) {
    out.plain("kind", code_of(fact.kind));
    if (fact.delivery) out.id("delivery", *fact.delivery);
    if (fact.book_return) out.number("return", *fact.book_return);
    if (fact.compartment) out.number("compartment", *fact.compartment);
    if (fact.authorisation) out.number("authorisation", *fact.authorisation);
    if (fact.means) out.plain("means", code_of(*fact.means));
    if (fact.purpose) out.plain("purpose", code_of(*fact.purpose));
    if (fact.reason) out.plain("reason", code_of(*fact.reason));
    if (fact.command) out.id("command", *fact.command);
    if (fact.key) out.id("key", *fact.key);
    if (fact.count) out.number("count", *fact.count);
    if (fact.detail) out.text("detail", clipped(*fact.detail, detail_bytes_max));
}

// Codes that are not known are refused, or passed over.
enum class Unknown : std::uint8_t { refused, passed_over };

template <class E>
void may(JsonFields& fields, std::string_view name, std::optional<E>& out,
         std::optional<E> (*of)(std::string_view), Unknown codes) {
    if (codes == Unknown::refused) return fields.may(name, out, of);
    fields.may(name, [&](const json::value& value) {
        const auto* text = value.if_string();
        if (text != nullptr) out = of({text->data(), text->size()});
        return text != nullptr;
    });
}

// False: its kind is not known, and passed over.
bool read_fact(JsonFields& fields, Fact& fact, Unknown codes) {
    std::optional<FactKind> kind;
    fields.need("kind", [&](const json::value& value) {
        const auto* text = value.if_string();
        if (text != nullptr) kind = fact_kind_of({text->data(), text->size()});
        return kind || (text != nullptr && codes == Unknown::passed_over);
    });
    if (!kind) return false;
    fact.kind = *kind;
    fields.may("delivery", fact.delivery);
    fields.may("return", fact.book_return);
    fields.may("compartment", fact.compartment);
    fields.may("authorisation", fact.authorisation);
    may(fields, "means", fact.means, &means_of, codes);
    may(fields, "purpose", fact.purpose, &purpose_of, codes);
    may(fields, "reason", fact.reason, &reason_of, codes);
    fields.may("command", fact.command);
    fields.may("key", fact.key);
    fields.may("count", fact.count);
    fields.may("detail", fact.detail);
    return true;
}

bool read_personal(const json::value& value, Personal& personal) {
    const auto* object = value.if_object();
    if (object == nullptr) return false;
    JsonFields fields{*object};
    fields.may("person", personal.person);
    fields.may("sealed", personal.sealed);
    fields.need("salt", personal.salt);
    return !fields.refusal() && personal.person.empty() != personal.sealed.empty();
}

Result<AnyEntry> decode(std::string_view bytes, Unknown codes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    AnyEntry any;
    auto& header = any.entry.header;
    fields.need("cabinet", header.cabinet);
    fields.need("epoch", header.epoch);
    fields.need("number", header.number);
    fields.need("at", header.at);
    fields.need("time_trusted", header.time_trusted);
    any.kind_known = read_fact(fields, any.entry.fact, codes);
    fields.may("person_commitment", any.entry.commitment);
    fields.need("previous", header.previous);
    if (fields.refusal()) return *fields.refusal();
    return any;
}

}  // namespace

std::string encode_entry(const EntryHeader& header, const Fact& fact, const Personal* personal) {
    JsonWriter out{640};
    out.begin_object();
    out.id("cabinet", header.cabinet);
    out.id("epoch", header.epoch);
    out.number("number", header.number);
    out.time("at", header.at);
    out.flag("time_trusted", header.time_trusted);
    write_fact(out, fact);
    if (fact.person || fact.sealed) {
        // Without its salt the commitment could be guessed from the list of all patrons.
        if (personal == nullptr || personal->person != fact.person.value_or(PersonId{}) ||
            personal->sealed != fact.sealed.value_or(std::string{})) {
            std::abort();
        }
        out.hash("person_commitment", commitment_to(*personal));
    }
    out.hash("previous", header.previous);
    out.end_object();
    return out.take();
}

Result<Entry> decode_entry(std::string_view bytes) {
    auto any = decode(bytes, Unknown::refused);
    if (!any) return any.refusal();
    return std::move(any).value().entry;
}

Result<AnyEntry> decode_any_entry(std::string_view bytes) {
    return decode(bytes, Unknown::passed_over);
}

std::string encode(const Event& event) {
    JsonWriter out{event.entry.size() + event.entry.size() / 4 + 320};
    out.begin_object();
    out.text("entry", event.entry);
    out.hash("hash", event.hash);
    if (event.personal) {
        out.begin_object("personal");
        out.id("person", event.personal->person);
        if (!event.personal->sealed.empty()) out.plain("sealed", event.personal->sealed);
        out.hash("salt", event.personal->salt);
        out.end_object();
    }
    out.end_object();
    return out.take();
}

Result<Event> decode_event(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    Event event;
    fields.need("entry", event.entry);
    fields.need("hash", event.hash);
    fields.may("personal", [&](const json::value& value) {
        return read_personal(value, event.personal.emplace());
    });
    if (fields.refusal()) return *fields.refusal();
    return event;
}

Digest commitment_to(const Personal& personal) {
    std::string bytes;
    const auto& who = personal.sealed.empty() ? personal.person.str() : personal.sealed;
    bytes.reserve(personal.salt.size() + who.size());
    bytes.append(personal.salt.begin(), personal.salt.end());
    bytes += who;
    return digest_of(bytes);
}

}  // namespace lucheng::protocol
