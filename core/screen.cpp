#include "core/screen.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/state.hpp"

namespace lucheng::core {
namespace {

ScreenName name_of(Step step) {
    switch (step) {
        case Step::choosing: return ScreenName::courier_list;
        case Step::opening: return ScreenName::opening;
        case Step::open: return ScreenName::open;
        case Step::settling: return ScreenName::settling;
        case Step::still_occupied: return ScreenName::still_occupied;
        case Step::confirm_emptied: return ScreenName::confirm_emptied;
        case Step::sensed_empty: return ScreenName::sensed_empty;
        case Step::confirm_deposit: return ScreenName::confirm_deposit;
        case Step::not_opened: return ScreenName::not_opened;
        case Step::thanks: return ScreenName::thanks;
        case Step::return_card: return ScreenName::return_card;
        case Step::return_size: return ScreenName::return_size;
        case Step::return_thanks: return ScreenName::return_thanks;
        case Step::confirm_collection: return ScreenName::confirm_collection;
        case Step::walk_question: return ScreenName::walk_question;
        case Step::walk_report: return ScreenName::walk_report;
    }
    std::abort();
}

std::vector<CourierItem> courier_items(const Cabinet::State& s) {
    std::vector<CourierItem> items;
    for (const auto& [number, c] : s.compartments) {
        if (!c.holder) continue;
        const Delivery& delivery = s.ledger.deliveries.at(*c.holder);
        const bool listed =
            delivery.state == DeliveryState::assigned || delivery.state == DeliveryState::recalling;
        if (!listed) continue;
        items.push_back({delivery.id, delivery.state, delivery.size, delivery.books, number});
    }
    return items;
}

// What a walk shows beside its door, and at its end.
void show_walk(Screen& screen, const Cabinet::State& s) {
    const Session& session = *s.session;
    if (session.role != PersonRole::staff) return;
    screen.walk_needed = s.ledger.cabinet.walk_needed;
    if (!session.walk) return;
    screen.door = static_cast<std::uint16_t>(session.walk->position);
    screen.doors = session.walk->report.total;
    if (session.step == Step::walk_report) screen.walk = session.walk->report;
    if (!session.at) return;
    const Expected expected = expected_in(s, s.compartments.at(*session.at));
    screen.returned = expected.returned;
    screen.disputed = expected.disputed;
}

}  // namespace

Screen Cabinet::screen(const Now& now) const {
    const State& s = *state_;
    const protocol::StateReport counted = report();
    Screen screen{
        .name = s.ledger.cabinet.in_service ? ScreenName::start : ScreenName::out_of_order,
        .chinese = s.ledger.notice.chinese,
        .english = s.ledger.notice.english,
        .free_small = counted.free_small,
        .free_medium = counted.free_medium,
        .free_large = counted.free_large,
        .takes_returns = takes_returns(s)};
    if (s.told && now.uptime < s.told->until) screen.notice = s.told->refusal;
    if (!s.session) {
        // Nobody is at the screen, but a door stands open: ask whoever passes to shut it.
        for (const auto& [number, c] : s.compartments) {
            if (!c.ajar) continue;
            screen.name = ScreenName::left_open;
            screen.compartment = number;
            break;
        }
        return screen;
    }
    const Session& session = *s.session;
    screen.name = name_of(session.step);
    screen.compartment = session.at;
    screen.role = session.role;
    if (s.waiting) screen.waits = s.waiting->role;
    if (!screen.notice) screen.notice = session.notice;
    if (session.idle_at) {
        screen.idle_left = std::max(*session.idle_at - now.uptime, Milliseconds{0});
    }
    if (session.at) {
        screen.purpose = session.purpose;
        if (session.step == Step::open && s.compartments.at(*session.at).ajar) {
            screen.name = ScreenName::left_open;
        }
    }
    if (session.delivery) {
        screen.delivery = session.delivery;
        const auto found = s.ledger.deliveries.find(*session.delivery);
        if (found != s.ledger.deliveries.end()) screen.books = found->second.books;
    }
    if (session.step == Step::return_size) screen.sizes = sizes_for_returns(s);
    if (!session.collects.empty()) {
        screen.door = static_cast<std::uint16_t>(session.position);
        screen.doors = static_cast<std::uint16_t>(session.collects.size());
    }
    if (session.role) {
        screen.items = courier_items(s);
        screen.returns = waiting_returns(s);
        show_walk(screen, s);
        if (s.maintenance && session.role == PersonRole::staff) {
            screen.maintenance_left = std::max(s.maintenance->until - now.uptime, Milliseconds{0});
        }
    } else {
        screen.door = static_cast<std::uint16_t>(session.position);
        screen.doors = static_cast<std::uint16_t>(session.queue.size());
    }
    return screen;
}

std::string_view code_of(ScreenName name) {
    switch (name) {
        case ScreenName::start: return "start";
        case ScreenName::opening: return "opening";
        case ScreenName::open: return "open";
        case ScreenName::settling: return "settling";
        case ScreenName::still_occupied: return "still_occupied";
        case ScreenName::confirm_emptied: return "confirm_emptied";
        case ScreenName::not_opened: return "not_opened";
        case ScreenName::left_open: return "left_open";
        case ScreenName::thanks: return "thanks";
        case ScreenName::courier_list: return "courier_list";
        case ScreenName::sensed_empty: return "sensed_empty";
        case ScreenName::confirm_deposit: return "confirm_deposit";
        case ScreenName::out_of_order: return "out_of_order";
        case ScreenName::return_card: return "return_card";
        case ScreenName::return_size: return "return_size";
        case ScreenName::return_thanks: return "return_thanks";
        case ScreenName::confirm_collection: return "confirm_collection";
        case ScreenName::walk_question: return "walk_question";
        case ScreenName::walk_report: return "walk_report";
    }
    std::abort();
}

}  // namespace lucheng::core
