// A provisioned fleet whose broker and cabinets all run where the folder lies, and its broker.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/rig/free_port.hpp"
#include "tests/rig/process.hpp"
#include "tests/rig/temp_dir.hpp"
#include "tools/cabinetctl/provision.hpp"
#include "tools/cabinetctl/session.hpp"

namespace lucheng::tools_test {

inline constexpr std::chrono::seconds soon{20};

[[nodiscard]] std::filesystem::path program(std::string_view name);
// To its end; all that it said.
[[nodiscard]] std::string run(std::vector<std::string> argv, int& code);

struct Folder {
    rig::TempDir directory{"fleet"};
    std::filesystem::path path = directory / "fleet";
    std::vector<std::string> made{};
    std::size_t interrupt_after = SIZE_MAX;
    std::uint16_t port = rig::free_port(), desk_port = rig::free_port();

    Folder();
    cabinetctl::Provision provision();
    void make(int cabinets);
    [[nodiscard]] std::map<std::string, std::string> files() const;
    [[nodiscard]] std::string text(const std::filesystem::path& file) const;
};

// mosquitto with the provisioned configuration as it is, included as Debian's own file does.
class ShippedBroker {
public:
    explicit ShippedBroker(const Folder& folder);
    void reload();
    [[nodiscard]] rig::Process& process() { return *process_; }

private:
    rig::TempDir directory_{"shipped"};
    std::optional<rig::Process> process_{};
};

[[nodiscard]] cabinetctl::BrokerOptions as_cabinet(const Folder& folder, const std::string& id);
[[nodiscard]] cabinetctl::BrokerOptions as_person(const Folder& folder,
                                                  const std::filesystem::path& own,
                                                  const std::string& name);
// As options of cabinetctl and of the reference dispatcher.
[[nodiscard]] std::vector<std::string> arguments_of(const cabinetctl::BrokerOptions& options);

}  // namespace lucheng::tools_test
