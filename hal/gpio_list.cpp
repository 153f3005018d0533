#include "hal/gpio_list.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace lucheng::hal {
namespace {

struct Claim {
    std::string use;  // lock of compartment 3
    LineSpec spec;
    bool output = false;
};

std::vector<Claim> claims_of(const Wiring& wiring) {
    std::vector<Claim> claims;
    const auto add = [&](const std::optional<LineSpec>& spec, std::string use, bool output) {
        if (spec) claims.push_back({std::move(use), *spec, output});
    };
    for (const CompartmentWiring& one : wiring.compartments) {
        const auto of = [&](std::string_view what) {
            return fmt::format("{} of compartment {}", what, protocol::number_of(one.number));
        };
        add(one.lock, of("lock"), true);
        add(one.door, of("door"), false);
        add(one.sensor, of("sensor"), false);
        add(one.lamp, of("lamp"), true);
    }
    add(wiring.buzzer, "buzzer", true);
    add(wiring.mains_fail, "mains_fail", false);
    add(wiring.tamper, "tamper", false);
    return claims;
}

class Listing {
public:
    Listing(const GpioChips& machine, const Wiring& wiring)
        : machine_{machine}, claims_{claims_of(wiring)} {}
    GpioList make();

private:
    using At = std::pair<std::size_t, std::uint32_t>;
    void wrong(GpioFit fit, std::string sentence);
    void find_all();
    void look_at_holders();
    void write_chip(std::size_t index);

    const GpioChips& machine_;
    std::vector<Claim> claims_;
    std::map<At, std::vector<const Claim*>> claimed_{};
    std::vector<std::string> problems_{};
    GpioList list_{};
};

void Listing::wrong(GpioFit fit, std::string sentence) {
    problems_.push_back(std::move(sentence));
    list_.fit = std::max(list_.fit, fit);
}

void Listing::find_all() {
    for (const std::string& refused : machine_.refused) wrong(GpioFit::not_there, refused);
    for (const Claim& claim : claims_) {
        const auto found = find_line(machine_.chips, claim.spec);
        if (const auto* line = std::get_if<FoundLine>(&found)) {
            claimed_[{line->chip, line->offset}].push_back(&claim);
            continue;
        }
        const NotFound& none = std::get<NotFound>(found);
        wrong(none.why == Unfound::no_chip ? GpioFit::not_there : GpioFit::wrong,
              fmt::format("{}: {}", claim.use, none.sentence));
    }
}

void Listing::look_at_holders() {
    for (const auto& [at, claims] : claimed_) {
        const GpioChip& chip = machine_.chips[at.first];
        if (claims.size() > 1) {
            wrong(GpioFit::wrong,
                  fmt::format("line {} of {} is the {} and the {}: one line, one use", at.second,
                              describe(chip), claims[0]->use, claims[1]->use));
        }
        const std::string holder = holder_of(chip, at.second);
        if (holder.empty() || chip.lines[at.second].consumer.starts_with("cabinetd-")) continue;
        wrong(GpioFit::not_there,
              fmt::format("{}: {}; stop that program, unbind that driver, or use another line",
                          claims[0]->use, holder));
    }
}

void Listing::write_chip(std::size_t index) {
    const GpioChip& chip = machine_.chips[index];
    list_.text += fmt::format("{}  {}  {} lines\n", chip.device, chip.label, chip.lines.size());
    for (const GpioLine& line : chip.lines) {
        const auto claims = claimed_.find({index, line.offset});
        std::string row = fmt::format(
            "  {:>3}  {:<20} {:<6}  {:<24}", line.offset, line.name.empty() ? "-" : line.name,
            line.output ? "output" : "input", line.used ? "held by " + line.consumer : "free");
        if (claims != claimed_.end()) {
            const Claim& claim = *claims->second.front();
            row += fmt::format("  {}{}", claim.use, claim.spec.active_low ? ", active low" : "");
        }
        row.erase(row.find_last_not_of(' ') + 1);
        list_.text += row + '\n';
    }
}

GpioList Listing::make() {
    find_all();
    look_at_holders();
    for (std::size_t i = 0; i < machine_.chips.size(); ++i) write_chip(i);
    if (machine_.chips.empty()) list_.text += "this machine has no GPIO chip\n";
    for (const std::string& problem : problems_) list_.text += fmt::format("! {}\n", problem);
    std::size_t found = 0;
    for (const auto& [at, claims] : claimed_) found += claims.size();
    list_.text +=
        fmt::format("{} of {} lines of the configuration are there, {} problem{}\n", found,
                    claims_.size(), problems_.size(), problems_.size() == 1 ? "" : "s");
    return std::move(list_);
}

}  // namespace

GpioList list_gpio(const GpioChips& machine, const Wiring& wiring) {
    return Listing{machine, wiring}.make();
}

}  // namespace lucheng::hal
