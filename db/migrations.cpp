#include "db/migrations.hpp"

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <string>

namespace lucheng::db {

namespace {

// Released texts never change: tests/db/migrations_test.cpp holds their digests.
// Reason codes have no CHECK, because their registry grows with every release.
constexpr std::string_view version_1 = R"sql(
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    cabinet TEXT NOT NULL CHECK (length(cabinet) BETWEEN 1 AND 64),
    epoch TEXT NOT NULL CHECK (length(epoch) BETWEEN 1 AND 64),
    openings INTEGER NOT NULL,
    head INTEGER NOT NULL CHECK (head >= 0),
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    sent INTEGER NOT NULL CHECK (sent BETWEEN 0 AND head),
    acknowledged INTEGER NOT NULL CHECK (acknowledged BETWEEN 0 AND head),
    pruned INTEGER NOT NULL CHECK (pruned BETWEEN 0 AND acknowledged),
    pruned_hash BLOB NOT NULL CHECK (length(pruned_hash) = 32)
) STRICT;

CREATE TABLE cabinet (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    in_service INTEGER NOT NULL CHECK (in_service IN (0, 1)),
    walk_needed INTEGER NOT NULL CHECK (walk_needed IN (0, 1)),
    last_authorisation INTEGER NOT NULL CHECK (last_authorisation >= 0),
    wrong_in_row INTEGER NOT NULL,
    wrong_today INTEGER NOT NULL,
    today_left_ms INTEGER NOT NULL,
    lockout_left_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE compartment (
    number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 65535),
    out_of_service TEXT,
    unexplained INTEGER NOT NULL CHECK (unexplained IN (0, 1))
) STRICT;

CREATE TABLE delivery (
    id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    state TEXT NOT NULL CHECK (state IN (
        'assigned', 'depositing', 'not_deposited', 'cancelled', 'stored', 'collecting',
        'collected', 'expired', 'recalling', 'recalled', 'disputed')),
    compartment INTEGER,
    patron TEXT,
    parcel_group TEXT,
    size TEXT NOT NULL CHECK (size IN ('small', 'medium', 'large')),
    books INTEGER NOT NULL CHECK (books BETWEEN 0 AND 65535),
    easy_access INTEGER NOT NULL CHECK (easy_access IN (0, 1)),
    pickup_by INTEGER,
    code BLOB CHECK (length(code) = 32),
    cards BLOB NOT NULL CHECK (length(cards) % 32 = 0),
    issued_at INTEGER NOT NULL,
    CHECK ((compartment IS NOT NULL) =
        (state NOT IN ('not_deposited', 'cancelled', 'collected', 'recalled')))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_live_delivery_a_compartment ON delivery (compartment)
    WHERE compartment IS NOT NULL;

CREATE TABLE authorisation (
    id INTEGER PRIMARY KEY CHECK (id >= 0),
    compartment INTEGER NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('deposit', 'pickup', 'recall', 'inspection')),
    means TEXT NOT NULL CHECK (means IN ('code', 'card', 'remote', 'local')),
    delivery TEXT,
    person TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('granted', 'opened'))
) STRICT;

CREATE TABLE credential (
    person TEXT PRIMARY KEY CHECK (length(person) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('courier', 'staff')),
    valid_until INTEGER,
    code BLOB CHECK (length(code) = 32),
    cards BLOB NOT NULL CHECK (length(cards) % 32 = 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_mark (
    key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
    issued_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE command (
    id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    body BLOB NOT NULL CHECK (length(body) = 32),
    key TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    reply BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX command_by_age ON command (key, issued_at);

CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE personal (
    number INTEGER PRIMARY KEY REFERENCES journal (number) ON DELETE CASCADE,
    person TEXT NOT NULL CHECK (length(person) BETWEEN 1 AND 64),
    salt BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;

CREATE TRIGGER journal_numbers_have_no_gap BEFORE INSERT ON journal
WHEN NEW.number IS NOT
    1 + coalesce((SELECT max(number) FROM journal), (SELECT pruned FROM meta), 0)
BEGIN
    SELECT RAISE(ABORT, 'a journal entry must have the number after the last');
END;

CREATE TRIGGER journal_is_never_rewritten BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'a journal entry is never changed');
END;

CREATE TRIGGER journal_is_pruned_up_to_its_anchor BEFORE DELETE ON journal
WHEN OLD.number > coalesce((SELECT pruned FROM meta), 0)
BEGIN
    SELECT RAISE(ABORT, 'a journal entry beyond the anchor is never removed');
END;
)sql";

// A self-test or a commissioning that a power cut may end. The index cost a page a commit, and an
// old command is swept without it; some databases of version 1 were made when it was gone.
constexpr std::string_view version_2 = R"sql(
DROP INDEX IF EXISTS command_by_age;
ALTER TABLE cabinet ADD COLUMN testing TEXT CHECK (testing IN ('self_test', 'commissioning'));
)sql";

// QR tokens; keys that dispatch rotates; which delivery a person belongs to, so that both are
// forgotten together. The table of authorisations is made anew for its list of means: none of its
// rows is referred to.
constexpr std::string_view version_3 = R"sql(
ALTER TABLE delivery ADD COLUMN token BLOB CHECK (length(token) = 32);
ALTER TABLE personal ADD COLUMN delivery TEXT CHECK (length(delivery) BETWEEN 1 AND 64);
ALTER TABLE cabinet ADD COLUMN keys_serial INTEGER NOT NULL DEFAULT 0 CHECK (keys_serial >= 0);

CREATE TABLE trusted_key (
    id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('dispatch', 'operations')),
    key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE authorisation_3 (
    id INTEGER PRIMARY KEY CHECK (id >= 0),
    compartment INTEGER NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('deposit', 'pickup', 'recall', 'inspection')),
    means TEXT NOT NULL CHECK (means IN ('code', 'card', 'qr', 'remote', 'local')),
    delivery TEXT,
    person TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('granted', 'opened'))
) STRICT;
INSERT INTO authorisation_3 SELECT * FROM authorisation;
DROP TABLE authorisation;
ALTER TABLE authorisation_3 RENAME TO authorisation;
)sql";

// What dispatch has the idle screen say.
constexpr std::string_view version_4 = R"sql(
CREATE TABLE notice (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    chinese TEXT NOT NULL CHECK (length(chinese) <= 600),
    english TEXT NOT NULL CHECK (length(english) <= 600),
    until INTEGER,
    issued_at INTEGER NOT NULL
) STRICT;
)sql";

// Returns. A compartment holds one of them or one delivery, never both. Who brought one is a seal
// beside the entry, and no person; it goes when the return has gone and the entry is old.
constexpr std::string_view version_5 = R"sql(
CREATE TABLE book_return (
    id INTEGER PRIMARY KEY CHECK (id >= 1),
    state TEXT NOT NULL CHECK (state IN ('opening', 'open', 'stored', 'disputed')),
    compartment INTEGER NOT NULL UNIQUE CHECK (compartment BETWEEN 1 AND 65535),
    size TEXT NOT NULL CHECK (size IN ('small', 'medium', 'large')),
    card BLOB CHECK (length(card) = 32),
    sealed TEXT CHECK (length(sealed) BETWEEN 1 AND 512)
) STRICT;

CREATE TRIGGER a_return_comes_to_no_delivery BEFORE INSERT ON book_return
WHEN EXISTS (SELECT 1 FROM delivery WHERE compartment = NEW.compartment)
BEGIN
    SELECT RAISE(ABORT, 'the compartment holds a delivery');
END;

CREATE TRIGGER a_delivery_comes_to_no_return BEFORE INSERT ON delivery
WHEN EXISTS (SELECT 1 FROM book_return WHERE compartment = NEW.compartment)
BEGIN
    SELECT RAISE(ABORT, 'the compartment holds a return');
END;

CREATE TRIGGER a_delivery_moves_to_no_return BEFORE UPDATE OF compartment ON delivery
WHEN EXISTS (SELECT 1 FROM book_return WHERE compartment = NEW.compartment)
BEGIN
    SELECT RAISE(ABORT, 'the compartment holds a return');
END;

CREATE TABLE personal_5 (
    number INTEGER PRIMARY KEY REFERENCES journal (number) ON DELETE CASCADE,
    person TEXT CHECK (length(person) BETWEEN 1 AND 64),
    salt BLOB NOT NULL CHECK (length(salt) = 32),
    delivery TEXT CHECK (length(delivery) BETWEEN 1 AND 64),
    sealed TEXT CHECK (length(sealed) BETWEEN 1 AND 512),
    book_return INTEGER CHECK (book_return >= 1),
    CHECK ((person IS NULL) <> (sealed IS NULL))
) STRICT;
INSERT INTO personal_5 SELECT number, person, salt, delivery, NULL, NULL FROM personal;
DROP TABLE personal;
ALTER TABLE personal_5 RENAME TO personal;

CREATE TABLE authorisation_5 (
    id INTEGER PRIMARY KEY CHECK (id >= 0),
    compartment INTEGER NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN (
        'deposit', 'pickup', 'recall', 'inspection', 'return', 'collection')),
    means TEXT NOT NULL CHECK (means IN ('code', 'card', 'qr', 'remote', 'local')),
    delivery TEXT,
    person TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('granted', 'opened'))
) STRICT;
INSERT INTO authorisation_5 SELECT * FROM authorisation;
DROP TABLE authorisation;
ALTER TABLE authorisation_5 RENAME TO authorisation;
)sql";

// Openings of a walk through every compartment.
constexpr std::string_view version_6 = R"sql(
CREATE TABLE authorisation_6 (
    id INTEGER PRIMARY KEY CHECK (id >= 0),
    compartment INTEGER NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN (
        'deposit', 'pickup', 'recall', 'inspection', 'return', 'collection', 'walk')),
    means TEXT NOT NULL CHECK (means IN ('code', 'card', 'qr', 'remote', 'local')),
    delivery TEXT,
    person TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('granted', 'opened'))
) STRICT;
INSERT INTO authorisation_6 SELECT * FROM authorisation;
DROP TABLE authorisation;
ALTER TABLE authorisation_6 RENAME TO authorisation;
)sql";

constexpr std::array all{Migration{1, version_1}, Migration{2, version_2}, Migration{3, version_3},
                         Migration{4, version_4}, Migration{5, version_5}, Migration{6, version_6}};

}  // namespace

std::span<const Migration> migrations() { return all; }

void migrate(Connection& connection, std::int64_t from, std::span<const Migration> steps) {
    for (const auto& step : steps) {
        if (step.version <= from) continue;
        if (step.version != from + 1) std::abort();
        // In one transaction: a migration cut in half is one that has not begun.
        TransactionStatements statements{connection};
        Transaction transaction{statements};
        connection.execute(std::string{step.sql}.c_str());
        const auto marks = fmt::format("PRAGMA user_version = {}; PRAGMA application_id = {};",
                                       step.version, application_id);
        connection.execute(marks.c_str());
        transaction.commit();
        from = step.version;
    }
}

}  // namespace lucheng::db
