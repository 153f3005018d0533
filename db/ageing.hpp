// What the record holds for too long: who somebody was, and entries that dispatch has. Internal to
// db.
#pragma once

#include <filesystem>
#include <optional>

#include "db/connection.hpp"
#include "db/journal.hpp"
#include "db/store.hpp"

namespace lucheng::db {

class Ageing {
public:
    Ageing(Connection& connection, Journal& journal);
    // Within a transaction; both bounded, so that nobody waits long. What pruning gives becomes
    // true with Journal::keep_pruned(), after the commit.
    [[nodiscard]] std::uint64_t erase_persons(const Ages& ages);
    [[nodiscard]] std::optional<Journal::Anchor> prune(const Ages& ages);
    // The last two left something to do.
    [[nodiscard]] bool has_more() const { return more_; }

private:
    // How far the journal has been looked at, and up to where all is older than asked.
    struct Cursor {
        protocol::JournalNumber seen{};
        protocol::JournalNumber aged{};
        protocol::WallTime before{};  // than which it is older
    };
    void advance(Cursor& cursor, protocol::WallTime now, protocol::WallTime before);
    // False: there is nothing further to look at now.
    bool look_at_next(Cursor& cursor, protocol::WallTime now);

    Connection& connection_;
    Journal& journal_;
    Cursor persons_, entries_;
    bool more_ = false;
    Statement erase_;
};

}  // namespace lucheng::db
