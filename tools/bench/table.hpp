// One row of the Markdown table that `./run bench` prints.
#pragma once

#include <optional>
#include <string>

namespace lucheng::bench {

struct Row {
    std::string figure;
    std::string measured;
    std::string floor{};
    std::optional<double> ratio{};
    std::string reach{};
    std::optional<bool> met{};
};

void print(const Row& row);  // at once, so that a run that fails later has shown what it knows

[[nodiscard]] std::string milliseconds(double us);

}  // namespace lucheng::bench
