// A fleet's folder: made in one run, finished after any interruption, and a broker and a cabinet
// that are served by it as it is.
#include "tools/cabinetctl/provision.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <sys/stat.h>

#include "protocol/sealing.hpp"
#include "tests/tools/fleet_rig.hpp"

using namespace lucheng;
using namespace lucheng::cabinetctl;
using namespace lucheng::tools_test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> with_tls(const BrokerOptions& o, std::uint16_t port,
                                  std::vector<std::string> argv) {
    for (const auto& more :
         {std::string{"-V"}, std::string{"5"}, std::string{"-h"}, std::string{"127.0.0.1"},
          std::string{"-p"}, std::to_string(port), std::string{"--cafile"}, o.ca_file.string(),
          std::string{"--cert"}, o.certificate_file.string(), std::string{"--key"},
          o.private_key_file.string()}) {
        argv.push_back(more);
    }
    return argv;
}

}  // namespace

TEST_CASE("twenty cabinets are made in one run, and a second run changes nothing") {
    Folder folder;
    folder.make(20);
    const auto before = folder.files();
    CHECK(before.contains("cabinets/KS-020/cabinetd.toml"));
    const auto sealing = before.at("dispatch/sealing.keys");
    for (const auto* id : {"KS-001", "KS-020"}) {
        const auto cabinet = protocol::CabinetId::of(id);
        const auto code_key = before.at(fmt::format("cabinets/{}/credentials/code.key", id));
        const auto key = protocol::digest_from_hex(code_key.substr(0, 64));
        REQUIRE(key);
        CHECK(protocol::sealing_key_in(sealing, cabinet) ==
              protocol::SealingKey{protocol::CodeKey{*key}}.public_key());
    }
    CHECK(before.at("cabinets/KS-020/cabinetd.toml").find("role = \"authority\"") !=
          std::string::npos);
    CHECK(before.at("authority/keys").starts_with("dispatch dispatch "));
    folder.made.clear();
    folder.make(20);
    CHECK(folder.made.empty());
    CHECK(folder.files() == before);
    for (const auto& [file, text] : before) {
        const bool secret = file.ends_with(".key");
        struct stat facts {};
        REQUIRE(::stat((folder.path / file).c_str(), &facts) == 0);
        INFO(file);
        CHECK((facts.st_mode & 0777U) == (secret ? 0600U : 0644U));
        const bool private_text = text.find("PRIVATE KEY") != std::string::npos;
        CHECK((!private_text || secret));
    }
}

TEST_CASE("a run that was interrupted at any file is finished by the next") {
    Folder whole;
    whole.make(2);
    const auto wanted = whole.files();
    for (std::size_t step = 1; step < whole.made.size(); ++step) {
        Folder folder;
        folder.interrupt_after = step;
        CHECK_THROWS(folder.make(2));
        const auto before = folder.files();
        std::ofstream{folder.path / "authority/desk-ca.key.part"} << "half a key";
        folder.interrupt_after = SIZE_MAX;
        folder.make(2);
        const auto after = folder.files();
        CHECK(after.size() >= wanted.size());
        for (const auto& [file, text] : before) CHECK(after.at(file) == text);
        folder.made.clear();
        folder.make(2);
        CHECK(folder.made.empty());
    }
}

TEST_CASE("each cabinet's folder is what cabinetd --check-config accepts") {
    Folder folder;
    folder.make(2);
    for (const std::string id : {"KS-001", "KS-002"}) {
        int code = -1;
        const auto said = run({program("cabinetd"), "--check-config", "--config",
                               folder.path / "cabinets" / id / "cabinetd.toml"},
                              code);
        INFO(said);
        CHECK(code == 0);
        CHECK(said.find("cabinet " + id + ": 24 compartments") != std::string::npos);
    }
    fs::copy_file(folder.path / "cabinets/KS-002/cabinet.key",
                  folder.path / "cabinets/KS-001/cabinet.key",
                  fs::copy_options::overwrite_existing);
    int code = -1;
    const auto said = run({program("cabinetd"), "--check-config", "--config",
                           folder.path / "cabinets/KS-001/cabinetd.toml"},
                          code);
    CHECK(code == 78);
    CHECK(said.find("is not the key of the certificate") != std::string::npos);
}

TEST_CASE("the shipped broker lets a cabinet read and write nothing of its neighbours") {
    Folder folder;
    folder.make(2);
    ShippedBroker broker{folder};
    Session dispatch{as_person(folder, "dispatch", "dispatch")};
    dispatch.subscribe("lucheng/v1/+/event");
    const auto thief = as_cabinet(folder, "KS-001");
    const auto publish = [&](const std::string& topic) {
        int code = -1;
        const auto said =
            run(with_tls(thief, folder.port,
                         {"mosquitto_pub", "-q", "1", "-t", topic, "-m", topic, "-d"}),
                code);
        INFO(said);
        return said.find("RC:0") != std::string::npos && said.find("Not auth") == std::string::npos;
    };
    static_cast<void>(publish("lucheng/v1/KS-002/event"));
    static_cast<void>(publish("lucheng/v1/KS-001/event"));
    const auto heard = dispatch.next(10s);
    REQUIRE(heard);
    CHECK(heard->bytes == "lucheng/v1/KS-001/event");  // and not the neighbour's before it

    SECTION("nor the commands to them, under their own client id neither") {
        rig::Process ears{{.argv = with_tls(thief, folder.port,
                                            {"stdbuf", "-oL", "mosquitto_sub", "-i",
                                             "cabinetd-KS-002", "-c", "-q", "1", "-x", "3600", "-t",
                                             "lucheng/v1/+/command", "-F", "heard %p", "-d"}),
                           .env = {},
                           .working_directory = {},
                           .output_file = {}}};
        REQUIRE(ears.wait_for_line("Subscribed", soon));
        int code = -1;
        const auto desk = as_person(folder, "operators/wang", "wang");
        for (const std::string id : {"KS-002", "KS-001"}) {
            static_cast<void>(run(with_tls(desk, folder.desk_port,
                                           {"mosquitto_pub", "-q", "1", "-t",
                                            "lucheng/v1/" + id + "/command", "-m", id}),
                                  code));
            CHECK(code == 0);
        }
        CHECK(ears.wait_for_line("heard KS-001", soon));
        CHECK(ears.output().find("heard KS-002") == std::string::npos);
    }
    SECTION("a cabinet's certificate is not let in where dispatch comes in") {
        auto options = thief;
        options.uri = fmt::format("mqtts://127.0.0.1:{}", folder.desk_port);
        CHECK_THROWS_AS(Session{options}, Failure);
    }
}

TEST_CASE("a cabinet is added; a decommissioned one is refused, and its name never given again") {
    Folder folder;
    folder.make(2);
    {
        auto it = folder.provision();
        it.fleet().cabinets.insert("KS-021");
        it.make();
    }
    fs::copy(folder.path / "cabinets/KS-002", folder.directory / "stolen",
             fs::copy_options::recursive);
    ShippedBroker broker{folder};
    { const Session welcome{as_cabinet(folder, "KS-021")}; }
    auto stolen = as_cabinet(folder, "KS-002");
    stolen.ca_file = folder.directory / "stolen/ca.pem";
    stolen.certificate_file = folder.directory / "stolen/cabinet.pem";
    stolen.private_key_file = folder.directory / "stolen/cabinet.key";
    { const Session still_good{stolen}; }
    folder.provision().decommission("KS-002");
    CHECK_FALSE(fs::exists(folder.path / "cabinets/KS-002"));
    broker.reload();
    CHECK_THROWS_AS(Session{stolen}, Failure);
    { const Session welcome{as_cabinet(folder, "KS-021")}; }
    auto again = folder.provision();
    again.fleet().cabinets.insert("KS-002");
    CHECK_THROWS_AS(again.make(), Failure);
}

TEST_CASE("a decommissioning that was interrupted at any file is finished by the next") {
    for (std::size_t step = 1; step <= 4; ++step) {
        Folder folder;
        folder.make(2);
        const auto serial = serial_of(folder.text("cabinets/KS-002/cabinet.pem"));
        folder.interrupt_after = folder.made.size() + step;
        CHECK_THROWS(folder.provision().decommission("KS-002"));
        folder.interrupt_after = SIZE_MAX;
        folder.provision().decommission("KS-002");
        CHECK_FALSE(fs::exists(folder.path / "cabinets/KS-002"));
        CHECK(lists(folder.text("broker/cabinets.crl"), folder.text("authority/cabinets-ca.pem"),
                    {serial}));
        CHECK(folder.text("broker/acl").find("user KS-002\ntopic deny #") != std::string::npos);
    }
}

TEST_CASE("a renewed certificate is another; with the old key lost, the old one is refused") {
    Folder folder;
    folder.make(1);
    const auto old = folder.text("cabinets/KS-001/cabinet.pem");
    folder.provision().renew("KS-001", true);
    const auto fresh = folder.text("cabinets/KS-001/cabinet.pem");
    CHECK(serial_of(old) != serial_of(fresh));
    CHECK(lists(folder.text("broker/cabinets.crl"), folder.text("authority/cabinets-ca.pem"),
                {serial_of(old)}));
    fs::remove(folder.path / "authority/cabinets-ca.key");
    CHECK_THROWS_AS(folder.provision().renew("KS-001", false), Failure);
    CHECK(folder.text("cabinets/KS-001/cabinet.pem") == fresh);
}
