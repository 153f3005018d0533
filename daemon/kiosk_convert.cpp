#include "daemon/kiosk_convert.hpp"

#include <algorithm>
#include <array>

namespace lucheng::daemon {

namespace {

using core::Answer;

constexpr std::array answers{
    Answer::done,        Answer::again,   Answer::later, Answer::too_large, Answer::damaged,
    Answer::still_there, Answer::missing, Answer::help,  Answer::leave,     Answer::stay};

protocol::ScreenMessage::Item message_of(const core::CourierItem& item) {
    return {.delivery = item.delivery.str(),
            .state = protocol::code_of(item.state),
            .size = protocol::code_of(item.size),
            .books = item.books,
            .compartment = protocol::number_of(item.compartment)};
}

protocol::ScreenMessage::Walk message_of(const core::WalkReport& report) {
    protocol::ScreenMessage::Walk out{
        .total = report.total, .as_told = report.as_told, .whole = report.whole};
    for (const auto& one : report.found) {
        out.found.push_back({.number = protocol::number_of(one.number),
                             .result = core::code_of(one.result),
                             .delivery = one.delivery ? one.delivery->str() : std::string{},
                             .returned = one.returned,
                             .reason = one.reason});
    }
    return out;
}

}  // namespace

protocol::ScreenMessage message_of(const core::Screen& screen) {
    protocol::ScreenMessage out;
    out.name = core::code_of(screen.name);
    if (screen.compartment) out.compartment = protocol::number_of(*screen.compartment);
    if (screen.purpose) out.purpose = protocol::code_of(*screen.purpose);
    if (screen.delivery) out.delivery = screen.delivery->str();
    out.books = screen.books;
    out.door = screen.door;
    out.doors = screen.doors;
    if (screen.role) out.role = protocol::code_of(*screen.role);
    if (screen.waits) out.waits = protocol::code_of(*screen.waits);
    out.items.reserve(screen.items.size());
    for (const auto& item : screen.items) out.items.push_back(message_of(item));
    for (const auto door : screen.returns) out.returns.push_back(protocol::number_of(door));
    for (const auto size : screen.sizes) out.sizes.push_back(protocol::code_of(size));
    out.takes_returns = screen.takes_returns;
    out.returned = screen.returned;
    out.disputed = screen.disputed;
    if (screen.walk) out.walk = message_of(*screen.walk);
    out.walk_needed = screen.walk_needed;
    out.notice = screen.notice;
    out.chinese = screen.chinese;
    out.english = screen.english;
    out.maintenance_left_ms = static_cast<std::uint64_t>(screen.maintenance_left.count());
    out.idle_left_ms =
        static_cast<std::uint64_t>(std::max<std::int64_t>(screen.idle_left.count(), 0));
    out.free_small = screen.free_small;
    out.free_medium = screen.free_medium;
    out.free_large = screen.free_large;
    return out;
}

std::vector<protocol::SimulatedMessage> message_of(const hal::SimulatedWorld& world) {
    std::vector<protocol::SimulatedMessage> out;
    for (const auto number : world.numbers()) {
        const auto look = world.look(number);
        out.push_back({.number = protocol::number_of(number),
                       .door_open = look.door_open,
                       .books = look.books,
                       .coil = look.coil,
                       .pulses = look.pulses,
                       .longest_ms = look.longest_ms,
                       .jammed = look.jammed,
                       .sensor_stuck = look.sensor_stuck,
                       .switch_stuck = look.switch_stuck,
                       .bounces = look.bounces,
                       .switch_inverted = look.switch_inverted});
    }
    return out;
}

protocol::PlanMessage plan_of(const Config& config) {
    protocol::PlanMessage plan;
    const auto& columns = config.front.columns;
    for (const auto& door : config.cabinet.compartments) {
        const auto column = columns.find(door.number);
        plan.doors.push_back(
            {.number = protocol::number_of(door.number),
             .size = protocol::code_of(door.size),
             .height_mm = door.height_mm,
             .column = column == columns.end() ? std::uint16_t{0} : column->second});
    }
    if (const auto& screen = config.front.screen) {
        plan.screen = protocol::PlanMessage::Screen{.column = screen->column,
                                                    .columns = screen->columns,
                                                    .height_mm = screen->height_mm,
                                                    .tall_mm = screen->tall_mm};
    }
    plan.hours_chinese = config.hours.chinese;
    plan.hours_english = config.hours.english;
    plan.sounds = config.kiosk_sounds;
    return plan;
}

std::optional<core::Answer> answer_of(std::string_view code) {
    for (const auto answer : answers) {
        if (core::code_of(answer) == code) return answer;
    }
    return std::nullopt;
}

}  // namespace lucheng::daemon
