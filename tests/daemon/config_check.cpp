#include "daemon/config_check.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include "daemon/credentials.hpp"
#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

struct Cabinet {
    rig::TempDir directory{"check"};
    std::filesystem::path config = directory / "cabinetd.toml";

    // With $ for the directory.
    void write(std::string text) const {
        for (auto at = text.find('$'); at != std::string::npos; at = text.find('$')) {
            text.replace(at, 1, directory.path().string());
        }
        test::write_file(config, text);
    }
    // What --check-config says, with $ for the directory.
    [[nodiscard]] std::string said(int exit_code, bool simulate = false) const {
        auto farewell = check_config(config, simulate);
        CHECK(farewell.exit_code == exit_code);
        const auto name = directory.path().string();
        for (auto at = farewell.text.find(name); at != std::string::npos;
             at = farewell.text.find(name)) {
            farewell.text.replace(at, name.size(), "$");
        }
        return farewell.text;
    }
};

TEST_CASE("a right configuration is summed up in a line") {
    const Cabinet cabinet;
    cabinet.write(std::string{test::right_config} + "[secrets]\ncode_key_file = \"$/code.key\"\n");
    REQUIRE(make_code_key(cabinet.directory / "code.key").empty());
    CHECK(cabinet.said(0) ==
          "$/cabinetd.toml: cabinet KS-017: 2 compartments (1 small, 0 medium, 1 large), 1 key, "
          "mqtt://127.0.0.1:1883\n");
}

TEST_CASE("what the files lack that are named is told among the other problems") {
    const Cabinet cabinet;
    cabinet.write(std::string{test::begun_config} +
                  "uri = \"mqtts://broker\"\nca_file = \"$/ca.pem\"\nusername = \"u\"\n"
                  "password_file = \"$/password\"\nkeep_alive_s = 1\n"
                  "[secrets]\ncode_key_file = \"$/code.key\"\n");
    test::write_file(cabinet.directory / "ca.pem", "");
    test::write_file(cabinet.directory / "password", "x");
    REQUIRE(::chmod((cabinet.directory / "password").c_str(), 0644) == 0);
    CHECK(cabinet.said(78, true) ==
          "$/cabinetd.toml:15:11: broker.ca_file: $/ca.pem is empty\n"
          "$/cabinetd.toml:17:17: broker.password_file: $/password has mode 0644, so everybody can "
          "read or change it: chmod o= it\n"
          "$/cabinetd.toml:18:16: broker.keep_alive_s is 1 s; allowed are 5 to 600 s (a dead "
          "connection is noticed within one and a half times this)\n"
          "$/cabinetd.toml:20:17: secrets.code_key_file: the code key $/code.key cannot be opened: "
          "No such file or directory\n"
          "4 problems\n");
}

TEST_CASE("what is right with --simulate may be wrong without") {
    const Cabinet cabinet;
    cabinet.write(std::string{test::begun_config} +
                  "uri = \"mqtt://localhost\"\n[secrets]\ncode_key_file = \"$/code.key\"\n");
    REQUIRE(make_code_key(cabinet.directory / "code.key").empty());
    CHECK(cabinet.said(0, true) ==
          "$/cabinetd.toml: cabinet KS-017: 8 compartments (8 small, 0 medium, 0 large), 1 key, "
          "mqtt://localhost:1883\n");
    CHECK(cabinet.said(78) ==
          "$/cabinetd.toml:8:1: [[bank]] has no wiring, so it is for --simulate alone; write one "
          "[[compartment]] a door\n1 problem\n");
}

TEST_CASE("a configuration that is not there ends with 78") {
    const Cabinet cabinet;
    CHECK(cabinet.said(78) ==
          "$/cabinetd.toml: cannot be opened: No such file or directory\n1 problem\n");
}

}  // namespace
}  // namespace lucheng::daemon
