// The subcommands that send one command to a cabinet.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "tools/cabinetctl/print.hpp"
#include "tools/cabinetctl/session.hpp"

namespace lucheng::cabinetctl {

// The options before the subcommand.
struct Common {
    BrokerOptions broker{};
    std::string cabinet{};
    std::filesystem::path key_file{};
    std::filesystem::path sealing_keys{};  // a line a cabinet
    std::string id{};                      // of the command; empty: a new one
    std::string boot{};                    // quoted when the cabinet's time is not trusted
    std::uint32_t valid_minutes = 60;
    std::uint32_t timeout_s = 10;
    bool json = false;
};

using Run = std::function<int()>;
// Each subcommand sets `run` when it was chosen.
void add_orders(CLI::App& app, const Common& common, Run& run);

[[nodiscard]] protocol::CabinetId cabinet_of(const Common& common);
[[nodiscard]] protocol::SigningKey key_of(const Common& common);
[[nodiscard]] protocol::Command command_of(const Common& common, protocol::Verb verb);
[[nodiscard]] Session connect(const Common& common);
// Sends it and prints the answer.
[[nodiscard]] int order(const Common& common, protocol::Verb verb);

// A value of the command line; throws Failure naming the option when it does not fit.
template <class T>
T taken(protocol::Result<T> result, const std::string& option, const std::string& value) {
    if (result) return std::move(result).value();
    throw Failure{option + " " + value + ": " +
                      std::string{protocol::text_of(result.refusal().reason).english},
                  exit_code::usage};
}

}  // namespace lucheng::cabinetctl
