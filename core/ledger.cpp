#include "core/ledger.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace lucheng::core {

bool is_live(DeliveryState state) {
    switch (state) {
        case DeliveryState::assigned:
        case DeliveryState::depositing:
        case DeliveryState::stored:
        case DeliveryState::collecting:
        case DeliveryState::expired:
        case DeliveryState::recalling:
        case DeliveryState::disputed: return true;
        case DeliveryState::not_deposited:
        case DeliveryState::cancelled:
        case DeliveryState::collected:
        case DeliveryState::recalled: return false;
    }
    std::abort();
}

bool Changes::empty() const { return *this == Changes{}; }

namespace {

// Rows with the same key: the later stands, the earlier goes.
template <class Row, class Key>
void put_over(std::vector<Row>& earlier, std::vector<Row>& later, Key key) {
    std::erase_if(earlier, [&](const Row& old) {
        return std::any_of(later.begin(), later.end(),
                           [&](const Row& row) { return key(row) == key(old); });
    });
    std::move(later.begin(), later.end(), std::back_inserter(earlier));
}

// A row that was removed and comes again is no longer removed, and the other way round.
template <class Row, class Id, class Key>
void put_over(std::vector<Row>& rows, std::vector<Id>& removed, std::vector<Row>& later_rows,
              std::vector<Id>& later_removed, Key key) {
    std::erase_if(removed, [&](const Id& id) {
        return std::any_of(later_rows.begin(), later_rows.end(),
                           [&](const Row& row) { return key(row) == id; });
    });
    std::erase_if(rows, [&](const Row& row) {
        return std::find(later_removed.begin(), later_removed.end(), key(row)) !=
               later_removed.end();
    });
    put_over(rows, later_rows, key);
    std::move(later_removed.begin(), later_removed.end(), std::back_inserter(removed));
}

}  // namespace

void merge(Changes& earlier, Changes later) {
    if (later.cabinet) earlier.cabinet = later.cabinet;
    put_over(earlier.compartments, later.compartments, [](const auto& row) { return row.number; });
    put_over(earlier.deliveries, earlier.forgotten_deliveries, later.deliveries,
             later.forgotten_deliveries, [](const Delivery& row) { return row.id; });
    put_over(earlier.returns, earlier.ended_returns, later.returns, later.ended_returns,
             [](const Return& row) { return row.id; });
    put_over(earlier.authorisations, later.authorisations, [](const auto& row) { return row.id; });
    put_over(earlier.credentials, earlier.revoked_credentials, later.credentials,
             later.revoked_credentials, [](const Credential& row) { return row.person; });
    put_over(earlier.marks, later.marks, [](const auto& mark) { return mark.first; });
    put_over(earlier.commands, later.commands, [](const auto& row) { return row.id; });
    put_over(earlier.forgotten_commands, later.forgotten_commands,
             [](const auto& forgotten) { return forgotten.first; });
    if (later.keys) earlier.keys = std::move(later.keys);
    if (later.notice) earlier.notice = std::move(later.notice);
    std::move(later.forgotten_people.begin(), later.forgotten_people.end(),
              std::back_inserter(earlier.forgotten_people));
}

void apply(Ledger& ledger, const Changes& changes) {
    if (changes.cabinet) ledger.cabinet = *changes.cabinet;
    for (const auto& row : changes.compartments) ledger.compartments[row.number] = row;
    for (const auto& row : changes.deliveries) ledger.deliveries[row.id] = row;
    for (const auto& id : changes.forgotten_deliveries) ledger.deliveries.erase(id);
    for (const auto& row : changes.returns) ledger.returns[row.id] = row;
    for (const auto& id : changes.ended_returns) ledger.returns.erase(id);
    for (const auto& row : changes.authorisations) {
        if (row.outcome == Outcome::ended)
            ledger.authorisations.erase(row.id);
        else
            ledger.authorisations[row.id] = row;
    }
    for (const auto& row : changes.credentials) ledger.credentials[row.person] = row;
    for (const auto& person : changes.revoked_credentials) ledger.credentials.erase(person);
    for (const auto& [key, mark] : changes.marks) ledger.marks[key] = mark;
    for (const auto& row : changes.commands) ledger.commands[row.id] = row;
    if (changes.keys) ledger.keys = *changes.keys;
    if (changes.notice) ledger.notice = *changes.notice;
    for (const auto& forgotten : changes.forgotten_commands) {
        std::erase_if(ledger.commands, [&](const auto& entry) {
            return entry.second.key == forgotten.first && entry.second.issued_at < forgotten.second;
        });
    }
}

}  // namespace lucheng::core
