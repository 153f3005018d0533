#include "hal/gpio_wires.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <fmt/format.h>

#include "hal/gpio_cabinet.hpp"

namespace lucheng::hal {
namespace {

bool is_ours(const std::string& consumer) {
    return consumer == gpio_consumer_locks || consumer == gpio_consumer_inputs ||
           consumer == gpio_consumer_signals;
}

void add_once(std::vector<std::string>& sentences, std::string sentence) {
    if (std::find(sentences.begin(), sentences.end(), sentence) != sentences.end()) return;
    sentences.push_back(std::move(sentence));
}

}  // namespace

GpioWires::GpioWires(boost::asio::io_context& loop, const Wiring& wiring,
                     std::function<core::Uptime()> uptime, Listener listener)
    : loop_{loop}, uptime_{std::move(uptime)}, listener_{std::move(listener)} {
    for (std::size_t i = 0; i < wiring.compartments.size(); ++i) {
        const CompartmentWiring& one = wiring.compartments[i];
        add(Use::lock, one.lock, i);
        add(Use::door, one.door, i);
        add(Use::sensor, one.sensor, i);
        add(Use::lamp, one.lamp, i);
    }
    add(Use::buzzer, wiring.buzzer, {});
    add(Use::mains_fail, wiring.mains_fail, {});
    add(Use::tamper, wiring.tamper, {});
    active_.resize(wires_.size());
    place_.resize(wires_.size());
}

void GpioWires::add(Use use, const std::optional<LineSpec>& spec,
                    std::optional<std::size_t> compartment) {
    if (!spec) return;
    wires_.push_back({use, *spec, compartment});
    device_.push_back(spec->chip);
}

GpioWires::Group GpioWires::group_of(Use use) {
    switch (use) {
        case Use::lock: return Group::locks;
        case Use::door:
        case Use::sensor:
        case Use::mains_fail:
        case Use::tamper: return Group::inputs;
        case Use::lamp:
        case Use::buzzer: return Group::signals;
    }
    std::abort();
}

std::optional<std::size_t> GpioWires::find(Use use, std::optional<std::size_t> compartment) const {
    for (std::size_t i = 0; i < wires_.size(); ++i) {
        if (wires_[i].use == use && wires_[i].compartment == compartment) return i;
    }
    return std::nullopt;
}

bool GpioWires::any_missing() const {
    return std::any_of(place_.begin(), place_.end(), [](const auto& place) { return !place; });
}

GpioWires::Look GpioWires::take_missing() {
    Look look;
    const GpioChips machine = look_at_chips();
    // A chip that may not be opened is only of interest while something is looked for.
    const auto missing = find_missing(machine, look);
    if (!look.troubles.empty()) {
        for (const std::string& refused : machine.refused) add_once(look.troubles, refused);
    }
    std::map<std::pair<std::size_t, Group>, std::vector<Wanted>> wanted;
    for (const auto& [where, wires] : missing) {
        const auto& [chip, offset] = where;
        if (wires.size() == 1) {
            const std::size_t wire = wires.front();
            wanted[{chip, group_of(wires_[wire].use)}].push_back({wire, offset});
            continue;
        }
        add_once(look.troubles, fmt::format("line {} of {} is meant by {} keys of the "
                                            "configuration: see `cabinetd --list-gpio`",
                                            offset, describe(machine.chips[chip]), wires.size()));
    }
    for (auto& [where, lines] : wanted) {
        const GpioChip& chip = machine.chips[where.first];
        for (std::size_t from = 0; from < lines.size(); from += gpio_request_lines_max) {
            const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(from);
            const auto size = std::min(gpio_request_lines_max, lines.size() - from);
            take(chip, where.second, {begin, begin + static_cast<std::ptrdiff_t>(size)}, look);
        }
    }
    return look;
}

std::map<std::pair<std::size_t, std::uint32_t>, std::vector<std::size_t>> GpioWires::find_missing(
    const GpioChips& machine, Look& look) const {
    std::map<std::pair<std::size_t, std::uint32_t>, std::vector<std::size_t>> found_lines;
    for (std::size_t i = 0; i < wires_.size(); ++i) {
        if (place_[i]) continue;
        const auto found = find_line(machine.chips, wires_[i].spec);
        if (const auto* not_found = std::get_if<NotFound>(&found)) {
            add_once(look.troubles, not_found->sentence);
            continue;
        }
        const auto& [chip, offset] = std::get<FoundLine>(found);
        found_lines[{chip, offset}].push_back(i);
    }
    return found_lines;
}

void GpioWires::take(const GpioChip& chip, Group group, std::vector<Wanted> wanted, Look& look) {
    std::unique_ptr<Holding> holding;
    try {
        holding = request(chip, group, wanted);
    } catch (const std::system_error& error) {
        explain(chip, wanted, error.code(), look);
        return;
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        place_[wanted[i].wire] = Place{holding.get(), i};
        device_[wanted[i].wire] = holding->name;
    }
    look.locks_taken = look.locks_taken || holding->locks;
    look.anything_taken = true;
    holdings_.push_back(std::move(holding));
}

std::unique_ptr<GpioWires::Holding> GpioWires::request(const GpioChip& chip, Group group,
                                                       const std::vector<Wanted>& wanted) {
    auto holding = std::make_unique<Holding>();
    holding->device = chip.device;
    holding->name = describe(chip);
    holding->locks = group == Group::locks;
    std::vector<GpioInputs::Line> inputs;
    std::vector<GpioOutputs::Line> outputs;
    for (const auto& [wire, offset] : wanted) {
        holding->wires.push_back(wire);
        inputs.push_back({offset, wires_[wire].spec});
        outputs.push_back({offset, wires_[wire].spec, group == Group::signals && active_[wire]});
    }
    if (group != Group::inputs) {
        const char* const name = holding->locks ? gpio_consumer_locks : gpio_consumer_signals;
        holding->outputs = std::make_unique<GpioOutputs>(chip, name, outputs);
        return holding;
    }
    GpioInputs::Parts parts;
    parts.consumer = gpio_consumer_inputs;
    parts.uptime = uptime_;
    parts.listener.changed = [this, wires = holding->wires](std::size_t line, bool active) {
        listener_.changed(wires[line], active);
    };
    parts.listener.gone = [this, device = chip.device](std::error_code error) {
        gone(device, error);
    };
    holding->inputs = std::make_unique<GpioInputs>(loop_, chip, inputs, std::move(parts));
    return holding;
}

void GpioWires::explain(const GpioChip& chip, const std::vector<Wanted>& wanted,
                        const std::error_code& error, Look& look) {
    if (error.value() != EBUSY) {
        add_once(look.troubles,
                 fmt::format("{} of {} cannot be taken: {}", describe(wires_[wanted[0].wire].spec),
                             describe(chip), error.message()));
        return;
    }
    for (const auto& [wire, offset] : wanted) {
        const std::string holder = holder_of(chip, offset);
        if (holder.empty()) continue;
        const bool ours = is_ours(chip.lines[offset].consumer);
        const std::string sentence = fmt::format(
            "{}; {}", holder,
            ours ? "another cabinetd runs: stop it, or give each chips of its own"
                 : "stop that program, or unbind that driver, or wire the cabinet to another line");
        add_once(look.held, sentence);
    }
}

bool GpioWires::level(std::size_t wire) const {
    const auto& place = place_[wire];
    return place && place->holding->inputs && place->holding->inputs->level(place->line);
}

void GpioWires::set(std::size_t wire, bool active) {
    active_[wire] = active;
    const auto& place = place_[wire];
    if (!place) return;
    try {
        place->holding->outputs->set(place->line, active);
    } catch (const std::system_error& error) {
        gone_later(place->holding->device, error.code());
    }
}

void GpioWires::let_go() {
    for (auto& place : place_) place.reset();
    holdings_.clear();
}

void GpioWires::release_locks() noexcept {
    for (const auto& holding : holdings_) {
        if (!holding->locks) continue;
        try {
            holding->outputs->set_all_inactive();
        } catch (const std::exception&) {
            // Gone or going: the next check tells.
        }
    }
}

void GpioWires::share_locks(KeeperCommand& command) const {
    command.arguments.clear();
    command.request_fds.clear();
    for (const auto& holding : holdings_) {
        if (!holding->locks || command.request_fds.size() == keeper::requests_max) continue;
        std::string lines;
        for (const std::size_t wire : holding->wires) {
            if (!lines.empty()) lines += ',';
            lines += std::to_string(*wires_[wire].compartment);
        }
        command.arguments.insert(command.arguments.end(), {"--gpio", lines});
        command.request_fds.push_back(holding->outputs->fd());
    }
    if (command.arguments.empty()) command.arguments = {"--gpio", ""};
}

void GpioWires::check() {
    for (const auto& holding : holdings_) {
        if (holding->inputs) {
            holding->inputs->check();
            continue;
        }
        try {
            holding->outputs->check();
        } catch (const std::system_error& error) {
            gone_later(holding->device, error.code());
        }
    }
}

void GpioWires::gone_later(const std::string& device, const std::error_code& error) {
    boost::asio::post(loop_, [this, alive = std::weak_ptr{alive_}, device, error] {
        if (!alive.expired()) gone(device, error);
    });
}

// All that hangs on the chip goes together: a half of it would only be found missing one by one.
void GpioWires::gone(const std::string& device, const std::error_code& error) {
    std::string name;
    std::size_t lines = 0;
    for (const auto& holding : holdings_) {
        if (holding->device != device) continue;
        name = holding->name;
        lines += holding->wires.size();
        for (const std::size_t wire : holding->wires) place_[wire].reset();
    }
    if (lines == 0) return;
    std::erase_if(holdings_, [&](const auto& holding) { return holding->device == device; });
    listener_.gone(fmt::format(
        "{} does not answer ({}), and {} lines with it: see to its cable and its supply; it is "
        "taken up again when it is back",
        name, error.message(), lines));
}

}  // namespace lucheng::hal
