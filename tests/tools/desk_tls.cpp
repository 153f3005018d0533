// TLS from a desk: who is refused is told whose certificate is wrong, in which file, what to do.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>

#include "tests/tools/fleet_rig.hpp"

using namespace lucheng;
using namespace lucheng::cabinetctl;
using namespace lucheng::tools_test;
namespace fs = std::filesystem;

namespace {

struct Desk {
    Folder folder, other;
    std::optional<ShippedBroker> broker{};
    BrokerOptions options{};

    Desk() {
        folder.make(1);
        other.make(1);
        broker.emplace(folder);
        options = as_person(folder, "operators/wang", "wang");
    }
};

// The sentence, and the exit code.
std::string refusal(const BrokerOptions& options, int& code) {
    try {
        const Session session{options};
    } catch (const Failure& failure) {
        code = failure.exit_code();
        return failure.what();
    }
    return "connected";
}

void is_refused(const BrokerOptions& options, int expected,
                std::initializer_list<std::string> parts) {
    int code = 0;
    const auto why = refusal(options, code);
    INFO(why);
    CHECK(code == expected);
    for (const auto& part : parts) {
        INFO(part);
        CHECK(why.find(part) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("a desk that trusts another authority is told both, and which option names it") {
    Desk desk;
    desk.options.ca_file = desk.other.path / "dispatch/ca.pem";
    is_refused(desk.options, exit_code::unavailable,
               {"the broker's certificate", "was signed by", "dispatch/ca.pem vouches",
                "--ca is of another authority"});
}

TEST_CASE("a desk whose certificate is of another fleet is told that the broker refuses it") {
    Desk desk;
    const auto stranger = as_person(desk.other, "operators/wang", "wang");
    desk.options.certificate_file = stranger.certificate_file;
    desk.options.private_key_file = stranger.private_key_file;
    is_refused(desk.options, exit_code::unavailable,
               {"refuses our certificate", stranger.certificate_file.string()});
}

TEST_CASE("a desk without a certificate is told that the broker wants one") {
    Desk desk;
    desk.options.certificate_file.clear();
    desk.options.private_key_file.clear();
    is_refused(desk.options, exit_code::unavailable, {"--certificate is not set"});
}

TEST_CASE("a desk that asks for another host is told for which the certificate is") {
    Desk desk;
    desk.options.uri = fmt::format("mqtts://localhost:{}", desk.folder.desk_port);
    is_refused(desk.options, exit_code::unavailable,
               {"is for 127.0.0.1, broker.example, not for localhost", "--broker needs a name"});
}

TEST_CASE("a file that cannot serve is named before anything is sent") {
    Desk desk;
    SECTION("it is not there") {
        desk.options.ca_file = desk.folder.path / "nothing.pem";
        is_refused(desk.options, exit_code::no_input, {"nothing.pem cannot be opened"});
    }
    SECTION("it is another's key") {
        desk.options.private_key_file = desk.other.path / "operators/wang/wang.key";
        is_refused(desk.options, exit_code::no_input, {"wang.key is not the key of"});
    }
}

TEST_CASE("the reference dispatcher says why it does not reach the broker") {
    Desk desk;
    auto options = as_person(desk.folder, "dispatch", "dispatch");
    options.ca_file = desk.other.path / "dispatch/ca.pem";
    auto argv = arguments_of(options);
    argv.insert(argv.begin(), program("reference-dispatcher").string());
    for (const auto& more :
         {std::string{"--ledger"}, (desk.folder.directory / "dispatch.db").string(),
          std::string{"--check"}, std::string{"--patience"}, std::string{"3"}}) {
        argv.push_back(more);
    }
    std::ofstream{desk.folder.directory / "dispatch.db"};
    int code = 0;
    const auto said = run(argv, code);
    INFO(said);
    CHECK(code == exit_code::in_vain);
    CHECK(said.find("for whom nobody in") != std::string::npos);
}
