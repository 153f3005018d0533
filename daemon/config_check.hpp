// Whether a cabinet can start from this configuration: what `cabinetd --check-config` says.
#pragma once

#include <filesystem>
#include <vector>

#include "daemon/config.hpp"
#include "daemon/options.hpp"

namespace lucheng::daemon {

// Of the files that the configuration names: which cannot be read, which secrets others can read.
[[nodiscard]] std::vector<Problem> check_files(const LoadedConfig& loaded,
                                               const std::filesystem::path& config_file);
// All problems a line each and their count, or one line that says what cabinet this is.
[[nodiscard]] Farewell check_config(const std::filesystem::path& config_file, bool simulate);
// As check_config() ends when there are any.
[[nodiscard]] Farewell refuse_to_start(const std::vector<Problem>& problems);

}  // namespace lucheng::daemon
