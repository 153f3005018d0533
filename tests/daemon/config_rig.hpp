// Configuration files for tests: a small right one, and what the daemon says about another.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.hpp"
#include "tests/rig/temp_dir.hpp"

namespace lucheng::test {

inline constexpr std::string_view right_config = R"([cabinet]
id = "KS-017"
help_telephone = "0512-5757 5757"
[broker]
uri = "mqtt://127.0.0.1"
[[key]]
id = "dispatch-2026"
role = "dispatch"
public_key = "qge2dm9ymiPOXChM+TFW+cRYHOVkI6D9MAoeL9f88IM="
[[compartment]]
number = 12
size = "large"
height_mm = 230
lock = { chip = "mcp23017", line = "lock-12" }
door = { chip = "mcp23017", line = "door-12" }
[[compartment]]
number = 2
size = "small"
height_mm = 900
lock = { chip = "1-0020", line = 0, active_low = true, bias = "disabled", drive = "open_drain" }
door = { chip = "1-0020", line = 1, bias = "pull_up", debounce_ms = 5 }
sensor = { chip = "1-0020", line = 2, active_low = true, debounce_ms = 50 }
lamp = { chip = "1-0020", line = 3 }
)";

// A right one without compartments or broker.uri, to be completed.
inline constexpr std::string_view begun_config = R"([cabinet]
id = "KS-017"
help_telephone = "0512-5757 5757"
[[key]]
id = "dispatch-2026"
role = "dispatch"
public_key = "qge2dm9ymiPOXChM+TFW+cRYHOVkI6D9MAoeL9f88IM="
[[bank]]
first = 1
count = 8
size = "small"
height_mm = 400
[broker]
)";

inline void write_file(const std::filesystem::path& path, std::string_view text) {
    std::ofstream{path, std::ios::binary} << text;
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

inline daemon::LoadedConfig load(std::string_view text, bool simulate = false) {
    const rig::TempDir directory{"config"};
    const auto file = directory / "cabinetd.toml";
    write_file(file, text);
    return daemon::load_config(file, simulate);
}

// As --check-config prints them, with the file's bare name.
inline std::vector<std::string> lines_of(const daemon::LoadedConfig& loaded) {
    std::vector<std::string> lines;
    for (auto problem : loaded.problems) {
        problem.file = std::filesystem::path{problem.file}.filename();
        lines.push_back(daemon::describe(problem));
    }
    return lines;
}

inline std::vector<std::string> problems_in(std::string_view text, bool simulate = false) {
    return lines_of(load(text, simulate));
}

using Lines = std::vector<std::string>;

}  // namespace lucheng::test
