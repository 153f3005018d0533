// A technician at the cabinet: self-test and commissioning with the programs as built.
#include "protocol/self_test.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;

namespace {

RigOptions quick(int compartments) {
    RigOptions options;
    options.compartments = compartments;
    options.limits = "door_springs_within_ms = 500\n";
    return options;
}

void fault(CabinetRig& rig, std::uint16_t compartment, std::string_view kind) {
    const auto outcome = rig.post(fmt::format("/api/simulated/{}/fault", compartment),
                                  fmt::format(R"({{"fault":"{}","on":true}})", kind));
    REQUIRE_FALSE(outcome.refusal);
}

protocol::TestReport report_of(const CabinetRig& rig) {
    const auto report = protocol::decode_test_report(rig.get("/api/test").body);
    if (!report) throw std::runtime_error("not a report");
    return report.value();
}

// Shuts every door that stands open while the test asks for it.
void push_doors_shut(CabinetRig& rig) {
    if (report_of(rig).step != protocol::TestStep::shut) return;
    for (const auto number : rig.world().numbers()) {
        if (rig.world().look(number).door_open) rig.hand(protocol::number_of(number), "shut");
    }
}

struct Ended {
    int code = -1;
    std::string output;
    [[nodiscard]] bool says(const std::string& text) const {
        return output.find(text) != std::string::npos;
    }
};

// cabinetctl with these answers on its standard input, and hands at the doors.
Ended cabinetctl(CabinetRig& rig, const std::string& arguments, const std::string& typed) {
    const auto answers = rig.directory / "typed";
    std::ofstream{answers} << typed;
    rig::Process process{{.argv = {"sh", "-c",
                                   fmt::format("exec '{}' {} <'{}'", program("cabinetctl").string(),
                                               arguments, answers.string())},
                          .env = {},
                          .working_directory = {},
                          .output_file = {}}};
    while (process.running()) {
        push_doors_shut(rig);
        static_cast<void>(rig.peer().wait_for_count(rig.mark() + 1, 20ms));
    }
    static_cast<void>(process.wait_for_line("(?!)", soon));
    const auto end = process.exit_status();
    return {end ? end->code : -1, process.output()};
}

std::string at_socket(const CabinetRig& rig, std::string_view verb) {
    return fmt::format("{} --socket '{}' --by wang", verb, rig.socket().string());
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::optional<protocol::Reason> service_of(const CabinetRig& rig, std::uint16_t number) {
    for (const auto& one : rig.state().compartments) {
        if (protocol::number_of(one.number) == number) return one.out_of_service;
    }
    return {};
}

}  // namespace

TEST_CASE("24 compartments are clicked through, and jammed, stuck and inverted are named",
          "[slow]") {
    CabinetRig rig{quick(24)};
    rig.start();
    fault(rig, 5, "jam");
    fault(rig, 9, "stick_switch");
    fault(rig, 14, "invert");
    rig.until([&] { return rig.state().compartments.at(13).door == protocol::Door::open; },
              "the inverted switch says open");
    const auto ended = cabinetctl(rig, at_socket(rig, "self-test --ask"), "none\n9\n\n");
    INFO(ended.output);
    CHECK(ended.code == 1);
    CHECK(ended.says("   5  柜门没有弹开 · The door did not open."));
    CHECK(ended.says(
        "   9  柜门已弹开，门磁没有变化 · The door opened, but its switch did not notice."));
    CHECK(
        ended.says("  14  门磁极性接反，关门时显示打开 · "
                   "The switch reads open when the door is shut."));
    CHECK(ended.says("24 compartments: 21 well, 3 faulty, 0 not tested"));
    CHECK(service_of(rig, 5) == protocol::Reason::jammed);
    CHECK(service_of(rig, 9) == protocol::Reason::switch_stuck);
    CHECK(service_of(rig, 14) == protocol::Reason::switch_inverted);
    CHECK_FALSE(service_of(rig, 6));
    for (const auto number : rig.world().numbers()) CHECK(rig.world().look(number).pulses > 0);
    CHECK_FALSE(rig.world().overlapped());
    CHECK(rig.longest_ms() < 1'000);

    int ends = 0;
    for (const auto& entry : rig.whole_journal().entries) {
        if (entry.fact.kind != protocol::FactKind::self_tested || entry.fact.compartment) continue;
        ++ends;
        CHECK(entry.fact.count == 3);
        CHECK(entry.fact.detail == "24/24");
    }
    CHECK(ends == 1);
}

TEST_CASE("commissioning finds two pairs of lock and switch that are swapped", "[slow]") {
    CabinetRig rig{quick(6)};
    rig.start();
    REQUIRE_FALSE(rig.post("/api/simulated/2/swap", R"({"with":5})").refusal);
    const auto sheet = rig.directory / "sheet.txt";
    const auto passed = cabinetctl(rig, at_socket(rig, "self-test"), "");
    INFO(passed.output);
    CHECK(passed.code == 0);

    const auto ended =
        cabinetctl(rig, at_socket(rig, "commission") + " --sheet '" + sheet.string() + "'",
                   "1\n5\n3\n4\n2\n6\n");
    INFO(ended.output);
    CHECK(ended.code == 1);
    const auto printed = text_of(sheet);
    CHECK(printed.find("验收单 · Acceptance report") != std::string::npos);
    CHECK(printed.find("KS-017 玉山公园") != std::string::npos);
    CHECK(printed.find("wang") != std::string::npos);
    CHECK(printed.find("   2  柜锁和门磁都接到了另一扇柜门（5号）") != std::string::npos);
    CHECK(printed.find("   5  柜锁和门磁都接到了另一扇柜门（2号）") != std::string::npos);
    CHECK(printed.find("NOT accepted") != std::string::npos);
    CHECK(service_of(rig, 2) == protocol::Reason::pair_swapped);

    // Wired right, put in service and commissioned again, as JSON.
    REQUIRE_FALSE(rig.post("/api/simulated/5/swap", R"({"with":2})").refusal);
    for (const auto number : {core::CompartmentNumber{2}, core::CompartmentNumber{5}}) {
        CHECK(rig.ask(protocol::SetService{number, true}).ok());
    }
    const auto again = cabinetctl(rig, "--json " + at_socket(rig, "commission") + " 2>/dev/null",
                                  "1\n2\n3\n4\n5\n6\n");
    INFO(again.output);
    CHECK(again.code == 0);
    const auto report =
        protocol::decode_test_report(again.output.substr(0, again.output.find('\n')));
    REQUIRE(report);
    CHECK(report.value().kind == protocol::TestKind::commissioning);
    CHECK(report.value().by == protocol::PersonId::of("wang"));
    CHECK(report.value().results.size() == 6);
    CHECK_FALSE(report.value().version.empty());
}

TEST_CASE("an operator's self-test from afar ends with what was found") {
    CabinetRig rig{quick(3)};
    rig.start();
    const auto ended = cabinetctl(
        rig,
        fmt::format("--broker mqtt://127.0.0.1:{} --cabinet KS-017 --key '{}' self-test --remote 1",
                    rig.broker.port(), rig.operations_key_file().string()),
        "");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK(ended.says("self_tested"));
    CHECK(rig.pulses() == 1);
}

TEST_CASE("a self-test that a kill has ended is recorded as not finished") {
    CabinetRig rig{quick(3)};
    rig.start();
    REQUIRE_FALSE(rig.post("/api/test", R"({"kind":"self_test","by":"wang"})").refusal);
    rig.until([&] { return report_of(rig).step == protocol::TestStep::shut; }, "a door opens");
    rig.kill();
    rig.start();
    const auto entry = rig.wait_for(protocol::FactKind::self_tested);
    CHECK(entry.fact.reason == protocol::Reason::power_cut);
    CHECK(report_of(rig).revision == 0);
    CHECK(rig.pulses() == 1);
}
