// What the programs say and how they end, as a person at a terminal sees it.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/rig/free_port.hpp"
#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;

namespace {

struct Ended {
    int code = -1;  // -1: it did not end, or by a signal
    std::string output;
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> found;
        std::istringstream stream{output};
        for (std::string line; std::getline(stream, line);) found.push_back(line);
        return found;
    }
};

Ended run(std::vector<std::string> argv) {
    rig::Process process{
        {.argv = std::move(argv), .env = {}, .working_directory = {}, .output_file = {}}};
    const auto end = process.wait_for_exit(soon);
    static_cast<void>(process.wait_for_line("(?!)", soon));  // until the end of its output
    if (!end || end->signal != 0) return {.code = -1, .output = process.output()};
    return {.code = end->code, .output = process.output()};
}

Ended cabinetctl(std::uint16_t port, std::vector<std::string> arguments) {
    std::vector<std::string> argv{program("cabinetctl").string(), "--broker",
                                  fmt::format("mqtt://127.0.0.1:{}", port), "--timeout", "2"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run(std::move(argv));
}

constexpr std::string_view five_mistakes = R"([cabinet]
id = "KS 017"
help_telephone = "0512-12345678"
state_directory = "/tmp/nowhere"
colour = "red"
[broker]
uri = "http://127.0.0.1"
[limits]
pulse_ms = 5000
settle_ms = "soon"
[clock]
source = "assume"
[secrets]
code_key_file = "/tmp/nowhere/code.key"
[[bank]]
first = 1
count = 2
size = "small"
height_mm = 800
)";

}  // namespace

TEST_CASE("without a broker cabinetctl says so in one sentence, and ends with 69") {
    const auto ended = cabinetctl(rig::free_port(), {"--cabinet", "KS-017", "status"});
    CHECK(ended.code == 69);
    CHECK(ended.lines().size() == 1);
    CHECK(ended.output.starts_with("cabinetctl: "));
}

TEST_CASE("of a cabinet that nobody has heard of cabinetctl says so, and ends with 75") {
    rig::Broker broker;
    const auto ended = cabinetctl(broker.port(), {"--cabinet", "KS-999", "status"});
    CHECK(ended.code == 75);
    CHECK(ended.lines().size() == 1);
    CHECK(ended.output.find("KS-999") != std::string::npos);
}

TEST_CASE("cabinetctl fetches the journal of a cabinet and finds its chain whole") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    CHECK(rig.assign("d-1", "20481024").ok());
    const auto ended =
        cabinetctl(rig.broker.port(),
                   {"--cabinet", "KS-017", "--key", rig.key_file().string(), "journal", "verify"});
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK(ended.output.find("3 entries, the chain is whole") != std::string::npos);
}

TEST_CASE("cabinetctl seals codes, and says what is missing when it cannot") {
    CabinetRig rig;
    rig.start();
    const std::vector<std::string> assign{"--cabinet", "KS-017", "--key",  rig.key_file().string(),
                                          "assign",    "d-1",    "--code", "20481024"};
    auto ended = cabinetctl(rig.broker.port(), assign);
    CHECK(ended.code == 64);
    CHECK(ended.output.find("--print-sealing-key") != std::string::npos);
    auto sealed = assign;
    sealed.insert(sealed.begin(), {"--sealing-keys", (rig.directory / "none").string()});
    CHECK(cabinetctl(rig.broker.port(), sealed).code == 66);
    sealed.at(1) = rig.sealing_keys_file().string();
    ended = cabinetctl(rig.broker.port(), sealed);
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK(rig.state_of("d-1") == "assigned");
    const auto printed = run({program("cabinetd").string(), "--simulate", "--config",
                              rig.config_file().string(), "--print-sealing-key"});
    CHECK(printed.output == protocol::sealing_line(rig.cabinet, rig.sealing_key()));
}

TEST_CASE("cabinetctl names keys, signed by the authority, from a list with places for mistakes") {
    CabinetRig rig;
    rig.start();
    const auto list = rig.directory / "keys.txt", authority = rig.directory / "safe.key";
    std::ofstream{authority} << rig.authority_key.file_text();
    const auto shown =
        run({program("cabinetctl").string(), "keys", "show", rig.key_file().string(), "--line"});
    std::ofstream{list} << "# who dispatches\n" << shown.output;
    const auto set = [&](const std::string& serial) {
        return cabinetctl(rig.broker.port(), {"--cabinet", "KS-017", "--key", authority.string(),
                                              "keys", "set", list.string(), "--serial", serial});
    };
    auto ended = set("3");
    INFO(ended.output);
    CHECK(ended.code == 0);
    CHECK(set("2").code == 1);
    CHECK(rig.ask(protocol::Snapshot{}).reason() == "");
    CHECK(rig.ask(protocol::Open{core::CompartmentNumber{1}}).reason() == "unknown_key");
    std::ofstream{list, std::ios::app} << "ops-wang staff AAAA\n";
    ended = set("4");
    CHECK(ended.code == 66);
    CHECK(ended.output.find("keys.txt:3: ") != std::string::npos);
}

TEST_CASE("cabinetctl signs a body without a network, and only one that a cabinet would take") {
    CabinetRig rig;
    rig.start();
    const auto body = protocol::encode(rig.command(protocol::Snapshot{}, "by-hand"));
    const auto sign = [&](const std::string& text) {
        const auto file = rig.directory / "body.json";
        std::ofstream{file} << text << '\n';
        return run({"/bin/sh", "-c",
                    fmt::format("exec {} --key {} sign <{}", program("cabinetctl").string(),
                                rig.key_file().string(), file.string())});
    };
    const auto envelope = sign(body);
    REQUIRE(envelope.code == 0);
    const std::size_t from = rig.mark();
    rig.send(envelope.lines().front());
    CHECK(rig.wait_for_reply("by-hand", from).ok());
    const auto refused = sign(R"({"command":"opne"})");
    CHECK(refused.code == 64);
    CHECK(refused.output.find("malformed id") != std::string::npos);
}

TEST_CASE("a configuration with five mistakes is refused with five places, and 78") {
    rig::TempDir directory{"config"};
    const auto file = directory / "bad.toml";
    std::ofstream{file} << five_mistakes;
    const auto ended = run({program("cabinetd").string(), "--simulate", "--config", file.string()});
    INFO(ended.output);
    CHECK(ended.code == 78);
    const std::regex place{R"(bad\.toml:[0-9]+:[0-9]+: )"};
    const auto lines = ended.lines();
    CHECK(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
              return std::regex_search(line, place);
          }) == 5);
    for (const auto* line : {":2:", ":5:", ":7:", ":9:", ":10:"}) {
        INFO(line);
        CHECK(ended.output.find(std::string{"bad.toml"} + line) != std::string::npos);
    }
}
