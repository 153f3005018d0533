#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <cmath>
#include <limits>

#include "protocol/codec_json.hpp"
#include "protocol/codec_writer.hpp"
#include "protocol/later.hpp"

namespace lucheng::protocol {

namespace json = boost::json;

namespace {

constexpr std::size_t argument_bytes_max = 128;
constexpr std::size_t version_bytes_max = 64;

bool read_compartment(JsonFields& fields, CompartmentReport& report) {
    fields.need("number", report.number);
    fields.need("size", report.size, &size_of);
    fields.need("door", report.door, &door_of);
    fields.need("occupancy", report.occupancy, &occupancy_of);
    fields.may("jammed", report.jammed);
    fields.may("ajar", report.ajar);
    fields.may("unexplained", report.unexplained);
    fields.may("out_of_service", report.out_of_service, &reason_of);
    fields.may("delivery", report.delivery);
    fields.may("delivery_state", report.delivery_state, &delivery_state_of);
    fields.may("return", report.book_return);
    fields.may("return_state", report.return_state, &return_state_of);
    return !fields.refusal();
}

bool read_compartments(const json::value& value, std::vector<CompartmentReport>& reports) {
    const auto* list = value.if_array();
    if (list == nullptr) return false;
    reports.reserve(list->size());
    return std::all_of(list->begin(), list->end(), [&](const json::value& element) {
        const auto* object = element.if_object();
        if (object == nullptr) return false;
        JsonFields fields{*object};
        return read_compartment(fields, reports.emplace_back());
    });
}

bool read_count(JsonFields& fields, std::string_view name, std::uint16_t& out) {
    std::uint64_t count = 0;
    fields.need(name, count);
    if (fields.refusal() || count > std::numeric_limits<std::uint16_t>::max()) return false;
    out = static_cast<std::uint16_t>(count);
    return true;
}

bool read_free(const json::value& value, StateReport& state) {
    const auto* object = value.if_object();
    if (object == nullptr) return false;
    JsonFields fields{*object};
    return read_count(fields, "small", state.free_small) &&
           read_count(fields, "medium", state.free_medium) &&
           read_count(fields, "large", state.free_large);
}

bool read_head(const json::value& value, JournalHead& head) {
    const auto* object = value.if_object();
    if (object == nullptr) return false;
    JsonFields fields{*object};
    fields.need("epoch", head.epoch);
    fields.need("number", head.number);
    fields.need("hash", head.hash);
    fields.need("acknowledged", head.acknowledged);
    fields.may("pruned", head.pruned);
    return !fields.refusal();
}

void write_compartment(JsonWriter& out, const CompartmentReport& report) {
    out.begin_object();
    out.number("number", report.number);
    out.plain("size", code_of(report.size));
    out.plain("door", code_of(report.door));
    out.plain("occupancy", code_of(report.occupancy));
    // Left out when false: two hundred compartments must fit a message.
    if (report.jammed) out.flag("jammed", true);
    if (report.ajar) out.flag("ajar", true);
    if (report.unexplained) out.flag("unexplained", true);
    if (report.out_of_service) out.plain("out_of_service", code_of(*report.out_of_service));
    if (report.delivery) out.id("delivery", *report.delivery);
    if (report.delivery_state) out.plain("delivery_state", code_of(*report.delivery_state));
    if (report.book_return) out.number("return", *report.book_return);
    if (report.return_state) out.plain("return_state", code_of(*report.return_state));
    out.end_object();
}

std::optional<TryAgain> try_again_of(std::string_view code) {
    for (const auto one : {TryAgain::never, TryAgain::later, TryAgain::after_change}) {
        if (code_of(one) == code) return one;
    }
    return std::nullopt;
}

}  // namespace

std::string encode(const Reply& reply) {
    JsonWriter out{320};
    out.begin_object();
    out.id("id", reply.id);
    out.id("cabinet", reply.cabinet);
    out.id("boot", reply.boot);
    out.flag("ok", !reply.refusal);
    if (reply.refusal) {
        const auto& text = text_of(reply.refusal->reason);
        out.plain("reason", text.code);
        const auto argument = clipped(reply.refusal->argument, argument_bytes_max);
        if (!argument.empty()) out.text("argument", argument);
        out.plain("try_again", code_of(text.try_again));
    }
    if (reply.delivery) out.id("delivery", *reply.delivery);
    if (reply.compartment) out.number("compartment", *reply.compartment);
    if (reply.authorisation) out.number("authorisation", *reply.authorisation);
    out.end_object();
    return out.take();
}

Result<Reply> decode_reply(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    Reply reply;
    bool ok = false;
    fields.may("id", reply.id);  // absent where the command's own could not be read
    fields.need("cabinet", reply.cabinet);
    fields.need("boot", reply.boot);
    fields.need("ok", ok);
    if (!ok) {
        auto& refusal = reply.refusal.emplace();
        fields.need("reason", refusal.reason, &reason_of);
        fields.may("argument", refusal.argument);
    }
    fields.may("delivery", reply.delivery);
    fields.may("compartment", reply.compartment);
    fields.may("authorisation", reply.authorisation);
    if (fields.refusal()) return *fields.refusal();
    return reply;
}

Result<AnyReply> decode_any_reply(std::string_view bytes) {
    auto known = decode_reply(bytes);
    if (known) return AnyReply{.reply = std::move(known).value()};
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    AnyReply any;
    LaterReason later;
    fields.may("id", any.reply.id);
    fields.need("cabinet", any.reply.cabinet);
    fields.need("boot", any.reply.boot);
    fields.need("reason", later.code);
    fields.need("try_again", later.try_again, &try_again_of);
    if (fields.refusal() || reason_of(later.code)) return known.refusal();
    any.later_reason = std::move(later);
    return any;
}

std::string encode(const Status& status) {
    JsonWriter out{320};
    out.begin_object();
    out.id("cabinet", status.cabinet);
    out.plain("link", code_of(status.link));
    out.text("version", clipped(status.version, version_bytes_max));
    out.id("boot", status.boot);
    out.time("since", status.since);
    out.flag("time_trusted", status.time_trusted);
    out.end_object();
    return out.take();
}

Result<Status> decode_status(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    Status status;
    fields.need("cabinet", status.cabinet);
    fields.need("link", status.link, &link_of);
    fields.need("version", status.version);
    fields.need("boot", status.boot);
    fields.need("since", status.since);
    fields.need("time_trusted", status.time_trusted);
    if (fields.refusal()) return *fields.refusal();
    return status;
}

std::string encode(const StateReport& state) {
    JsonWriter out{640 + state.compartments.size() * 160};
    out.begin_object();
    out.id("cabinet", state.cabinet);
    out.id("boot", state.boot);
    out.time("at", state.at);
    out.flag("time_trusted", state.time_trusted);
    out.flag("in_service", state.in_service);
    out.flag("walk_needed", state.walk_needed);
    out.flag("store_low", state.store_low);
    out.begin_array("compartments");
    for (const auto& report : state.compartments) write_compartment(out, report);
    out.end_array();
    out.begin_object("free");
    out.number("small", std::uint64_t{state.free_small});
    out.number("medium", std::uint64_t{state.free_medium});
    out.number("large", std::uint64_t{state.free_large});
    out.end_object();
    out.begin_object("journal");
    out.id("epoch", state.journal.epoch);
    out.number("number", state.journal.number);
    out.hash("hash", state.journal.hash);
    out.number("acknowledged", state.journal.acknowledged);
    if (state.journal.pruned != JournalNumber{0}) out.number("pruned", state.journal.pruned);
    out.end_object();
    out.end_object();
    return out.take();
}

Result<StateReport> decode_state(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    StateReport state;
    fields.need("cabinet", state.cabinet);
    fields.need("boot", state.boot);
    fields.need("at", state.at);
    fields.need("time_trusted", state.time_trusted);
    fields.need("in_service", state.in_service);
    fields.need("walk_needed", state.walk_needed);
    fields.need("store_low", state.store_low);
    fields.need("compartments", [&](const json::value& value) {
        return read_compartments(value, state.compartments);
    });
    fields.need("free", [&](const json::value& value) { return read_free(value, state); });
    fields.need("journal",
                [&](const json::value& value) { return read_head(value, state.journal); });
    if (fields.refusal()) return *fields.refusal();
    return state;
}

std::string encode(const Health& health) {
    JsonWriter out{384};
    out.begin_object();
    out.id("cabinet", health.cabinet);
    out.time("at", health.at);
    out.number("uptime_s", health.uptime_s);
    out.number("memory_bytes", health.memory_bytes);
    out.number("disk_free_bytes", health.disk_free_bytes);
    out.number("commit_latency_us", health.commit_latency_us);
    out.number("outbox_depth", health.outbox_depth);
    out.number("refused_messages", health.refused_messages);
    if (health.certificate_days_left) {
        out.number("certificate_days_left", *health.certificate_days_left);
    }
    if (health.temperature_c && std::isfinite(*health.temperature_c)) {
        out.real("temperature_c", *health.temperature_c);
    }
    if (health.readers_missing) out.number("readers_missing", *health.readers_missing);
    if (health.dropped_scans) out.number("dropped_scans", *health.dropped_scans);
    out.end_object();
    return out.take();
}

Result<Health> decode_health(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return *refusal;
    JsonFields fields{document.root()};
    Health health;
    fields.need("cabinet", health.cabinet);
    fields.need("at", health.at);
    fields.need("uptime_s", health.uptime_s);
    fields.need("memory_bytes", health.memory_bytes);
    fields.need("disk_free_bytes", health.disk_free_bytes);
    fields.need("commit_latency_us", health.commit_latency_us);
    fields.need("outbox_depth", health.outbox_depth);
    fields.need("refused_messages", health.refused_messages);
    fields.may("certificate_days_left", health.certificate_days_left);
    fields.may("temperature_c", health.temperature_c);
    fields.may("readers_missing", health.readers_missing);
    fields.may("dropped_scans", health.dropped_scans);
    if (fields.refusal()) return *fields.refusal();
    return health;
}

}  // namespace lucheng::protocol
