// What people make of the screen.
#include <algorithm>

#include "tests/simulation/people.hpp"

namespace lucheng::simulation {

using protocol::DeliveryState;

namespace {

std::string mistyped(std::string code, Random& dice) {
    char& digit = code[static_cast<std::size_t>(dice.below(code.size()))];
    digit = static_cast<char>('0' + (digit - '0' + 1 + static_cast<int>(dice.below(9))) % 10);
    return code;
}

}  // namespace

void People::patron_sees(const VisitorPtr& visitor, const core::Screen& screen) {
    Visitor& v = *visitor;
    const bool has_it = taken_.contains(v.parcel);
    if (!v.mine) {
        if (has_it && !v.insists) return leave(visitor);
        const bool card = !v.card.empty() && (v.tries_left < 2 || v.dice.one_in(4));
        if (card) return present(visitor, v.card, true);
        if (!v.token.empty() && v.dice.one_in(3)) return present(visitor, v.token, false);
        const bool typo = slips(v, 7);
        return present(visitor, typo ? mistyped(v.code, v.dice) : v.code, false);
    }
    const auto lies_there = [&] {
        return screen.delivery && screen.compartment &&
               doors_.where(*screen.delivery) == screen.compartment;
    };
    switch (screen.name) {
        case ScreenName::open:
        case ScreenName::left_open:
            v.door = screen.compartment;
            if (v.door) attended_[*v.door] = 1;
            return;
        case ScreenName::opening:
        case ScreenName::settling: return;
        case ScreenName::still_occupied:
            if (++v.again > 2) return say(visitor, Answer::done);
            return say(visitor, lies_there() ? Answer::again : Answer::done);
        case ScreenName::confirm_emptied:
            if (slips(v, 5)) return leave(visitor);  // nobody answers
            if (lies_there() && ++v.again <= 2) return say(visitor, Answer::again);
            // His own, or what somebody else left there, which is none of his business.
            if (!doors_.box(*screen.compartment).inside.empty()) {
                misled(*screen.compartment, "a patron said it was empty");
            }
            return say(visitor, Answer::done);
        case ScreenName::not_opened:
            if (++v.again > 2) return say(visitor, Answer::later);
            return say(visitor, Answer::again);
        case ScreenName::thanks:
        case ScreenName::start:
        case ScreenName::out_of_order:
        case ScreenName::courier_list:
        case ScreenName::sensed_empty:
        case ScreenName::return_card:
        case ScreenName::return_size:
        case ScreenName::return_thanks:
        case ScreenName::confirm_collection:
        case ScreenName::walk_question:
        case ScreenName::walk_report:
        case ScreenName::confirm_deposit: return leave(visitor);
    }
}

void People::courier_sees(const VisitorPtr& visitor, const core::Screen& screen) {
    Visitor& v = *visitor;
    if (!v.mine || screen.name == ScreenName::start || screen.name == ScreenName::out_of_order) {
        if (v.mine && v.tries_left <= 1) return leave(visitor);
        v.mine = false;
        if (v.dice.one_in(3)) return present(visitor, v.card, true);
        const bool typo = slips(v, 5);
        return present(visitor, typo ? mistyped(v.code, v.dice) : v.code, false);
    }
    switch (screen.name) {
        case ScreenName::courier_list: return courier_chooses(visitor, screen);
        case ScreenName::open:
        case ScreenName::left_open:
            v.door = screen.compartment;
            if (v.door) attended_[*v.door] = 1;
            return;
        case ScreenName::sensed_empty:
            if (!screen.delivery) return;  // asked of a patron, who brings books back
            if (++v.again > 3) return say(visitor, Answer::later);
            if (slips(v, 8)) return say(visitor, Answer::done);  // "but I have put it in"
            return say(visitor, carries(*screen.delivery) ? Answer::again : Answer::later);
        case ScreenName::confirm_deposit:
            if (!screen.delivery) return;            // the same
            if (slips(v, 5)) return leave(visitor);  // walks off
            if (carries(*screen.delivery) && slips(v, 10)) {
                misled(*screen.compartment, "a courier said it was inside");
                return say(visitor, Answer::done);
            }
            return say(visitor, doors_.where(*screen.delivery) == screen.compartment
                                    ? Answer::done
                                    : Answer::later);
        case ScreenName::still_occupied:
            return say(visitor, ++v.again > 3 ? Answer::done : Answer::again);
        case ScreenName::confirm_emptied:
            if (!doors_.box(*screen.compartment).inside.empty()) {
                return say(visitor, Answer::again);
            }
            return say(visitor, Answer::done);
        case ScreenName::not_opened: return say(visitor, Answer::later);
        case ScreenName::confirm_collection:
            if (slips(v, 5)) return leave(visitor);  // walks off
            if (!doors_.box(*screen.compartment).inside.empty()) {
                return say(visitor, Answer::again);
            }
            return say(visitor, v.took ? Answer::done : Answer::missing);
        case ScreenName::return_card:
        case ScreenName::return_size:
        case ScreenName::return_thanks:
        case ScreenName::walk_question:
        case ScreenName::walk_report:
        case ScreenName::opening:
        case ScreenName::settling:
        case ScreenName::thanks:
        case ScreenName::start:
        case ScreenName::out_of_order: return;
    }
}

void People::courier_chooses(const VisitorPtr& visitor, const core::Screen& screen) {
    if (visitor->dice.one_in(12)) return try_any_door(visitor);
    for (const auto& item : screen.items) {
        if (visitor->skip.contains(item.delivery)) continue;
        if (item.state == DeliveryState::recalling || carries(item.delivery)) {
            visitor->chosen.reset();
            if (item.state != DeliveryState::recalling) {
                visitor->chosen = {item.compartment, item.delivery};
            }
            return choose(visitor, item.delivery);
        }
    }
    if (!screen.returns.empty() && !visitor->collected) {
        visitor->collected = true;
        return machine_.kiosk().collect(heard(visitor, [](const auto&) {}));
    }
    say(visitor, Answer::leave);
    leave(visitor);
}

}  // namespace lucheng::simulation
