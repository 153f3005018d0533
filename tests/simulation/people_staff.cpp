// Staff who log in at the screen, and couriers who try what is theirs alone.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "tests/simulation/people.hpp"

namespace lucheng::simulation {

void People::staff_visits(Random dice) {
    const auto& boxes = doors_.boxes();
    auto door = boxes.begin();
    std::advance(door, static_cast<std::ptrdiff_t>(dice.below(boxes.size())));
    look(std::make_shared<Visitor>(Visitor{.trade = Trade::staff,
                                           .dice = dice,
                                           .code = staff_code_,
                                           .card = staff_card_,
                                           .looks_behind = door->first,
                                           .maintains = dice.one_in(3)}));
}

void People::staff_walks(Random dice) {
    look(std::make_shared<Visitor>(Visitor{.trade = Trade::staff,
                                           .dice = dice,
                                           .code = staff_code_,
                                           .card = staff_card_,
                                           .looks_left = 600,
                                           .walks = true}));
}

void People::staff_sees(const VisitorPtr& visitor, const core::Screen& screen) {
    Visitor& v = *visitor;
    if (!v.mine || screen.name == ScreenName::start || screen.name == ScreenName::out_of_order) {
        if (v.mine) return leave(visitor);  // took too long
        return v.dice.one_in(2) ? present(visitor, v.card, true) : present(visitor, v.code, false);
    }
    if (screen.role != protocol::PersonRole::staff) return;  // a patron was let in between
    switch (screen.name) {
        case ScreenName::courier_list: return staff_chooses(visitor);
        case ScreenName::open:
        case ScreenName::left_open:
            v.door = screen.compartment;
            if (v.door) attended_[*v.door] = 1;
            return;
        case ScreenName::not_opened:
            return say(visitor, ++v.again % 2 == 0 ? Answer::later : Answer::again);
        case ScreenName::walk_question: return staff_finds(visitor, screen);
        case ScreenName::walk_report: return say(visitor, Answer::done);
        case ScreenName::opening:
        case ScreenName::settling:
        case ScreenName::still_occupied:
        case ScreenName::confirm_emptied:
        case ScreenName::sensed_empty:
        case ScreenName::confirm_deposit:
        case ScreenName::return_card:
        case ScreenName::return_size:
        case ScreenName::return_thanks:
        case ScreenName::confirm_collection:
        case ScreenName::thanks:
        case ScreenName::start:
        case ScreenName::out_of_order: return;
    }
}

std::optional<protocol::CompartmentReport> People::line_of(CompartmentNumber number) {
    for (const auto& line : machine_.loop().state().compartments) {
        if (line.number == number) return line;
    }
    return {};
}

// Opens the door, then has the compartment out of service for a moment, or for longer.
void People::staff_chooses(const VisitorPtr& visitor) {
    Visitor& v = *visitor;
    if (std::exchange(v.walks, false)) {
        return machine_.kiosk().walk(heard(visitor, [](const auto&) {}));
    }
    if (v.looks_behind && !v.door && v.looks_left > 20) {
        const auto number = *std::exchange(v.looks_behind, std::nullopt);
        v.chosen = {number, {}};
        return machine_.kiosk().staff.open(number, heard(visitor, [](const auto&) {}));
    }
    if (std::exchange(v.maintains, false)) {
        maintenance_declared();
        return machine_.kiosk().staff.maintenance(
            true, heard(visitor, [this, dice = v.dice](const std::optional<Reason>& refused) {
                if (!refused) work_with_key(dice);
            }));
    }
    for (const auto& line : machine_.loop().state().compartments) {
        if (line.out_of_service != Reason::by_staff) continue;
        if (line.door != protocol::Door::shut || slips(v, 20)) continue;
        return set_service(visitor, line.number, true);
    }
    if (v.chosen && v.dice.one_in(2)) {
        return set_service(visitor, std::exchange(v.chosen, std::nullopt)->first, false);
    }
    say(visitor, Answer::leave);
    leave(visitor);
}

void People::set_service(const VisitorPtr& visitor, CompartmentNumber number, bool in) {
    // Without a sensor their word is that it is empty.
    const auto look_again = [this, number, in] {
        const auto& box = doors_.box(number);
        if (!in || box.inside.empty() || (machine_.serves() && line_of(number)->delivery)) return;
        misled(number, "staff did not look behind it");
    };
    look_again();
    machine_.kiosk().staff.service(
        {number, in},
        heard(visitor, [this, number, in, look_again](const std::optional<Reason>& refused) {
            look_again();
            if (!refused) put_in_service(number, in);
        }));
}

// Looks behind a door, and shuts it again.
void People::work_with_key(Random dice) {
    auto door = doors_.boxes().begin();
    std::advance(door, static_cast<std::ptrdiff_t>(dice.below(doors_.boxes().size())));
    time_.after(dice.between(1s, 90min), [this, number = door->first] {
        if (attended_.contains(number) || doors_.box(number).open) return;
        tells(fmt::format("staff open door {} with the key", number_of(number)));
        doors_.force(number);
        time_.after(20s, [this, number] {
            if (doors_.box(number).open) doors_.shut(number);
        });
    });
}

// What somebody says who has looked, and compares it with what the screen says.
Answer People::word_of(const core::Screen& screen, const Doors::Box& box) const {
    const auto& inside = box.inside;
    const bool expects = screen.delivery || screen.returned;
    const auto here = [&](const DeliveryId& books) {
        return screen.delivery ? books == *screen.delivery : screen.returned && is_returned(books);
    };
    const auto right = std::count_if(inside.begin(), inside.end(), here);
    if (std::ssize(inside) > right) return Answer::still_there;
    return expects && right == 0 ? Answer::missing : Answer::done;
}

// Behind the door that was just shut, in a walk.
void People::staff_finds(const VisitorPtr& visitor, const core::Screen& screen) {
    Visitor& v = *visitor;
    const auto number = *screen.compartment;
    if (v.dice.one_in(60)) {
        tells("their leave is taken");
        dispatch_.suspend(protocol::PersonId::of("staff-1"), v.dice.soon(10min, 8h));
    }
    if (slips(v, 1)) return leave(visitor);  // walks off
    if (slips(v, 1)) return say(visitor, Answer::leave);
    if (std::exchange(v.found, number) != number) v.asked = 0;
    ++v.asked;
    // What they said was not believed, for a sensor says another word: they look again, and go on.
    if (v.asked > 3) return say(visitor, Answer::later);
    if (v.asked == 2 || slips(v, 4)) return say(visitor, Answer::again);
    if (slips(v, 4)) return say(visitor, Answer::later);
    if (slips(v, 3)) {
        misled(number, "staff said another word of what they saw");
        return say(visitor, v.dice.one_in(2) ? Answer::done : Answer::missing);
    }
    say(visitor, word_of(screen, doors_.box(number)));
}

// What is nobody's goes, but for what is only counted; a patron's books stay.
void People::hands_of_staff(Visitor& visitor, Doors::Box& box) {
    if (!machine_.serves()) return;
    const bool counts = machine_.loop().screen().purpose == protocol::Purpose::walk;
    if (counts && visitor.dice.one_in(2)) return;
    const auto line = line_of(box.spec.number);
    if (line && !line->delivery && !line->book_return) take_all(box);
}

void People::try_any_door(const VisitorPtr& visitor) {
    const auto& boxes = doors_.boxes();
    auto door = boxes.begin();
    std::advance(door, static_cast<std::ptrdiff_t>(visitor->dice.below(boxes.size())));
    machine_.kiosk().staff.open(door->first, heard(visitor, [](const auto&) {}));
}

}  // namespace lucheng::simulation
