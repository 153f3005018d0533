// When faults have stopped: everything came to its end, and all views agree.
#include <algorithm>
#include <fmt/format.h>

#include "tests/simulation/judge.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;
using protocol::number_of;

void Judge::at_end() {
    if (!p_.machine.serves()) broken("P23", "the cabinet does not serve again");
    check_end_of_talk();
    check_end_of_books();
    if (p_.disk.holds(std::string{returners_card})) {
        broken("P20", "a card of who brought books back, in clear on the disk");
    }
    for (const auto* secret : {&p_.people.courier_card(), &p_.people.courier_code(),
                               &p_.people.staff_card(), &p_.people.staff_code()}) {
        if (p_.disk.holds(*secret)) broken("P20", "a credential in clear on the disk");
    }
}

void Judge::check_end_of_talk() {
    for (const auto& [id, order] : p_.dispatch.orders()) {
        if (!order.settled) broken("P7", "never answered: " + id.str());
    }
    const auto& head = p_.machine.loop().head();
    const auto view = p_.dispatch.views().find(head.epoch);
    const auto seen = view == p_.dispatch.views().end() ? 0 : view->second.hashes.size();
    if (seen != number_of(head.number)) {
        broken("P11", fmt::format("dispatch has {} entries of {}", seen, number_of(head.number)));
    }
    if (!p_.dispatch.state()) broken("P23", "dispatch has never seen a state");
}

void Judge::check_end_of_books() {
    const auto state = p_.machine.loop().state();
    for (const auto& line : state.compartments) {
        const auto& box = p_.doors.box(line.number);
        const auto door = box.open ? protocol::Door::open : protocol::Door::shut;
        const bool moves = std::max(box.opened_at, box.shut_at) > p_.time.now() - 1s;
        if (line.door != door && !moves) {
            broken("P23", fmt::format("state and door {} disagree", number_of(line.number)));
        }
        if (line.delivery) {
            broken("P23", fmt::format("{} has not come to an end", line.delivery->str()));
        }
        if (line.book_return) {
            broken("P23",
                   fmt::format("return {} has not come to an end", number_of(*line.book_return)));
        }
        if (!box.inside.empty() && !line.unexplained && !may_hide_something(line.number)) {
            broken("P14", fmt::format("{} lies behind door {}, and nobody knows",
                                      box.inside.front().str(), number_of(line.number)));
        }
    }
    for (const auto& theirs : p_.dispatch.state()->compartments) {
        for (const auto& ours : state.compartments) {
            if (ours.number == theirs.number && ours.delivery != theirs.delivery) {
                broken("P23", "dispatch and cabinet disagree");
            }
        }
    }
}

}  // namespace lucheng::simulation
