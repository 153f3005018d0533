#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <utility>

#include "daemon/config_sections.hpp"

namespace lucheng::daemon {
namespace {

using protocol::CompartmentNumber;

constexpr std::int64_t offset_max = 1'023;

// Who has taken what already: a compartment's number, a line of a chip.
struct Taken {
    Place at{};
    std::string by{};
};
struct Ledger {
    std::map<std::int64_t, Place> numbers{};
    std::map<std::pair<std::string, std::string>, Taken> lines{};  // by chip; name or #offset
};

class Reader {
public:
    Reader(bool simulate, Config& config, Problems& problems)
        : simulate_{simulate}, config_{config}, problems_{problems} {}

    void compartment(const Value& value, std::size_t position);
    void bank(const Value& value, std::size_t position);
    void extra(const Value& root, std::string_view name, std::string_view kind,
               std::optional<hal::LineSpec>& line);
    void finish(const Value& root);

private:
    void add(const Table& table, std::string_view key, core::CompartmentSpec spec,
             std::int64_t column);
    std::optional<hal::LineSpec> line_of(const Table& table, std::string_view key,
                                         std::string_view kind, const std::string& owner);
    std::optional<hal::LineSpec> line(const Value& value, std::string_view kind, std::string prefix,
                                      const std::string& owner);
    void take(const Table& table, const hal::LineSpec& line, const std::string& owner);

    bool simulate_;
    Config& config_;
    Problems& problems_;
    Ledger taken_{};
    Place first_too_many_{};
};

std::string name_of(const Value& value, std::string_view section, std::size_t position) {
    const auto* number = value.find("number");
    if (number != nullptr && number->shape == Shape::number) {
        return fmt::format("compartment {}", number->number);
    }
    return fmt::format("[[{}]] no. {}", section, position);
}

hal::Bias bias_of(std::string_view word) {
    if (word == "disabled") return hal::Bias::disabled;
    if (word == "pull_up") return hal::Bias::pull_up;
    if (word == "pull_down") return hal::Bias::pull_down;
    return hal::Bias::as_is;
}

hal::Drive drive_of(std::string_view word) {
    if (word == "open_drain") return hal::Drive::open_drain;
    if (word == "open_source") return hal::Drive::open_source;
    return hal::Drive::push_pull;
}

bool is_all_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

// False: reported.
bool check_line(const Table& table) {
    const auto* chip = table.find("chip");
    const auto* line = table.find("line");
    bool right = chip != nullptr && line != nullptr;
    if (chip != nullptr && chip->text.starts_with("gpiochip") &&
        is_all_digits(std::string_view{chip->text}.substr(8))) {
        table.refuse("chip",
                     "gpiochip numbers change from boot to boot: a label is expected, see "
                     "gpiodetect");
        right = false;
    }
    if (line == nullptr) return right;
    if (line->shape == Shape::number && (line->number < 0 || line->number > offset_max)) {
        table.refuse("line", fmt::format("allowed offsets are 0 to {}", offset_max));
        return false;
    }
    if (line->shape == Shape::text && line->text.size() > 31) {
        table.refuse("line", "the kernel keeps at most 31 bytes of a line's name");
        return false;
    }
    if (line->shape == Shape::text && is_all_digits(line->text)) {
        table.refuse("line", "a line's name is expected; an offset stands without quotes");
        return false;
    }
    return right;
}

void Reader::compartment(const Value& value, std::size_t position) {
    const auto name = name_of(value, "compartment", position);
    const Table table{&value, "compartment", name + ": ", problems_};
    const CompartmentNumber number{static_cast<std::uint16_t>(table.number("number"))};
    add(table, "number",
        {.number = number,
         .size = protocol::size_of(table.text("size")).value_or(protocol::SizeClass::small),
         .height_mm = static_cast<std::uint16_t>(table.number("height_mm")),
         .has_sensor = table.has("sensor")},
        table.number("column"));
    auto lock = line_of(table, "lock", "output", name);
    auto door = line_of(table, "door", "input", name);
    auto sensor = line_of(table, "sensor", "input", name);
    auto lamp = line_of(table, "lamp", "output", name);
    for (const std::string_view key : {"lock", "door"}) {
        if (simulate_ || value.find(key) != nullptr) continue;
        problems_.add(value.at, fmt::format("{}: {} is missing; only with --simulate a compartment "
                                            "needs no wiring",
                                            name, key));
    }
    if (!lock || !door) return;
    config_.wiring.compartments.push_back({.number = number,
                                           .lock = std::move(*lock),
                                           .door = std::move(*door),
                                           .sensor = std::move(sensor),
                                           .lamp = std::move(lamp)});
}

void Reader::bank(const Value& value, std::size_t position) {
    const Table table{&value, "bank", fmt::format("[[bank]] no. {}: ", position), problems_};
    if (!simulate_) {
        problems_.add(value.at,
                      "[[bank]] has no wiring, so it is for --simulate alone; write one "
                      "[[compartment]] a door");
    }
    if (!table.has("first") || !table.has("count")) return;
    const auto first = table.number("first");
    const auto last = first + table.number("count") - 1;
    if (last > 999) {
        table.refuse("count",
                     fmt::format("the last door would be number {}; allowed are 1 to 999", last));
        return;
    }
    const auto column = table.number("column");
    for (auto number = first; number <= last; ++number) {
        add(table, "first",
            {.number = CompartmentNumber{static_cast<std::uint16_t>(number)},
             .size = protocol::size_of(table.text("size")).value_or(protocol::SizeClass::small),
             .height_mm = static_cast<std::uint16_t>(table.number("height_mm")),
             .has_sensor = table.flag("sensor")},
            column == 0 ? 0 : column + number - first);
    }
}

void Reader::add(const Table& table, std::string_view key, core::CompartmentSpec spec,
                 std::int64_t column) {
    auto& all = config_.cabinet.compartments;
    all.push_back(spec);
    if (column != 0) config_.front.columns[spec.number] = static_cast<std::uint16_t>(column);
    if (all.size() == core::compartments_max + 1) first_too_many_ = table.at();
    if (!table.has(key)) return;
    const auto number = number_of(spec.number);
    const auto [other, fresh] = taken_.numbers.emplace(number, table.at(key));
    if (fresh) return;
    problems_.add(table.at(key),
                  fmt::format("compartment {} stands here a second time; the first is at line {}",
                              number, other->second.line));
}

std::optional<hal::LineSpec> Reader::line_of(const Table& table, std::string_view key,
                                             std::string_view kind, const std::string& owner) {
    const auto* value = table.find(key);
    if (value == nullptr) return std::nullopt;
    return line(*value, kind, fmt::format("{}{}.", table.prefix(), key),
                fmt::format("the {} of {}", key, owner));
}

std::optional<hal::LineSpec> Reader::line(const Value& value, std::string_view kind,
                                          std::string prefix, const std::string& owner) {
    const Table table{&value, kind, std::move(prefix), problems_};
    if (!check_line(table)) return std::nullopt;
    const auto* where = table.find("line");
    hal::LineSpec spec;
    spec.chip = table.text("chip");
    spec.active_low = table.flag("active_low");
    spec.bias = bias_of(table.text("bias"));
    if (where->shape == Shape::number) {
        spec.line = static_cast<std::uint32_t>(where->number);
    } else {
        spec.line = where->text;
    }
    if (kind == "output") spec.drive = drive_of(table.text("drive"));
    if (kind == "input") spec.debounce = core::Milliseconds{table.number("debounce_ms")};
    take(table, spec, owner);
    return spec;
}

void Reader::take(const Table& table, const hal::LineSpec& line, const std::string& owner) {
    const auto* offset = std::get_if<std::uint32_t>(&line.line);
    const auto name =
        offset == nullptr ? std::get<std::string>(line.line) : fmt::format("#{}", *offset);
    const auto at = table.at("line");
    const auto [other, fresh] = taken_.lines.try_emplace({line.chip, name}, Taken{at, owner});
    if (fresh) return;
    table.refuse("line", fmt::format("this line of chip \"{}\" is {} already, at {}:{}",
                                     printable(line.chip), other->second.by, other->second.at.line,
                                     other->second.at.column));
}

void Reader::extra(const Value& root, std::string_view name, std::string_view kind,
                   std::optional<hal::LineSpec>& spec) {
    const auto* value = section_of(root, name, problems_);
    if (value != nullptr) {
        spec = line(*value, kind, fmt::format("{}.", name), fmt::format("the line of {}", name));
    }
}

void Reader::finish(const Value& root) {
    auto& all = config_.cabinet.compartments;
    const bool any = root.find("compartment") != nullptr || root.find("bank") != nullptr;
    if (all.empty() && !any) {
        problems_.add({}, simulate_ ? "no compartments: write [[compartment]] or [[bank]]"
                                    : "no compartments: write one [[compartment]] a door");
    }
    if (all.size() > core::compartments_max) {
        problems_.add(first_too_many_, fmt::format("{} compartments; allowed are 1 to {}",
                                                   all.size(), core::compartments_max));
    }
    const auto by_number = [](const auto& a, const auto& b) { return a.number < b.number; };
    std::stable_sort(all.begin(), all.end(), by_number);
    auto& wired = config_.wiring.compartments;
    std::stable_sort(wired.begin(), wired.end(), by_number);
}

}  // namespace

void read_compartments(const Value& root, bool simulate, Config& config, Problems& problems) {
    Reader reader{simulate, config, problems};
    std::size_t position = 0;
    for (const auto* table : tables_of(root, "compartment", problems)) {
        reader.compartment(*table, ++position);
    }
    position = 0;
    for (const auto* table : tables_of(root, "bank", problems)) reader.bank(*table, ++position);
    reader.extra(root, "buzzer", "output", config.wiring.buzzer);
    reader.extra(root, "mains_fail", "input", config.wiring.mains_fail);
    reader.extra(root, "tamper", "input", config.wiring.tamper);
    reader.finish(root);
}

}  // namespace lucheng::daemon
