#include "tests/simulation/people.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace lucheng::simulation {

using namespace std::chrono_literals;

namespace {

constexpr auto gives_up_waiting = 25s;
constexpr std::size_t scanner = 0, card_reader = 1;  // see spec_of()

}  // namespace

People::People(Timeline& time, Machine& machine, Doors& doors, Dispatch& dispatch, Random dice)
    : time_{time}, machine_{machine}, doors_{doors}, dispatch_{dispatch}, dice_{dice} {}

bool People::slips(Visitor& visitor, std::uint64_t percent) const {
    return visitor.dice.percent(percent) && !visitor.careful && !careful_;
}

void People::courier_comes(Random dice) {
    if (courier_ && !courier_->done) return;  // he is still here
    courier_ = std::make_shared<Visitor>(Visitor{.trade = Trade::courier,
                                                 .dice = dice,
                                                 .code = courier_code_,
                                                 .card = courier_card_,
                                                 .looks_left = 400});
    arrive(courier_);
}

void People::patron_comes(const DeliveryId& parcel, Random dice, int visit) {
    const auto found = dispatch_.parcels().find(parcel);
    if (found == dispatch_.parcels().end() || taken_.contains(parcel)) return;
    const Parcel& one = found->second;
    if (visit < 4) {  // not served this time: comes again
        const auto wait = dice.between(1h, 30h);
        time_.after(wait, [this, parcel, again = dice.fork(), visit] {
            patron_comes(parcel, again, visit + 1);
        });
    }
    const bool old = !one.old_codes.empty() && dice.one_in(4);
    arrive(std::make_shared<Visitor>(Visitor{.trade = Trade::patron,
                                             .dice = dice,
                                             .parcel = parcel,
                                             .code = old ? one.old_codes.back() : one.code,
                                             .card = one.card,
                                             .token = one.token}));
}

void People::patron_comes_back(Random dice) {
    const auto found = dispatch_.parcels().find(last_taken_);
    if (found == dispatch_.parcels().end()) return;
    arrive(std::make_shared<Visitor>(Visitor{.trade = Trade::patron,
                                             .dice = dice,
                                             .parcel = found->first,
                                             .code = found->second.code,
                                             .card = found->second.card,
                                             .token = found->second.token,
                                             .tries_left = 1,
                                             .insists = true}));
}

void People::guesser_comes(Random dice, int tries) {
    arrive(std::make_shared<Visitor>(Visitor{
        .trade = Trade::guesser, .dice = dice, .tries_left = tries, .looks_left = tries * 4}));
}

void People::arrive(const VisitorPtr& visitor) { look(visitor); }

void People::look_soon(const VisitorPtr& visitor) {
    time_.after(visitor->dice.soon(700ms, 7s), [this, visitor] { look(visitor); });
}

void People::leave(const VisitorPtr& visitor) {
    if (visitor->door) attended_.erase(*visitor->door);
    visitor->done = true;
}

void People::look(const VisitorPtr& visitor) {
    if (visitor->done) return;
    if (--visitor->looks_left <= 0) return leave(visitor);
    if (visitor->asked_at && time_.now() > *visitor->asked_at + gives_up_waiting) {
        ++visitor->question;  // an answer that comes after all is not heard
        visitor->asked_at.reset();
    }
    if (!visitor->asked_at && !at_door(visitor) && machine_.serves()) {
        const core::Screen screen = machine_.loop().screen();
        switch (visitor->trade) {
            case Trade::patron: patron_sees(visitor, screen); break;
            case Trade::courier: courier_sees(visitor, screen); break;
            case Trade::guesser: guesser_sees(visitor); break;
            case Trade::returner: returner_sees(visitor, screen); break;
            case Trade::staff: staff_sees(visitor, screen); break;
        }
    }
    if (!visitor->done) look_soon(visitor);
}

void People::take_all(Doors::Box& box) {
    const auto inside = box.inside;
    for (const auto& parcel : inside) {
        taken_.insert(parcel);
        doors_.take(box.spec.number, parcel);
    }
}

// The door that he chose opens, but the screen is dark: he does what he came for.
void People::sees_it_spring(Visitor& visitor) {
    if (visitor.door || !visitor.chosen || machine_.serves()) return;
    if (doors_.box(visitor.chosen->first).open) visitor.door = visitor.chosen->first;
}

// Hands in an open door. True: he is busy there.
bool People::at_door(const VisitorPtr& visitor) {
    sees_it_spring(*visitor);
    if (!visitor->door) return false;
    Doors::Box& box = doors_.box(*visitor->door);
    if (!box.open) {
        if (visitor->handled) visitor->door.reset(), visitor->handled = false;
        return false;
    }
    if (!visitor->handled) {
        visitor->handled = true;
        if (visitor->trade == Trade::patron) hands_of_patron(*visitor, box);
        if (visitor->trade == Trade::returner) hands_of_returner(visitor, box);
        if (visitor->trade == Trade::courier) hands_of_courier(visitor, box);
        if (visitor->trade == Trade::staff) hands_of_staff(*visitor, box);
        return true;
    }
    attended_.erase(box.spec.number);
    if (slips(*visitor, 3)) {  // walks off and leaves it open
        leave(visitor);
        return true;
    }
    doors_.shut(box.spec.number);
    visitor->door.reset();
    visitor->handled = false;
    return true;
}

void People::hands_of_patron(Visitor& visitor, Doors::Box& box) {
    if (slips(visitor, 3)) return;  // forgets what he came for
    last_taken_ = visitor.parcel;
    take_all(box);
}

void People::hands_of_courier(const VisitorPtr& visitor, Doors::Box& box) {
    if (!machine_.serves()) {
        const bool his = visitor->chosen && visitor->chosen->first == box.spec.number;
        if (!his || !carries(visitor->chosen->second)) return;
        tells(fmt::format("{} is put behind door {}, in the dark", visitor->chosen->second.str(),
                          number_of(box.spec.number)));
        return doors_.put(box.spec.number, visitor->chosen->second);
    }
    const core::Screen screen = machine_.loop().screen();
    const bool collects = screen.purpose == protocol::Purpose::collection;
    if (screen.compartment != box.spec.number || !(screen.delivery || collects)) return;
    if (screen.purpose != protocol::Purpose::deposit) {
        visitor->took = !box.inside.empty();
        return take_all(box);
    }
    if (!carries(*screen.delivery)) return;
    if (slips(*visitor, 3)) return;  // shuts it empty
    if (slips(*visitor, 3)) {
        visitor->skip.insert(*screen.delivery);
        const auto word = visitor->dice.below(3);
        if (word != 2 && !box.inside.empty()) {
            misled(box.spec.number, "a courier did not say what he saw");
        }
        return say(visitor, word == 0   ? Answer::too_large
                            : word == 1 ? Answer::damaged
                                        : Answer::still_there);
    }
    tells(fmt::format("{} is put behind door {}", screen.delivery->str(),
                      number_of(box.spec.number)));
    doors_.put(box.spec.number, *screen.delivery);
    if (!slips(*visitor, 1)) return;
    for (const auto& item : screen.items) {  // another one into the same, by mistake
        if (!carries(item.delivery) || item.delivery == *screen.delivery) continue;
        misled(box.spec.number, "two parcels in one compartment");
        doors_.put(box.spec.number, item.delivery);
        return;
    }
}

bool People::carries(const DeliveryId& parcel) const {
    return dispatch_.parcels().contains(parcel) && !taken_.contains(parcel) &&
           !doors_.where(parcel);
}

daemon::KioskHandlers::Done People::heard(const VisitorPtr& visitor,
                                          std::function<void(const std::optional<Reason>&)> then) {
    visitor->asked_at = time_.now();
    touched();
    return [visitor, question = ++visitor->question,
            then = std::move(then)](const daemon::KioskHandlers::Outcome& outcome) {
        std::optional<Reason> refused;
        if (outcome.refusal) refused = outcome.refusal->reason;
        if (visitor->question == question) visitor->asked_at.reset();
        then(refused);
    };
}

void People::present(const VisitorPtr& visitor, std::string text, bool card) {
    presenting(text, card);
    auto done = heard(visitor, [this, visitor, text, card](const std::optional<Reason>& refused) {
        presented({text, card, refused});
        after_presenting(visitor, refused);
    });
    if (readers_.one_in(2)) return scan_key(visitor, text, card, std::move(done));
    if (card) return machine_.kiosk().card(text, std::move(done));
    machine_.kiosk().code(text, std::move(done));
}

// A card is held to one of two readers; everything else to the scanner.
void People::scan_key(const VisitorPtr& visitor, const std::string& text, bool card,
                      daemon::KioskHandlers::Done done) {
    if (!card) return machine_.loop().scanned(scanner, text, std::move(done));
    if (readers_.one_in(2)) return machine_.loop().scanned(scanner, "C:" + text, std::move(done));
    const bool badge = visitor->trade == Trade::courier || visitor->trade == Trade::staff;
    const char* const kind = badge ? "E:" : "R:";
    machine_.loop().scanned(card_reader, kind + text, std::move(done));
}

void People::stranger_scans(Random dice, const std::vector<std::string>& cards) {
    if (!machine_.serves()) return;
    const auto visitor = std::make_shared<Visitor>(Visitor{.trade = Trade::guesser, .dice = dice});
    const auto scan = [&](std::size_t reader, const std::string& line) {
        presenting(line, true);
        machine_.loop().scanned(reader, line,
                                heard(visitor, [this, line](const std::optional<Reason>& refused) {
                                    presented({line, true, refused});
                                }));
    };
    for (auto times = dice.below(40); times > 0; --times) {
        const auto number = dice.below(100'000'000);
        switch (dice.below(7)) {
            case 0: scan(scanner, fmt::format("?{}", number)); break;
            case 1: scan(card_reader, fmt::format("{:016d}", number)); break;
            case 2: scan(scanner, fmt::format("LC:D-{}", number)); break;
            case 3: scan(card_reader, fmt::format("R:{}", courier_card_)); break;
            case 4: machine_.loop().scans_dropped(dice.below(1'000)); break;
            default:
                if (!cards.empty()) scan(card_reader, "E:" + dice.pick(cards));
                break;
        }
    }
}

void People::after_presenting(const VisitorPtr& visitor, const std::optional<Reason>& refused) {
    visitor->mine = !refused;
    if (!refused) return;
    if (*refused == Reason::busy) return;
    if (--visitor->tries_left <= 0) leave(visitor);
}

void People::say(const VisitorPtr& visitor, Answer answer) {
    machine_.kiosk().answer(answer, heard(visitor, [](const auto&) {}));
}

void People::choose(const VisitorPtr& visitor, const DeliveryId& parcel) {
    has_chosen(parcel);
    auto done = heard(visitor, [visitor, parcel](const std::optional<Reason>& refused) {
        if (refused && *refused != Reason::compartment_busy) visitor->skip.insert(parcel);
        if (refused && ++visitor->again > 10) visitor->skip.insert(parcel);
    });
    if (readers_.one_in(2)) {
        return machine_.loop().scanned(scanner, "LC:" + parcel.str(), std::move(done));
    }
    machine_.kiosk().choose(parcel, std::move(done));
}

void People::guesser_sees(const VisitorPtr& visitor) {
    // Cards may be tried for ever; codes may not.
    const auto guess = visitor->dice.below(100'000'000);
    if (visitor->tries_left % 2 == 0) return present(visitor, fmt::format("X{}", guess), true);
    present(visitor, fmt::format("{:08d}", guess), false);
}

void People::staff_comes(CompartmentNumber number) {
    time_.after(15s, [this, number] {
        Doors::Box& box = doors_.box(number);
        if (!box.open) return;  // it did not open: another day
        take_all(box);
        time_.after(5s, [this, number] {
            if (!doors_.box(number).open) return;
            doors_.shut(number);
            time_.after(1min, [this, number] {
                dispatch_.ask(protocol::SetService{number, true}, {}, false);
            });
        });
    });
}

void People::vandal_comes(Random dice) {
    auto& boxes = doors_.boxes();
    auto at = boxes.begin();
    // The first doors more often: they are given out first.
    const auto among = dice.one_in(2) ? std::min<std::size_t>(3, boxes.size()) : boxes.size();
    std::advance(at, static_cast<std::ptrdiff_t>(dice.below(among)));
    const auto number = at->first;
    if (attended_.contains(number)) return;
    tells(fmt::format("somebody forces door {}", number_of(number)));
    doors_.force(number);
    const auto mischief = dice.below(4);
    time_.after(dice.between(2s, 20s), [this, number, mischief] {
        Doors::Box& box = doors_.box(number);
        if (!box.open) return;
        if (mischief == 0) take_all(box);
        if (mischief == 1) {
            doors_.put(number, DeliveryId::of(fmt::format("stranger-{}", ++strangers_)));
        }
        if (mischief == 2) doors_.shut(number);
    });
}

// What he does in the dark.
void People::burgle(CompartmentNumber number, std::uint64_t mischief) {
    Doors::Box& box = doors_.box(number);
    if (!box.open) return;
    if (mischief % 2 == 0) take_all(box);
    if (mischief % 2 == 1) {
        doors_.put(number, DeliveryId::of(fmt::format("stranger-{}", ++strangers_)));
    }
    if (mischief < 6) doors_.shut(number);
}

void People::burglar_comes(Random dice, const std::function<void()>& pull_the_plug) {
    auto& boxes = doors_.boxes();
    auto at = boxes.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice.below(boxes.size())));
    const auto number = at->first;
    if (attended_.contains(number)) return;
    tells(fmt::format("a burglar is at door {}", number_of(number)));
    const bool is_seen = dice.one_in(2);
    time_.after(is_seen ? 0ms : 1'000ms, [this, number] { doors_.force(number); });
    time_.after(is_seen ? dice.between(50ms, 1s) : 0ms, pull_the_plug);
    time_.after(2s, [this, number, mischief = dice.below(8)] { burgle(number, mischief); });
}

void People::tidy() {
    for (auto& [number, box] : doors_.boxes()) {
        if (box.open && !attended_.contains(number) && (careful_ || dice_.one_in(3))) {
            doors_.shut(number);
        }
    }
}

}  // namespace lucheng::simulation
