#include "protocol/codec_staff.hpp"

#include "protocol/codec_json.hpp"
#include "protocol/codec_writer.hpp"

namespace lucheng::protocol {

Result<CompartmentNumber> decode_opening(std::string_view body) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return std::move(*refusal);
    JsonFields fields{document.root()};
    CompartmentNumber number{};
    fields.need("compartment", number);
    if (fields.refusal()) return *fields.refusal();
    return number;
}

Result<SetService> decode_service(std::string_view body) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return std::move(*refusal);
    JsonFields fields{document.root()};
    SetService service;
    fields.may("compartment", service.compartment);
    fields.need("in_service", service.in_service);
    if (fields.refusal()) return *fields.refusal();
    return service;
}

Result<bool> decode_maintenance(std::string_view body) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return std::move(*refusal);
    JsonFields fields{document.root()};
    bool on = false;
    fields.need("on", on);
    if (fields.refusal()) return *fields.refusal();
    return on;
}

std::string encode(const std::vector<JournalLine>& lines) {
    JsonWriter out{64 + lines.size() * 128};
    out.begin_object();
    out.begin_array("entries");
    for (const auto& line : lines) {
        out.begin_object();
        out.number("number", line.number);
        out.time("at", line.at);
        out.text("text", line.text);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return out.take();
}

}  // namespace lucheng::protocol
