#include "daemon/options.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <lucheng/version.hpp>
#include <string>
#include <vector>

namespace lucheng::daemon {
namespace {

std::variant<Options, Farewell> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "cabinetd");
    return parse_options(static_cast<int>(words.size()), words.data());
}

Options right(const std::vector<const char*>& words) {
    auto result = parse(words);
    if (const auto* farewell = std::get_if<Farewell>(&result)) FAIL(farewell->text);
    return std::get<Options>(result);
}

Farewell leaves(const std::vector<const char*>& words) {
    auto result = parse(words);
    REQUIRE(std::holds_alternative<Farewell>(result));
    return std::get<Farewell>(result);
}

TEST_CASE("without a word the installed configuration is served") {
    const auto options = right({});
    CHECK(options.config == "/etc/cabinetd/cabinetd.toml");
    CHECK(options.task == Task::serve);
    CHECK_FALSE(options.simulate);
    CHECK_FALSE(options.log_level);
}

TEST_CASE("each task is asked for by its option") {
    CHECK(right({"--check-config"}).task == Task::check_config);
    CHECK(right({"--release-locks"}).task == Task::release_locks);
    CHECK(right({"--print-config-reference"}).task == Task::print_config_reference);
    CHECK(right({"--verify-journal"}).task == Task::verify_journal);
    CHECK(right({"--verify-journal"}).journal.empty());
    CHECK(right({"--verify-journal", "/srv/cabinet.db"}).journal == "/srv/cabinet.db");
    CHECK(right({"--verify-journal", "--config", "/b"}).journal.empty());
    CHECK(right({"--prefill-journal", "5000"}).task == Task::prefill_journal);
    CHECK(right({"--prefill-journal", "5000"}).prefill_entries == 5'000);
    const auto options = right({"--simulate", "--config=/a.toml", "--log-level", "debug"});
    CHECK(options.task == Task::serve);
    CHECK(options.simulate);
    CHECK(options.config == "/a.toml");
    CHECK(options.log_level == Level::debug);
}

TEST_CASE("a wrong command line ends with 64 and says why") {
    const auto said = [](const std::vector<const char*>& words) {
        const auto farewell = leaves(words);
        CHECK(farewell.exit_code == 64);
        CHECK(farewell.text.starts_with("cabinetd: "));
        CHECK(farewell.text.ends_with("\nTry 'cabinetd --help'.\n"));
        return farewell.text.substr(10, farewell.text.find('\n') - 10);
    };
    CHECK(said({"--simulated"}) == "The following argument was not expected: --simulated");
    CHECK(said({"cabinetd.toml"}) == "The following argument was not expected: cabinetd.toml");
    CHECK(said({"--config"}).starts_with("--config: 1 required"));
    CHECK(said({"--check-config", "--release-locks"}) ==
          "--check-config and --release-locks cannot be asked for together");
    CHECK(said({"--log-level", "trace"}) ==
          "--log-level trace is none of error, warning, notice, info, debug");
    CHECK(said({"--prefill-journal", "-3"}) ==
          "--prefill-journal -3: a number from 1 to 100000000 is expected");
    CHECK(said({"--prefill-journal", "3x"}) ==
          "--prefill-journal 3x: a number from 1 to 100000000 is expected");
}

TEST_CASE("help shows every option in lines that fit, and hides what is for benchmarks") {
    const auto help = leaves({"--help"});
    CHECK(help.exit_code == 0);
    for (const auto* option :
         {"--config", "--check-config", "--simulate", "--verify-journal", "--release-locks",
          "--list-gpio", "--list-readers", "--print-config-reference", "--log-level"}) {
        CHECK(help.text.find(option) != std::string::npos);
    }
    CHECK(help.text.find("prefill") == std::string::npos);
    CHECK(help.text.find("Examples:") != std::string::npos);
    std::size_t begin = 0;
    for (auto end = help.text.find('\n'); end != std::string::npos;
         end = help.text.find('\n', begin)) {
        CHECK(end - begin <= 95);
        begin = end + 1;
    }
}

TEST_CASE("the version is one line") {
    const auto farewell = leaves({"--version"});
    CHECK(farewell.exit_code == 0);
    CHECK(farewell.text == "cabinetd " + std::string{version} + '\n');
}

}  // namespace
}  // namespace lucheng::daemon
