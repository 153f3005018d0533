// The reference of the configuration, made from the schema so that it cannot drift from it.
#pragma once

#include <string>

namespace lucheng::daemon {

// Markdown: the second half of docs/configuration.md.
[[nodiscard]] std::string config_reference();

}  // namespace lucheng::daemon
