#include "protocol/codec_kiosk.hpp"

#include <algorithm>

#include "protocol/codec_json.hpp"
#include "protocol/codec_writer.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::size_t card_length_max = 64;
constexpr std::uint64_t books_max = 99;

// A code, or the token of a QR code, typed.
bool is_code(std::string_view text) {
    const bool fits = (text.size() >= code_digits_min && text.size() <= code_digits_max) ||
                      text.size() == token_digits;
    return fits &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_card(std::string_view text) {
    return !text.empty() && text.size() <= card_length_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// The one field of a body, read by `reads`.
template <class T, class Read>
Result<T> decode_one(std::string_view body, std::string_view name, Read reads) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return std::move(*refusal);
    JsonFields fields{document.root()};
    T out{};
    fields.need(name, [&](const boost::json::value& value) { return reads(value, out); });
    if (fields.refusal()) return *fields.refusal();
    return out;
}

void write_refusal(JsonWriter& out, const Refusal& refusal) {
    const auto& text = text_of(refusal.reason);
    out.plain("reason", text.code);
    if (!refusal.argument.empty()) out.text("argument", refusal.argument);
    out.text("english", text.english);
    out.text("chinese", text.chinese);
}

// What is said to everybody, by the page's languages.
void write_bulletin(JsonWriter& out, std::string_view name, const std::string& chinese,
                    const std::string& english) {
    if (chinese.empty() && english.empty()) return;
    out.begin_object(name);
    if (!chinese.empty()) out.text("zh-CN", chinese);
    if (!english.empty()) out.text("en", english);
    out.end_object();
}

void write_free(JsonWriter& out, const ScreenMessage& screen) {
    out.begin_object("free");
    out.number("small", std::uint64_t{screen.free_small});
    out.number("medium", std::uint64_t{screen.free_medium});
    out.number("large", std::uint64_t{screen.free_large});
    out.end_object();
}

void write_items(JsonWriter& out, const std::vector<ScreenMessage::Item>& items) {
    out.begin_array("items");
    for (const auto& item : items) {
        out.begin_object();
        out.text("delivery", item.delivery);
        out.plain("state", item.state);
        out.plain("size", item.size);
        out.number("books", std::uint64_t{item.books});
        if (item.compartment != 0) out.number("compartment", std::uint64_t{item.compartment});
        out.end_object();
    }
    out.end_array();
}

void write_walk(JsonWriter& out, const ScreenMessage& screen) {
    if (screen.returned) out.flag("returned", true);
    if (screen.disputed) out.flag("disputed", true);
    if (screen.walk_needed) out.flag("walk_needed", true);
    if (!screen.walk) return;
    out.begin_object("walk");
    out.number("total", std::uint64_t{screen.walk->total});
    out.number("as_told", std::uint64_t{screen.walk->as_told});
    out.flag("whole", screen.walk->whole);
    out.begin_array("found");
    for (const auto& one : screen.walk->found) {
        out.begin_object();
        out.number("number", std::uint64_t{one.number});
        out.plain("result", one.result);
        if (!one.delivery.empty()) out.text("delivery", one.delivery);
        if (one.returned) out.flag("returned", true);
        if (one.reason) write_refusal(out, {*one.reason, {}});
        out.end_object();
    }
    out.end_array();
    out.end_object();
}

// `parts` are whole JSON values, each written by one of the functions here.
std::string joined(std::string object,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> parts) {
    object.pop_back();
    for (const auto& [name, json] : parts) {
        if (json.empty()) continue;
        if (object.size() > 1) object += ',';
        object.append("\"").append(name).append("\":").append(json);
    }
    object += '}';
    return object;
}

}  // namespace

std::string encode(const ScreenMessage& screen) {
    JsonWriter out{512 + screen.items.size() * 128};
    out.begin_object();
    out.plain("name", screen.name);
    if (screen.compartment != 0) out.number("compartment", std::uint64_t{screen.compartment});
    if (!screen.purpose.empty()) out.plain("purpose", screen.purpose);
    if (!screen.delivery.empty()) out.text("delivery", screen.delivery);
    out.number("books", std::uint64_t{screen.books});
    out.number("door", std::uint64_t{screen.door});
    out.number("doors", std::uint64_t{screen.doors});
    if (!screen.role.empty()) out.plain("role", screen.role);
    write_items(out, screen.items);
    if (!screen.returns.empty()) {
        out.begin_array("returns");
        for (const auto door : screen.returns) out.element(std::uint64_t{door});
        out.end_array();
    }
    if (!screen.sizes.empty()) {
        out.begin_array("sizes");
        for (const auto size : screen.sizes) out.element(size);
        out.end_array();
    }
    if (screen.notice) {
        out.begin_object("notice");
        write_refusal(out, *screen.notice);
        out.end_object();
    }
    write_bulletin(out, "announcement", screen.chinese, screen.english);
    out.number("idle_left_ms", screen.idle_left_ms);
    write_free(out, screen);
    out.begin_object("cabinet");
    out.text("name", screen.cabinet_name);
    out.text("help_telephone", screen.help_telephone);
    out.text("version", screen.version);
    out.end_object();
    if (screen.staff_told) out.flag("staff_told", true);
    out.flag("online", screen.online);
    out.flag("stalled", screen.stalled);
    out.flag("simulated", screen.simulated);
    if (screen.takes_returns) out.flag("takes_returns", true);
    write_walk(out, screen);
    out.end_object();
    return out.take();
}

std::string encode(const PlanMessage& plan) {
    JsonWriter out{128 + plan.doors.size() * 80};
    out.begin_object();
    out.begin_array("compartments");
    for (const auto& door : plan.doors) {
        out.begin_object();
        out.number("number", std::uint64_t{door.number});
        out.plain("size", door.size);
        out.number("height_mm", std::uint64_t{door.height_mm});
        if (door.column != 0) out.number("column", std::uint64_t{door.column});
        out.end_object();
    }
    out.end_array();
    if (plan.screen) {
        out.begin_object("screen");
        out.number("column", std::uint64_t{plan.screen->column});
        out.number("columns", std::uint64_t{plan.screen->columns});
        out.number("height_mm", std::uint64_t{plan.screen->height_mm});
        out.number("tall_mm", std::uint64_t{plan.screen->tall_mm});
        out.end_object();
    }
    write_bulletin(out, "hours", plan.hours_chinese, plan.hours_english);
    if (plan.sounds) out.flag("sounds", true);
    out.end_object();
    return out.take();
}

std::string encode(const std::vector<SimulatedMessage>& compartments) {
    JsonWriter out{64 + compartments.size() * 192};
    out.begin_object();
    out.begin_array("compartments");
    for (const auto& one : compartments) {
        out.begin_object();
        out.number("number", std::uint64_t{one.number});
        out.flag("door_open", one.door_open);
        out.number("books", std::uint64_t{one.books});
        out.flag("coil", one.coil);
        out.number("pulses", std::uint64_t{one.pulses});
        out.number("longest_ms", std::uint64_t{one.longest_ms});
        out.flag("jammed", one.jammed);
        out.flag("sensor_stuck", one.sensor_stuck);
        out.flag("switch_stuck", one.switch_stuck);
        out.flag("bounces", one.bounces);
        if (one.switch_inverted) out.flag("switch_inverted", true);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return out.take();
}

std::string encode_outcome(const std::optional<Refusal>& refusal, std::string_view screen,
                           std::string_view simulated) {
    JsonWriter out{256 + screen.size() + simulated.size()};
    out.begin_object();
    out.flag("ok", !refusal);
    if (refusal) write_refusal(out, *refusal);
    out.end_object();
    return joined(out.take(), {{"screen", screen}, {"simulated", simulated}});
}

std::string encode_push(std::string_view screen, std::string_view staff,
                        std::string_view simulated) {
    return joined("{}", {{"screen", screen}, {"staff", staff}, {"simulated", simulated}});
}

std::string encode_staff(std::string_view state, std::string_view test) {
    return joined("{}", {{"state", state}, {"test", test}});
}

Result<SecretText> decode_code(std::string_view body) {
    return decode_one<SecretText>(body, "code", [](const auto& value, SecretText& out) {
        return read(value, out.text) && is_code(out.text);
    });
}

Result<SecretText> decode_card(std::string_view body) {
    return decode_one<SecretText>(body, "card", [](const auto& value, SecretText& out) {
        return read(value, out.text) && is_card(out.text);
    });
}

Result<DeliveryId> decode_choice(std::string_view body) {
    return decode_one<DeliveryId>(
        body, "delivery", [](const auto& value, DeliveryId& out) { return read(value, out); });
}

Result<SizeClass> decode_size(std::string_view body) {
    return decode_one<SizeClass>(body, "size", [](const auto& value, SizeClass& out) {
        return read_code(value, out, &size_of);
    });
}

Result<std::string> decode_answer(std::string_view body) {
    return decode_one<std::string>(
        body, "answer", [](const auto& value, std::string& out) { return read(value, out); });
}

Result<std::uint32_t> decode_books(std::string_view body) {
    return decode_one<std::uint32_t>(body, "books", [](const auto& value, std::uint32_t& out) {
        std::uint64_t books = 0;
        if (!read(value, books) || books < 1 || books > books_max) return false;
        out = static_cast<std::uint32_t>(books);
        return true;
    });
}

Result<FaultMessage> decode_fault(std::string_view body) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return std::move(*refusal);
    JsonFields fields{document.root()};
    FaultMessage out;
    fields.need("fault", out.fault);
    fields.need("on", out.on);
    if (fields.refusal()) return *fields.refusal();
    return out;
}

Result<CompartmentNumber> decode_swap(std::string_view body) {
    return decode_one<CompartmentNumber>(
        body, "with", [](const auto& value, CompartmentNumber& out) { return read(value, out); });
}

std::optional<Refusal> check_empty(std::string_view body) {
    if (body.empty()) return std::nullopt;
    JsonDocument document;
    return document.parse(body);
}

}  // namespace lucheng::protocol
