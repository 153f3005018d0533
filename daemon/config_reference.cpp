#include "daemon/config_reference.hpp"

#include <cstdlib>
#include <fmt/format.h>

#include "daemon/config_schema.hpp"

namespace lucheng::daemon {
namespace {

std::string heading(const SectionRow& section) {
    switch (section.shape) {
        case SectionShape::repeated: return fmt::format("`[[{}]]`", section.name);
        case SectionShape::once:
        case SectionShape::output:
        case SectionShape::input: return fmt::format("`[{}]`", section.name);
    }
    std::abort();
}

std::string words(std::string_view allowed) {
    std::string result;
    for (const auto word : words_of(allowed)) {
        result += fmt::format("{}`\"{}\"`", result.empty() ? "" : ", ", word);
    }
    return result;
}

std::string allowed(const KeyRow& row) {
    const auto unit = unit_of(row.key);
    switch (row.kind) {
        case KeyKind::text:
            return row.allowed.empty() ? fmt::format("at most {} bytes", row.most)
                                       : std::string{row.allowed};
        case KeyKind::id: return "1 to 64 of a-z, A-Z, 0-9 and -";
        case KeyKind::path:
            return row.most < 1'023 ? fmt::format("absolute path, at most {} bytes", row.most)
                                    : "absolute path";
        case KeyKind::number:
            return fmt::format("{} to {}{}{}", row.least, row.most, unit.empty() ? "" : " ", unit);
        case KeyKind::flag: return "`true`, `false`";
        case KeyKind::choice: return words(row.allowed);
        case KeyKind::line: return "a name, or an offset from 0";
        case KeyKind::output: return "an output line";
        case KeyKind::input: return "an input line";
    }
    std::abort();
}

std::string standard(const KeyRow& row) {
    if (row.required) return "required";
    switch (row.kind) {
        case KeyKind::number: return fmt::format("`{}`", row.number);
        case KeyKind::flag: return fmt::format("`{}`", row.standard);
        case KeyKind::text:
        case KeyKind::id:
        case KeyKind::path:
        case KeyKind::line:
        case KeyKind::choice:
            return row.standard.empty() ? "" : fmt::format("`\"{}\"`", row.standard);
        case KeyKind::output:
        case KeyKind::input: return "";
    }
    std::abort();
}

std::string table_of(std::string_view section) {
    std::string text = "| key | allowed | default | why |\n|---|---|---|---|\n";
    for (const auto& row : keys_of(section)) {
        text +=
            fmt::format("| `{}` | {} | {} | {} |\n", row.key, allowed(row), standard(row), row.why);
    }
    return text;
}

}  // namespace

std::string config_reference() {
    std::string text;
    for (const auto& section : sections()) {
        text += fmt::format("## {}\n\n{}{}\n", heading(section), section.what,
                            section.required ? " Required." : "");
        switch (section.shape) {
            case SectionShape::once:
            case SectionShape::repeated: text += '\n' + table_of(section.name) + '\n'; break;
            case SectionShape::output: text += "Its keys are those of an output line.\n\n"; break;
            case SectionShape::input: text += "Its keys are those of an input line.\n\n"; break;
        }
    }
    text += "## An output line\n\nOf `lock`, `lamp` and `[buzzer]`.\n\n" + table_of("output");
    text += "\n## An input line\n\nOf `door`, `sensor`, `[mains_fail]` and `[tamper]`.\n\n" +
            table_of("input");
    return text;
}

}  // namespace lucheng::daemon
