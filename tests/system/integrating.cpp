// What docs/integrating.md tells others to type works against the daemon as built.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using protocol::FactKind;

namespace {

std::string code_block(const std::string& language) {
    std::ifstream file{LUCHENG_SOURCE_DIR "/docs/integrating.md"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const std::string fence = "```" + language + "\n";
    const auto begin = text.find(fence);
    REQUIRE(begin != std::string::npos);
    const auto code = begin + fence.size();
    return text.substr(code, text.find("```\n", code) - code);
}

}  // namespace

TEST_CASE("the Python of the document makes a delivery, and acknowledges it") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    const auto script = rig.directory / "first_delivery.py";
    std::ofstream{script} << code_block("python");
    const std::size_t from = rig.mark();
    const std::string uri = rig.broker.uri();
    rig::Process python{
        {.argv = {"/usr/bin/python3", script.string(), uri.substr(uri.rfind(':') + 1),
                  rig.key_file().string(), rig.sealing_keys_file().string()},
         .env = {},
         .working_directory = {},
         .output_file = {}}};
    const auto assigned = rig.wait_for(FactKind::assigned, "D-1", from);
    const auto compartment = protocol::number_of(*assigned.fact.compartment);
    rig.deposit("D-1", compartment);
    rig.collect("D-1", "20481024", compartment);

    const auto end = python.wait_for_exit(soon);
    static_cast<void>(python.wait_for_line("(?!)", soon));  // until the end of its output
    INFO(python.output());
    REQUIRE(end);
    CHECK(end->clean());
    CHECK(python.output().find(" collected D-1") != std::string::npos);
    const auto collected = rig.wait_for(FactKind::collected, "D-1", from);
    rig.until([&] { return rig.state().journal.acknowledged >= collected.header.number; },
              "the journal is acknowledged");
}
