#include "tests/tools/fleet_rig.hpp"

#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <sodium.h>

#include "tools/cabinetctl/durable_file.hpp"

namespace lucheng::tools_test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using cabinetctl::BrokerOptions;

fs::path program(std::string_view name) { return fs::path{LUCHENG_BUILD_DIR} / "bin" / name; }

Folder::Folder() { REQUIRE(::sodium_init() >= 0); }

cabinetctl::Provision Folder::provision() {
    cabinetctl::Provision it{path, cabinetctl::wall_time(), [this](const std::string& file) {
                                 made.push_back(file);
                                 if (made.size() >= interrupt_after)
                                     throw std::runtime_error("cut");
                             }};
    auto& fleet = it.fleet();
    fleet.hosts = {"127.0.0.1", "broker.example"};
    fleet.port = port;
    fleet.desk_port = desk_port;
    fleet.telephone = "0512-57575757";
    fleet.broker_directory = (path / "broker").string();
    fleet.cabinet_directory = (path / "cabinets/{cabinet}").string();
    fleet.operators = {"wang"};
    return it;
}

void Folder::make(int cabinets) {
    auto it = provision();
    for (int i = 1; i <= cabinets; ++i) it.fleet().cabinets.insert(fmt::format("KS-{:03}", i));
    it.make();
}

std::map<std::string, std::string> Folder::files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator{path}) {
        if (entry.is_regular_file()) {
            all[fs::relative(entry.path(), path)] = cabinetctl::text_of_file(entry.path());
        }
    }
    return all;
}

std::string Folder::text(const fs::path& file) const {
    return cabinetctl::text_of_file(path / file);
}

std::string run(std::vector<std::string> argv, int& code) {
    rig::Process process{
        {.argv = std::move(argv), .env = {}, .working_directory = {}, .output_file = {}}};
    const auto end = process.wait_for_exit(soon);
    REQUIRE(end);
    code = end->code;
    static_cast<void>(process.wait_for_line("(?!)", soon));  // until the end of its output
    return process.output();
}

ShippedBroker::ShippedBroker(const Folder& folder) {
    const auto main = directory_ / "mosquitto.conf";
    fs::create_directory(directory_ / "conf.d");
    fs::create_symlink(folder.path / "broker/cabinets.conf", directory_ / "conf.d/cabinets.conf");
    std::ofstream{main} << "user root\nlog_dest stderr\npersistence true\n"
                        << "persistence_location " << directory_.path().string() << "/\n"
                        << "include_dir " << (directory_ / "conf.d").string() << '\n';
    process_.emplace(rig::Command{.argv = {"mosquitto", "-c", main.string()},
                                  .env = {},
                                  .working_directory = {},
                                  .output_file = {}});
    INFO(process_->output());
    REQUIRE(process_->wait_for_line("version .* running", soon));
}

void ShippedBroker::reload() {
    const auto from = process_->output().size();
    process_->signal(SIGHUP);
    REQUIRE(process_->wait_for_line("Reloading config", soon, from));
}

BrokerOptions as_cabinet(const Folder& folder, const std::string& id) {
    const auto own = folder.path / "cabinets" / id;
    return {.uri = fmt::format("mqtts://127.0.0.1:{}", folder.port),
            .ca_file = own / "ca.pem",
            .certificate_file = own / "cabinet.pem",
            .private_key_file = own / "cabinet.key",
            .timeout = 5s};
}

BrokerOptions as_person(const Folder& folder, const fs::path& own, const std::string& name) {
    return {.uri = fmt::format("mqtts://127.0.0.1:{}", folder.desk_port),
            .ca_file = folder.path / own / "ca.pem",
            .certificate_file = folder.path / own / (name + ".pem"),
            .private_key_file = folder.path / own / (name + ".key"),
            .timeout = 5s};
}

std::vector<std::string> arguments_of(const BrokerOptions& options) {
    return {"--broker",      options.uri,
            "--ca",          options.ca_file.string(),
            "--certificate", options.certificate_file.string(),
            "--private-key", options.private_key_file.string()};
}

}  // namespace lucheng::tools_test
