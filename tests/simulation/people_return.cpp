// Who brings books back, and the courier who takes them away.
#include <fmt/format.h>
#include <utility>

#include "tests/simulation/people.hpp"

namespace lucheng::simulation {

namespace {

constexpr std::uint64_t cards = 12;  // few, so that some bring more than they may

}  // namespace

void People::returner_comes(Random dice) {
    const auto books = DeliveryId::of(fmt::format("{}{}", returned_books, ++returners_));
    arrive(std::make_shared<Visitor>(
        Visitor{.trade = Trade::returner,
                .dice = dice,
                .parcel = books,
                .card = fmt::format("{}{}", returners_card, dice.below(cards))}));
}

bool is_returned(const DeliveryId& books) { return books.str().starts_with(returned_books); }

bool People::has_books(const Visitor& visitor) const {
    return !taken_.contains(visitor.parcel) && !doors_.where(visitor.parcel);
}

// He is told nothing of what another does at the screen.
void People::ask_to_return(const VisitorPtr& visitor) {
    machine_.kiosk().bring_back(heard(visitor, [this, visitor](const auto& refused) {
        visitor->mine = !refused;
        if (refused && *refused != Reason::busy && --visitor->tries_left <= 0) leave(visitor);
    }));
}

void People::returner_sees(const VisitorPtr& visitor, const core::Screen& screen) {
    Visitor& v = *visitor;
    if (!v.mine) {
        if (!has_books(v)) return leave(visitor);
        return ask_to_return(visitor);
    }
    const bool moved = screen.notice && screen.notice->reason == Reason::sensed_occupied;
    if (v.complains_of && screen.compartment != v.complains_of && moved) {
        put_right(*std::exchange(v.complains_of, {}));
    }
    switch (screen.name) {
        case ScreenName::return_card: {
            auto done = heard(visitor, [this, visitor](const auto& refused) {
                if (refused && --visitor->tries_left <= 0) leave(visitor);
            });
            if (readers_.one_in(2)) {
                return machine_.loop().scanned(1, "R:" + v.card, std::move(done));
            }
            return machine_.kiosk().card(v.card, std::move(done));
        }
        case ScreenName::return_size: {
            if (slips(v, 5)) return leave(visitor);
            const auto size = static_cast<core::SizeClass>(v.dice.below(3));
            return machine_.kiosk().size(size, heard(visitor, [this, visitor](const auto& refused) {
                                             if (refused && --visitor->tries_left <= 0) {
                                                 leave(visitor);
                                             }
                                         }));
        }
        case ScreenName::open:
        case ScreenName::left_open:
            if (screen.purpose != protocol::Purpose::returning) return leave(visitor);
            v.door = screen.compartment;
            if (v.door) attended_[*v.door] = 1;
            return;
        case ScreenName::sensed_empty:
            if (++v.again > 3) return say(visitor, Answer::later);
            if (slips(v, 8)) return say(visitor, Answer::done);
            if (slips(v, 8)) return say(visitor, Answer::too_large);
            return say(visitor, has_books(v) ? Answer::again : Answer::later);
        case ScreenName::confirm_deposit: return returner_says(visitor, screen);
        case ScreenName::not_opened:
            return say(visitor, ++v.again > 2 ? Answer::later : Answer::again);
        case ScreenName::opening:
        case ScreenName::settling: return;
        case ScreenName::return_thanks:
        case ScreenName::thanks:
        case ScreenName::start:
        case ScreenName::out_of_order:
        case ScreenName::courier_list:
        case ScreenName::still_occupied:
        case ScreenName::confirm_emptied:
        case ScreenName::walk_question:
        case ScreenName::walk_report:
        case ScreenName::confirm_collection: return leave(visitor);
    }
}

void People::returner_says(const VisitorPtr& visitor, const core::Screen& screen) {
    Visitor& v = *visitor;
    const bool inside = doors_.where(v.parcel) == screen.compartment;
    if (slips(v, 10)) return leave(visitor);  // nobody answers
    if (slips(v, 5)) {
        misled(*screen.compartment, "a patron said another word of his books");
        return say(visitor, inside ? Answer::missing : Answer::done);
    }
    if (!inside && has_books(v) && ++v.again < 3) return say(visitor, Answer::again);
    // What somebody else has put there meanwhile is none of his business.
    if (!inside && !doors_.box(*screen.compartment).inside.empty()) {
        misled(*screen.compartment, "a patron spoke of his own books at somebody else's door");
    }
    const bool larger = has_books(v) && v.dice.one_in(3);
    say(visitor, inside ? Answer::done : larger ? Answer::too_large : Answer::missing);
}

void People::hands_of_returner(const VisitorPtr& visitor, Doors::Box& box) {
    if (!has_books(*visitor)) return;
    const bool shown = machine_.serves() && machine_.loop().screen().compartment == box.spec.number;
    if (!box.inside.empty() && shown && visitor->dice.one_in(2)) {
        visitor->complains_of = box.spec.number;
        return say(visitor, Answer::still_there);
    }
    if (box.inside.empty() && shown && slips(*visitor, 5)) {
        return say(visitor, visitor->dice.one_in(2) ? Answer::too_large : Answer::still_there);
    }
    if (slips(*visitor, 6)) return;  // shuts it empty
    tells(
        fmt::format("{} is put behind door {}", visitor->parcel.str(), number_of(box.spec.number)));
    doors_.put(box.spec.number, visitor->parcel);
}

}  // namespace lucheng::simulation
