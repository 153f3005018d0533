// The JSON of a self-test at the cabinet's own interface. See docs/kiosk-interface.md.
#include <algorithm>
#include <boost/json/array.hpp>
#include <limits>

#include "protocol/codec_json.hpp"
#include "protocol/codec_staff.hpp"
#include "protocol/codec_writer.hpp"
#include "protocol/self_test.hpp"

namespace lucheng::protocol {

namespace json = boost::json;

namespace {

constexpr std::size_t compartments_max = 96;
constexpr std::size_t findings_max = 8;

bool read_numbers(const json::value& value, std::vector<CompartmentNumber>& numbers) {
    const auto* list = value.if_array();
    if (list == nullptr || list->size() > compartments_max) return false;
    return std::all_of(list->begin(), list->end(), [&](const json::value& element) {
        return read(element, numbers.emplace_back());
    });
}

// One object a list element, read by `reads`.
template <class T, class Read>
bool read_list(const json::value& value, std::size_t most, std::vector<T>& out, Read reads) {
    const auto* list = value.if_array();
    if (list == nullptr || list->size() > most) return false;
    return std::all_of(list->begin(), list->end(), [&](const json::value& element) {
        const auto* object = element.if_object();
        if (object == nullptr) return false;
        JsonFields fields{*object};
        reads(fields, out.emplace_back());
        return !fields.refusal();
    });
}

void read_finding(JsonFields& fields, Finding& finding) {
    fields.need("reason", finding.reason, &reason_of);
    fields.may("door", finding.door);
}

void read_result(JsonFields& fields, TestedCompartment& result) {
    fields.need("number", result.number);
    fields.need("tested", result.tested);
    fields.may("findings", [&](const json::value& value) {
        return read_list(value, findings_max, result.findings, read_finding);
    });
}

void write_finding(JsonWriter& out, const Finding& finding) {
    const auto& text = text_of(finding.reason);
    out.begin_object();
    out.plain("reason", text.code);
    if (finding.door) out.number("door", *finding.door);
    out.text("english", text.english);
    out.text("chinese", text.chinese);
    out.end_object();
}

void write_result(JsonWriter& out, const TestedCompartment& result) {
    out.begin_object();
    out.number("number", result.number);
    out.flag("tested", result.tested);
    if (is_fault(result)) out.flag("fault", true);  // for who reads it, and never read back
    if (!result.findings.empty()) {
        out.begin_array("findings");
        for (const auto& finding : result.findings) write_finding(out, finding);
        out.end_array();
    }
    out.end_object();
}

}  // namespace

std::string encode(const TestOrder& order) {
    JsonWriter out{256};
    out.begin_object();
    out.plain("kind", code_of(order.kind));
    if (!order.what.compartments.empty()) {
        out.begin_array("compartments");
        for (const auto number : order.what.compartments) {
            out.element(std::uint64_t{number_of(number)});
        }
        out.end_array();
    }
    out.flag("occupied_too", order.what.occupied_too);
    out.flag("sensors", order.what.sensors);
    out.id("by", order.by);
    out.end_object();
    return out.take();
}

namespace {

Result<TestOrder> decode_order(std::string_view body, bool is_named) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return std::move(*refusal);
    JsonFields fields{document.root()};
    TestOrder order;
    fields.need("kind", order.kind, &test_kind_of);
    fields.may("compartments", [&](const json::value& value) {
        return read_numbers(value, order.what.compartments);
    });
    fields.may("occupied_too", order.what.occupied_too);
    fields.may("sensors", order.what.sensors);
    if (is_named) fields.need("by", order.by);
    if (fields.refusal()) return *fields.refusal();
    return order;
}

}  // namespace

Result<TestOrder> decode_test_order(std::string_view body) { return decode_order(body, true); }
Result<TestOrder> decode_staff_test(std::string_view body) { return decode_order(body, false); }

std::string encode(const TestAnswer& answer) {
    JsonWriter out{96};
    out.begin_object();
    out.number("compartment", answer.compartment);
    out.plain("said", code_of(answer.word));
    if (answer.word == TestWord::door) out.number("door", answer.door);
    out.end_object();
    return out.take();
}

Result<TestAnswer> decode_test_answer(std::string_view body) {
    JsonDocument document;
    if (auto refusal = document.parse(body)) return std::move(*refusal);
    JsonFields fields{document.root()};
    TestAnswer answer;
    fields.need("compartment", answer.compartment);
    fields.need("said", answer.word, &test_word_of);
    if (answer.word == TestWord::door) fields.need("door", answer.door);
    if (fields.refusal()) return *fields.refusal();
    return answer;
}

std::string encode(const TestReport& report) {
    JsonWriter out{512 + report.results.size() * 160};
    out.begin_object();
    out.number("revision", report.revision);
    out.plain("kind", code_of(report.kind));
    out.plain("step", code_of(report.step));
    if (report.compartment) out.number("compartment", *report.compartment);
    out.number("total", std::uint64_t{report.total});
    if (report.ended_by) out.plain("ended_by", code_of(*report.ended_by));
    out.id("by", report.by);
    out.time("began", report.began);
    out.time("ended", report.ended);
    out.id("cabinet", report.cabinet);
    out.text("cabinet_name", report.cabinet_name);
    out.text("version", report.version);
    out.begin_array("results");
    for (const auto& result : report.results) write_result(out, result);
    out.end_array();
    out.end_object();
    return out.take();
}

Result<TestReport> decode_test_report(std::string_view bytes) {
    JsonDocument document;
    if (auto refusal = document.parse(bytes)) return std::move(*refusal);
    JsonFields fields{document.root()};
    TestReport report;
    fields.need("revision", report.revision);
    fields.need("kind", report.kind, &test_kind_of);
    fields.need("step", report.step, &test_step_of);
    fields.may("compartment", report.compartment);
    std::uint64_t total = 0;
    fields.need("total", total);
    if (total > compartments_max) fields.fail("total");
    report.total = static_cast<std::uint16_t>(total);
    fields.may("ended_by", report.ended_by, &reason_of);
    fields.may("by", report.by);
    fields.need("began", report.began);
    fields.need("ended", report.ended);
    fields.may("cabinet", report.cabinet);
    fields.need("cabinet_name", report.cabinet_name);
    fields.need("version", report.version);
    fields.need("results", [&](const json::value& value) {
        return read_list(value, compartments_max, report.results, read_result);
    });
    if (fields.refusal()) return *fields.refusal();
    return report;
}

}  // namespace lucheng::protocol
