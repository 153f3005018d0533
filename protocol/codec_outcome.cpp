// The other end of the interface at the cabinet, for cabinetctl.
#include "protocol/codec_json.hpp"
#include "protocol/codec_kiosk.hpp"

namespace lucheng::protocol {
namespace {

void read_refusal(JsonFields& fields, std::optional<Refusal>& refusal) {
    std::optional<Reason> reason;
    fields.may("reason", reason, reason_of);
    if (!reason) return;
    refusal.emplace(Refusal{*reason, {}});
    fields.may("argument", refusal->argument);
}

bool read_screen(const boost::json::value& value, SpokenOutcome& out) {
    const auto* object = value.if_object();
    if (object == nullptr) return false;
    JsonFields fields{*object};
    fields.need("name", out.screen);
    std::optional<CompartmentNumber> compartment;
    fields.may("compartment", compartment);
    if (compartment) out.compartment = number_of(*compartment);
    fields.may("items", [&](const boost::json::value& items) {
        if (!items.is_array()) return false;
        for (const auto& item : items.get_array()) {
            if (!item.is_object()) return false;
            JsonFields row{item.get_object()};
            std::string delivery, state;
            CompartmentNumber door{};
            row.need("delivery", delivery);
            row.need("state", state);
            row.may("compartment", [&](const boost::json::value& n) { return read(n, door); });
            if (row.refusal()) return false;
            std::string line = delivery;
            line.append(" ").append(state).append(" door ").append(std::to_string(number_of(door)));
            out.items.push_back(std::move(line));
        }
        return true;
    });
    return !fields.refusal();
}

}  // namespace

Result<SpokenOutcome> decode_outcome(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return std::move(*refusal);
    SpokenOutcome out;
    JsonFields fields{document.root()};
    read_refusal(fields, out.refusal);
    // A screen that was asked for is the document itself; with an outcome it is a field of it.
    if (document.root().contains("name")) {
        const boost::json::value itself = document.root();
        if (!read_screen(itself, out)) return Refusal{Reason::malformed, "screen"};
        return out;
    }
    fields.may("screen", [&](const boost::json::value& value) { return read_screen(value, out); });
    if (fields.refusal()) return *fields.refusal();
    return out;
}

}  // namespace lucheng::protocol
