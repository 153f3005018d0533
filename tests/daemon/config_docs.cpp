#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <string>

#include "daemon/config_reference.hpp"
#include "daemon/config_schema.hpp"
#include "daemon/options.hpp"
#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

std::string man_page(std::string_view name) {
    auto text = test::read_file(fmt::format("{}/docs/man/{}", LUCHENG_SOURCE_DIR, name));
    return replaced(replaced(std::move(text), "\\-", "-"), "\\(dq", "\"");
}

// From behind `begin` up to `end`; empty: there is no such part.
std::string part(const std::string& text, const std::string& begin, std::string_view end) {
    const auto at = text.find(begin);
    if (at == std::string::npos) return {};
    const auto from = at + begin.size();
    return text.substr(from, text.find(end, from) - from);
}

std::string heading(std::string_view section) {
    if (section == "output") return "An output line";
    if (section == "input") return "An input line";
    for (const auto& row : sections()) {
        if (row.name != section) continue;
        return row.shape == SectionShape::repeated ? fmt::format("[[{}]]", section)
                                                   : fmt::format("[{}]", section);
    }
    return "no such section";
}

TEST_CASE("docs/configuration.md ends with what --print-config-reference prints") {
    const auto page = test::read_file(LUCHENG_SOURCE_DIR "/docs/configuration.md");
    CHECK(page.ends_with("<!-- reference -->\n" + config_reference()));
}

TEST_CASE("cabinetd.toml(5) tells every key with its range and its default") {
    const auto page = man_page("cabinetd.toml.5");
    for (const auto& row : keys()) {
        INFO(row.section << '.' << row.key);
        const auto section = part(page, fmt::format(".Ss {}\n", heading(row.section)), "\n.S");
        const auto item = part(section, fmt::format(".It Ic {}\n", row.key), "\n.It");
        REQUIRE_FALSE(item.empty());
        const bool required = item.find("required") != std::string::npos;
        CHECK(required == row.required);
        if (!row.standard.empty()) {
            CHECK(item.find(fmt::format("by default {0}{1}{0}",
                                        row.kind == KeyKind::flag ? "" : "\"", row.standard)) !=
                  std::string::npos);
        }
        if (row.kind != KeyKind::number) continue;
        const auto range = fmt::format("{} to {}", row.least, with_unit(row.most, row.key));
        CHECK(item.starts_with(row.required
                                   ? range + ", required."
                                   : fmt::format("{}, by default {}.", range, row.number)));
    }
}

TEST_CASE("the example in cabinetd.toml(5) is a right simulated cabinet") {
    const auto example = part(man_page("cabinetd.toml.5"), ".Bd -literal -offset indent\n", ".Ed");
    CHECK(test::problems_in(example, true) == test::Lines{});
}

TEST_CASE("cabinetd(8) tells every option that --help tells") {
    const char* words[] = {"cabinetd", "--help"};
    const auto help = std::get<Farewell>(parse_options(2, words)).text;
    const auto page = man_page("cabinetd.8");
    std::size_t found = 0;
    for (auto at = help.find("\n  --"); at != std::string::npos; at = help.find("\n  --", at + 1)) {
        const auto name = help.substr(at + 4, help.find_first_of(" \n", at + 4) - at - 4);
        INFO(name);
        CHECK(page.find("\n.It Fl " + name) != std::string::npos);
        ++found;
    }
    CHECK(found >= 8);
}

}  // namespace
}  // namespace lucheng::daemon
