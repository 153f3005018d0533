#include "db/ageing.hpp"

#include <algorithm>

#include "db/columns.hpp"
#include "protocol/codec.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::db {

using protocol::JournalNumber;
using protocol::number_of;
using protocol::WallTime;

namespace {

// Of one call: some milliseconds on the slowest board.
constexpr std::size_t looked_at_most = 512;
constexpr std::size_t looked_at_once = 16;  // mostly the first is too young already
constexpr std::uint64_t pruned_at_most = 256;

}  // namespace

// A delivery's persons go together, once it has ended and the newest of them is old enough. Who
// brought a return stays until dispatch has it: nobody else knows.
Ageing::Ageing(Connection& connection, Journal& journal)
    : connection_{connection},
      journal_{journal},
      persons_{journal.pruned(), journal.pruned(), {}},
      entries_{persons_},
      erase_{connection,
             "DELETE FROM personal AS one WHERE number <= ?1 AND (delivery IS NULL OR NOT "
             "(EXISTS (SELECT 1 FROM delivery WHERE id = one.delivery AND compartment NOTNULL) OR "
             "EXISTS (SELECT 1 FROM personal WHERE delivery = one.delivery AND number > ?1))) AND "
             "NOT EXISTS (SELECT 1 FROM book_return WHERE id = one.book_return) AND "
             "(sealed ISNULL OR number <= (SELECT acknowledged FROM meta))"} {}

void Ageing::advance(Cursor& cursor, WallTime now, WallTime before) {
    // A clock that went back takes back what it called old.
    if (before < cursor.before) cursor = {journal_.pruned(), journal_.pruned(), before};
    cursor.before = before;
    for (std::size_t looked_at = 0; looked_at < looked_at_most; looked_at += looked_at_once) {
        if (!look_at_next(cursor, now)) return;
    }
    more_ = true;
}

bool Ageing::look_at_next(Cursor& cursor, WallTime now) {
    const auto entries = journal_.read(JournalNumber{number_of(cursor.seen) + 1}, looked_at_once);
    for (const auto& stored : entries) {
        const auto entry = protocol::decode_entry(stored.event.entry);
        if (!entry) throw BadRow{"journal entry " + std::to_string(number_of(stored.number))};
        const auto& header = entry.value().header;
        // A time that was not trusted, or lies ahead, says nothing: the next that does counts.
        if (header.time_trusted && header.at <= now) {
            if (header.at >= cursor.before) return false;
            cursor.aged = stored.number;
        }
        cursor.seen = stored.number;
    }
    return entries.size() == looked_at_once;
}

std::uint64_t Ageing::erase_persons(const Ages& ages) {
    more_ = false;
    advance(persons_, ages.now, ages.now - ages.persons);
    if (persons_.aged <= journal_.pruned()) return 0;
    erase_.run(number_of(persons_.aged));
    return connection_.changed_rows();
}

std::optional<Journal::Anchor> Ageing::prune(const Ages& ages) {
    advance(entries_, ages.now, ages.now - ages.entries);
    auto upto = number_of(entries_.aged);
    // What dispatch has not acknowledged is never dropped, however old it is.
    if (!MUTANT(50)) upto = std::min(upto, number_of(journal_.head().acknowledged));
    const auto pruned = number_of(journal_.pruned());
    if (upto <= pruned) return std::nullopt;
    const auto step = std::min(upto, pruned + pruned_at_most);
    more_ = more_ || step < upto;
    return journal_.prune(JournalNumber{step});
}

}  // namespace lucheng::db
