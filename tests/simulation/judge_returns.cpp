// Books that were brought back: where each lies is known from outside, and none of them may be lost
// to a power cut, to somebody who walks off, or to silence.
#include <algorithm>
#include <fmt/format.h>

#include "tests/simulation/judge.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;
using protocol::Fact;
using protocol::number_of;

namespace {

// So the record calls a return, beside deliveries.
DeliveryId named(protocol::ReturnId id) {
    return DeliveryId::of(fmt::format("return-{}", number_of(id)));
}

}  // namespace

// Nothing was put in: that is no news, and the compartment may be given again.
void Judge::forget_awaited(CompartmentNumber number, protocol::ReturnId but) {
    std::erase_if(returns_, [&](const auto& entry) {
        const bool gone = entry.second == number && entry.first != but;
        return gone && awaited_.erase(entry.first) > 0;
    });
}

// A door opens for books that come: first for this return, or again.
void Judge::on_unlock_for_return(const Fact& fact) {
    const auto number = *fact.compartment;
    if (!fact.book_return) broken("P5", "opened for a return that has no number");
    forget_awaited(number, *fact.book_return);
    for (const auto& [id, place] : returns_) {
        if (place == number && id != *fact.book_return) {
            broken("P1", fmt::format("door {} is given to return {} and {}", number_of(number),
                                     number_of(id), number_of(*fact.book_return)));
        }
    }
    const auto known = returns_.find(*fact.book_return);
    if (known != returns_.end() && known->second == number) return;  // opened again
    for (const auto& [id, told] : told_) {
        if (told.place == number) {
            broken("P1", fmt::format("door {} is given to a return, and {} has it",
                                     number_of(number), id.str()));
        }
    }
    if (low_) broken("P21", "a return on a full disk");
    check_given(number, "a return");
    returns_[*fact.book_return] = number;
    awaited_.insert(*fact.book_return);
}

void Judge::on_return_stored(const Fact& fact) {
    const auto id = *fact.book_return;
    const auto number = *fact.compartment;
    if (returns_[id] != number || !awaited_.contains(id)) {
        broken("P13", fmt::format("return {} is stored where its door never opened, or twice",
                                  number_of(id)));
    }
    awaited_.erase(id);
    const auto& box = p_.doors.box(number);
    // Where nobody could see it, it counts as inside, and the record says why.
    const bool unseen = fact.reason && (box.lost || box.readable_since >= window());
    if (box.seen_shut_at < window() && box.open && !unseen) {
        broken("P13",
               fmt::format("a return is stored behind door {}, which is open", number_of(number)));
    }
    const bool changed = box.opened_at >= window() || box.open;
    if (!fact.reason && box.inside.empty() && !changed && !may_seem_full(number)) {
        broken("P13",
               fmt::format("a return is stored behind door {}, which is empty", number_of(number)));
    }
    if (!fact.reason) stored_.insert_or_assign(number, std::pair{named(id), p_.time.now()});
}

void Judge::on_return_collected(const Fact& fact) {
    const auto id = *fact.book_return;
    const auto number = *fact.compartment;
    const auto found = returns_.find(id);
    if (found == returns_.end() || found->second != number || awaited_.contains(id)) {
        broken("P14", fmt::format("return {} is collected, and was not there", number_of(id)));
    }
    const auto& box = p_.doors.box(number);
    const bool changed = box.opened_at >= window() || box.open;
    const bool there = std::any_of(box.inside.begin(), box.inside.end(), is_returned);
    if (there && !changed && !may_hide_something(number)) {
        broken("P14", fmt::format("{} counts as collected and lies behind door {}",
                                  box.inside.front().str(), number_of(number)));
    }
    returns_.erase(found);
    stored_.erase(number);
}

// Behind every shut door with returned books in it the cabinet knows of something.
void Judge::check_returned_books() {
    constexpr auto noticed_within = 20s;
    const auto now = p_.time.now();
    if (p_.machine.stalled() || !p_.machine.all_told()) return;
    const auto state = p_.machine.loop().state();
    for (const auto& line : state.compartments) {
        if (line.book_return || line.delivery || line.unexplained) continue;
        const auto& box = p_.doors.box(line.number);
        if (std::none_of(box.inside.begin(), box.inside.end(), is_returned)) continue;
        const auto since = std::max({box.shut_at, box.opened_at, booted_at_, box.readable_since});
        if (box.open || now < since + noticed_within) continue;
        if (may_hide_something(line.number)) continue;
        broken("P14", fmt::format("{} lies behind door {}, and nobody knows",
                                  box.inside.front().str(), number_of(line.number)));
    }
}

// What is told of as stored is a row, and what is a row was told of.
void Judge::compare_returns() {
    std::map<protocol::ReturnId, CompartmentNumber> rows;
    for (const auto& line : p_.machine.loop().state().compartments) {
        if (line.book_return) rows.emplace(*line.book_return, line.number);
    }
    for (const auto& [id, place] : returns_) {
        const auto row = rows.find(id);
        const bool there = row != rows.end() && row->second == place;
        if (!there && !awaited_.contains(id)) {
            broken("P9", fmt::format("rows and record disagree about return {}", number_of(id)));
        }
    }
    for (const auto& [id, place] : rows) {
        if (!returns_.contains(id)) {
            broken("P9", fmt::format("the record knows nothing of return {}", number_of(id)));
        }
    }
}

}  // namespace lucheng::simulation
