// The subcommands that work at the cabinet itself: keys, and the JSON interface behind its screen.
#pragma once

#include "tools/cabinetctl/orders.hpp"

namespace lucheng::cabinetctl {

void add_keys(CLI::App& app, const Common& common, Run& run);
// Lines of an id, a role and a public key; blank ones and those that begin with # are passed over.
[[nodiscard]] std::vector<protocol::TrustedKey> trusted_keys_in(const std::filesystem::path& file);
void add_kiosk(CLI::App& app, const Common& common, Run& run);

}  // namespace lucheng::cabinetctl
