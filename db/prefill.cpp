#include "db/prefill.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "db/fault.hpp"
#include "db/files.hpp"
#include "db/opening.hpp"

namespace lucheng::db {

using protocol::FactKind;

namespace {

constexpr std::uint64_t entries_a_transaction = 10'000;
constexpr std::uint64_t entries_a_delivery = 8;
constexpr std::uint64_t compartments = 48;

// The life of one delivery after another, as far as the journal tells it.
StampedFact made_up(std::uint64_t index, protocol::WallTime at) {
    constexpr std::array<FactKind, entries_a_delivery> life{
        FactKind::assigned,  FactKind::unlock_authorised, FactKind::opened,
        FactKind::deposited, FactKind::unlock_authorised, FactKind::opened,
        FactKind::closed,    FactKind::collected};
    const auto delivery = index / entries_a_delivery;
    protocol::Fact fact;
    fact.kind = life.at(index % entries_a_delivery);
    fact.delivery = protocol::DeliveryId::of(fmt::format("D-prefill-{}", delivery));
    fact.compartment =
        protocol::CompartmentNumber{static_cast<std::uint16_t>(1 + delivery % compartments)};
    if (fact.kind == FactKind::unlock_authorised) {
        fact.authorisation = protocol::AuthorisationId{index + 1};
        fact.means = protocol::Means::code;
        fact.purpose = protocol::Purpose::pickup;
        fact.person = protocol::PersonId::of(fmt::format("P-prefill-{}", delivery));
    }
    return {std::move(fact), at, true};
}

void append(Opened& opened, std::uint64_t count, protocol::WallTime from, bool sent) {
    TransactionStatements statements{*opened.connection};
    std::vector<StampedFact> facts;
    for (std::uint64_t done = 0; done < count; done += facts.size()) {
        facts.clear();
        const auto now = std::min(count - done, entries_a_transaction);
        for (std::uint64_t i = done; i < done + now; ++i) {
            facts.push_back(made_up(i, from + std::chrono::seconds{i}));
        }
        Transaction transaction{statements};
        const auto newest =
            sent ? protocol::number_of(opened.journal->head().number) + facts.size() : 0;
        auto position = opened.journal->append(facts, protocol::JournalNumber{newest});
        transaction.commit();
        opened.journal->keep(std::move(position));
        opened.connection->checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    }
    opened.connection->checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

}  // namespace

void prefill_journal(const Options& options, std::uint64_t count, protocol::WallTime from,
                     bool sent) {
    Ballast ballast{options.directory, options.ballast_bytes};
    auto opened = open_database(options, ballast);
    try {
        append(opened, count, from, sent);
    } catch (...) {
        throw current_fault(database_in(options.directory), "fill the journal");
    }
}

}  // namespace lucheng::db
