#include "db/rows.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "db/columns.hpp"
#include "protocol/command.hpp"
#include "protocol/fact.hpp"
#include "protocol/mutants.hpp"
#include "protocol/reasons.hpp"
#include "protocol/report.hpp"

namespace lucheng::db {

using protocol::code_of;
using protocol::number_of;

namespace {

constexpr std::string_view granted_code = "granted";
constexpr std::string_view opened_code = "opened";

std::string_view code_of_outcome(core::Outcome outcome) {
    switch (outcome) {
        case core::Outcome::granted: return granted_code;
        case core::Outcome::opened: return opened_code;
        case core::Outcome::ended: break;  // such a row is removed
    }
    std::abort();
}

std::optional<core::Outcome> outcome_of(std::string_view code) {
    if (code == granted_code) return core::Outcome::granted;
    if (code == opened_code) return core::Outcome::opened;
    return std::nullopt;
}

std::optional<protocol::Digest> digest_or_null(const std::optional<core::SecretHash>& secret) {
    if (!secret) return std::nullopt;
    return secret->digest;
}

std::vector<std::uint8_t> joined(const std::vector<core::SecretHash>& secrets) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(secrets.size() * sizeof(protocol::Digest));
    for (const auto& secret : secrets) {
        bytes.insert(bytes.end(), secret.digest.begin(), secret.digest.end());
    }
    return bytes;
}

template <class E>
std::optional<std::uint64_t> number_or_null(const std::optional<E>& value) {
    if (!value) return std::nullopt;
    return number_of(*value);
}

template <class Id>
std::optional<std::string_view> text_or_null(const std::optional<Id>& id) {
    if (!id) return std::nullopt;
    return id->str();
}

// Far above what the rules ever write: what is beyond was written by something else.
constexpr std::int64_t attempts_most = 1'000'000'000;
constexpr std::int64_t served_most_ms = std::int64_t{366} * 86'400'000;

void load_cabinet(Connection& connection, core::CabinetRow& cabinet) {
    Statement read{
        connection,
        "SELECT in_service, walk_needed, last_authorisation, wrong_in_row, "
        "wrong_today, today_left_ms, lockout_left_ms, testing, keys_serial FROM cabinet"};
    auto rows = read.query();
    if (!rows.next()) return;  // nothing was ever decided about it
    const Columns row{rows, "cabinet"};
    cabinet.in_service = row.number<int>(0) != 0;
    cabinet.walk_needed = row.number<int>(1) != 0;
    cabinet.last_authorisation = row.strong<core::AuthorisationId>(2);
    cabinet.attempts = {row.natural(3, attempts_most), row.natural(4, attempts_most),
                        core::Milliseconds{row.natural(5, served_most_ms)},
                        core::Milliseconds{row.natural(6, served_most_ms)}};
    if (!row.is_null(7)) cabinet.testing = row.code(7, &protocol::test_kind_of);
    cabinet.keys_serial = row.number<std::uint64_t>(8);
}

void load_compartments(Connection& connection, core::Ledger& ledger) {
    Statement read{connection, "SELECT number, out_of_service, unexplained FROM compartment"};
    auto rows = read.query();
    while (rows.next()) {
        const Columns row{rows, "compartment"};
        core::CompartmentRow compartment;
        compartment.number = row.strong<core::CompartmentNumber>(0);
        if (!row.is_null(1)) compartment.out_of_service = row.code(1, &protocol::reason_of);
        compartment.unexplained = row.number<int>(2) != 0;
        ledger.compartments.emplace(compartment.number, compartment);
    }
}

void load_deliveries(Connection& connection, core::Ledger& ledger) {
    Statement read{connection,
                   "SELECT id, revision, state, compartment, patron, parcel_group, size, books, "
                   "easy_access, pickup_by, code, cards, issued_at, token FROM delivery"};
    auto rows = read.query();
    while (rows.next()) {
        const Columns row{rows, "delivery"};
        core::Delivery delivery;
        delivery.id = row.id<core::DeliveryId>(0);
        delivery.revision = row.strong<protocol::Revision>(1);
        delivery.state = row.code(2, &protocol::delivery_state_of);
        if (!row.is_null(3)) delivery.compartment = row.strong<core::CompartmentNumber>(3);
        delivery.patron = row.id_or_empty<core::PersonId>(4);
        delivery.group = row.id_or_empty<protocol::GroupId>(5);
        delivery.size = row.code(6, &protocol::size_of);
        delivery.books = row.number<std::uint16_t>(7);
        delivery.easy_access = row.number<int>(8) != 0;
        delivery.pickup_by = row.time_or_none(9);
        delivery.code = row.secret_or_none(10);
        delivery.cards = row.secrets(11);
        delivery.issued_at = row.time(12);
        delivery.token = row.secret_or_none(13);
        auto id = delivery.id;
        ledger.deliveries.emplace(std::move(id), std::move(delivery));
    }
}

void load_returns(Connection& connection, core::Ledger& ledger) {
    Statement read{connection,
                   "SELECT id, state, compartment, size, card, sealed FROM book_return"};
    auto rows = read.query();
    while (rows.next()) {
        const Columns row{rows, "book_return"};
        core::Return one;
        one.id = row.strong<protocol::ReturnId>(0);
        one.state = row.code(1, &protocol::return_state_of);
        one.compartment = row.strong<core::CompartmentNumber>(2);
        one.size = row.code(3, &protocol::size_of);
        one.card = row.secret_or_none(4);
        if (!row.is_null(5)) one.sealed = rows.text(5);
        ledger.returns.emplace(one.id, std::move(one));
    }
}

void load_authorisations(Connection& connection, core::Ledger& ledger) {
    Statement read{connection,
                   "SELECT id, compartment, purpose, means, delivery, person, outcome "
                   "FROM authorisation"};
    auto rows = read.query();
    while (rows.next()) {
        const Columns row{rows, "authorisation"};
        core::Authorisation leave;
        leave.id = row.strong<core::AuthorisationId>(0);
        leave.compartment = row.strong<core::CompartmentNumber>(1);
        leave.purpose = row.code(2, &protocol::purpose_of);
        leave.means = row.code(3, &protocol::means_of);
        if (!row.is_null(4)) leave.delivery = row.id<core::DeliveryId>(4);
        leave.person = row.id_or_empty<core::PersonId>(5);
        leave.outcome = row.code(6, &outcome_of);
        ledger.authorisations.emplace(leave.id, std::move(leave));
    }
}

void load_credentials(Connection& connection, core::Ledger& ledger) {
    Statement read{connection, "SELECT person, role, valid_until, code, cards FROM credential"};
    auto rows = read.query();
    while (rows.next()) {
        const Columns row{rows, "credential"};
        core::Credential credential;
        credential.person = row.id<core::PersonId>(0);
        credential.role = row.code(1, &protocol::person_role_of);
        credential.valid_until = row.time_or_none(2);
        credential.code = row.secret_or_none(3);
        credential.cards = row.secrets(4);
        auto person = credential.person;
        ledger.credentials.emplace(std::move(person), std::move(credential));
    }
}

void load_marks_and_commands(Connection& connection, core::Ledger& ledger) {
    Statement read_marks{connection, "SELECT key, issued_at FROM key_mark"};
    auto marks = read_marks.query();
    while (marks.next()) {
        const Columns row{marks, "key_mark"};
        ledger.marks.emplace(row.id<core::KeyId>(0), row.time(1));
    }
    Statement read_commands{connection, "SELECT id, body, key, issued_at FROM command"};
    auto commands = read_commands.query();
    while (commands.next()) {
        const Columns row{commands, "command"};
        core::RememberedCommand command{row.id<core::CommandId>(0), row.digest(1),
                                        row.id<core::KeyId>(2), row.time(3)};
        // They come in the order of their ids, which is the order of the map.
        auto id = command.id;
        ledger.commands.emplace_hint(ledger.commands.end(), std::move(id), std::move(command));
    }
}

void load_keys(Connection& connection, core::Ledger& ledger) {
    Statement read{connection, "SELECT id, role, key FROM trusted_key ORDER BY id"};
    auto rows = read.query();
    while (rows.next()) {
        const Columns row{rows, "trusted_key"};
        ledger.keys.push_back(
            {row.id<core::KeyId>(0), row.code(1, &protocol::role_of), row.digest(2)});
    }
}

void load_notice(Connection& connection, core::Notice& notice) {
    Statement read{connection, "SELECT chinese, english, until, issued_at FROM notice"};
    auto rows = read.query();
    if (!rows.next()) return;
    const Columns row{rows, "notice"};
    notice.chinese = row.text(0, protocol::notice_bytes_max);
    notice.english = row.text(1, protocol::notice_bytes_max);
    notice.until = row.time_or_none(2);
    notice.issued_at = row.time(3);
}

}  // namespace

core::Ledger load_ledger(Connection& connection) {
    core::Ledger ledger;
    load_cabinet(connection, ledger.cabinet);
    load_compartments(connection, ledger);
    load_deliveries(connection, ledger);
    load_returns(connection, ledger);
    load_authorisations(connection, ledger);
    load_credentials(connection, ledger);
    load_marks_and_commands(connection, ledger);
    load_keys(connection, ledger);
    load_notice(connection, ledger.notice);
    return ledger;
}

// Rows are updated where they stand: INSERT OR REPLACE would remove whatever stands in the way,
// another delivery in the same compartment for one.
LedgerWriter::LedgerWriter(Connection& connection)
    : put_cabinet_{connection,
                   "INSERT INTO cabinet VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                   "ON CONFLICT (one) DO UPDATE SET in_service = ?1, walk_needed = ?2, "
                   "last_authorisation = ?3, wrong_in_row = ?4, wrong_today = ?5, "
                   "today_left_ms = ?6, lockout_left_ms = ?7, testing = ?8, "
                   "keys_serial = ?9"},
      put_compartment_{connection,
                       "INSERT INTO compartment VALUES (?1, ?2, ?3) ON CONFLICT (number) "
                       "DO UPDATE SET out_of_service = ?2, unexplained = ?3"},
      put_delivery_{connection,
                    "INSERT INTO delivery VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                    "?12, ?13, ?14) ON CONFLICT (id) DO UPDATE SET revision = ?2, state = ?3, "
                    "compartment = ?4, patron = ?5, parcel_group = ?6, size = ?7, books = ?8, "
                    "easy_access = ?9, pickup_by = ?10, code = ?11, cards = ?12, "
                    "issued_at = ?13, token = ?14"},
      remove_delivery_{connection, "DELETE FROM delivery WHERE id = ?1"},
      put_return_{connection, "INSERT INTO book_return VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      remove_return_{connection, "DELETE FROM book_return WHERE id = ?1"},
      put_authorisation_{connection,
                         "INSERT INTO authorisation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                         "ON CONFLICT (id) DO UPDATE SET compartment = ?2, purpose = ?3, "
                         "means = ?4, delivery = ?5, person = ?6, outcome = ?7"},
      remove_authorisation_{connection, "DELETE FROM authorisation WHERE id = ?1"},
      put_credential_{connection,
                      "INSERT INTO credential VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (person) "
                      "DO UPDATE SET role = ?2, valid_until = ?3, code = ?4, cards = ?5"},
      remove_credential_{connection, "DELETE FROM credential WHERE person = ?1"},
      put_mark_{connection,
                "INSERT INTO key_mark VALUES (?1, ?2) ON CONFLICT (key) "
                "DO UPDATE SET issued_at = ?2"},
      put_command_{connection,
                   "INSERT INTO command VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) "
                   "DO UPDATE SET body = ?2, key = ?3, issued_at = ?4, "
                   "reply = coalesce(?5, reply)"},
      put_reply_{connection, "UPDATE command SET reply = ?2 WHERE id = ?1"},
      forget_commands_{connection, "DELETE FROM command WHERE key = ?1 AND issued_at < ?2"},
      remove_keys_{connection, "DELETE FROM trusted_key"},
      put_key_{connection, "INSERT INTO trusted_key VALUES (?1, ?2, ?3)"},
      put_notice_{connection,
                  "INSERT INTO notice VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT (one) DO UPDATE "
                  "SET chinese = ?1, english = ?2, until = ?3, issued_at = ?4"},
      forget_person_{connection, "DELETE FROM personal WHERE person = ?1"} {}

void LedgerWriter::write(const core::Changes& changes, std::span<const StoredReply> replies) {
    if (changes.cabinet) write(*changes.cabinet);
    for (const auto& row : changes.compartments) {
        std::optional<std::string_view> reason;
        if (row.out_of_service) reason = code_of(*row.out_of_service);
        put_compartment_.run(number_of(row.number), reason, row.unexplained);
    }
    // What goes or moves leaves its compartment before another takes it.
    for (const auto& id : changes.ended_returns) remove_return_.run(number_of(id));
    for (const auto& row : changes.returns) remove_return_.run(number_of(row.id));
    write_deliveries(changes);
    for (const auto& row : changes.returns) write(row);
    if (!MUTANT(8)) {
        for (const auto& row : changes.authorisations) write(row);
    }
    for (const auto& row : changes.credentials) write(row);
    for (const auto& person : changes.revoked_credentials) remove_credential_.run(person.str());
    for (const auto& [key, issued_at] : changes.marks) put_mark_.run(key.str(), issued_at);
    write_commands(changes, replies);
    for (const auto& person : changes.forgotten_people) forget_person_.run(person.str());
    if (changes.notice && !MUTANT(68)) {
        const auto& notice = *changes.notice;
        put_notice_.run(notice.chinese, notice.english, notice.until, notice.issued_at);
    }
    if (!changes.keys) return;
    remove_keys_.run();
    for (const auto& key : *changes.keys) put_key_.run(key.id.str(), code_of(key.role), key.key);
}

void LedgerWriter::write(const core::CabinetRow& row) {
    std::optional<std::string_view> testing;
    if (row.testing) testing = code_of(*row.testing);
    if (MUTANT(7)) {
        put_cabinet_.run(row.in_service, row.walk_needed, number_of(row.last_authorisation), 0, 0,
                         0, 0, testing, row.keys_serial);
        return;
    }
    put_cabinet_.run(row.in_service, row.walk_needed, number_of(row.last_authorisation),
                     row.attempts.wrong_in_row, row.attempts.wrong_today, row.attempts.today_left,
                     row.attempts.lockout_left, testing, row.keys_serial);
}

void LedgerWriter::write_deliveries(const core::Changes& changes) {
    // First what goes, because its compartment may have been taken in the same batch.
    for (const auto& id : changes.forgotten_deliveries) remove_delivery_.run(id.str());
    std::ptrdiff_t live = 0;
    for (const auto& row : changes.deliveries) {
        if (row.compartment)
            ++live;
        else
            write(row);  // first those that leave a compartment, because another may take it
    }
    for (const auto& row : changes.deliveries) {
        // Several at once may have changed places: the old rows go before the new ones come.
        if (row.compartment && live > 1) remove_delivery_.run(row.id.str());
    }
    for (const auto& row : changes.deliveries) {
        if (row.compartment) write(row);
    }
}

void LedgerWriter::write(const core::Delivery& row) {
    put_delivery_.run(row.id.str(), number_of(row.revision), code_of(row.state),
                      number_or_null(row.compartment), or_null(row.patron), or_null(row.group),
                      code_of(row.size), row.books, row.easy_access, row.pickup_by,
                      digest_or_null(row.code), joined(row.cards), row.issued_at,
                      digest_or_null(row.token));
}

void LedgerWriter::write(const core::Return& row) {
    std::optional<std::string_view> sealed;
    if (!row.sealed.empty()) sealed = row.sealed;
    put_return_.run(number_of(row.id), code_of(row.state), number_of(row.compartment),
                    code_of(row.size), digest_or_null(row.card), sealed);
}

void LedgerWriter::write(const core::Authorisation& row) {
    if (row.outcome == core::Outcome::ended) {
        remove_authorisation_.run(number_of(row.id));
        return;
    }
    put_authorisation_.run(number_of(row.id), number_of(row.compartment), code_of(row.purpose),
                           code_of(row.means), text_or_null(row.delivery), or_null(row.person),
                           code_of_outcome(row.outcome));
}

void LedgerWriter::write(const core::Credential& row) {
    put_credential_.run(row.person.str(), code_of(row.role), row.valid_until,
                        digest_or_null(row.code), joined(row.cards));
}

void LedgerWriter::write_commands(const core::Changes& changes,
                                  std::span<const StoredReply> replies) {
    const auto is_of = [](const core::CommandId& id) {
        return [&id](const auto& other) { return other.id == id; };
    };
    const auto bytes = [](const std::string& reply) {
        return std::span{reinterpret_cast<const std::uint8_t*>(reply.data()), reply.size()};
    };
    if (MUTANT(6)) return;
    for (const auto& row : changes.commands) {
        const auto reply = std::find_if(replies.begin(), replies.end(), is_of(row.id));
        std::optional<std::span<const std::uint8_t>> answer;
        if (reply != replies.end()) answer = bytes(reply->bytes);
        put_command_.run(row.id.str(), row.body, row.key.str(), row.issued_at, answer);
    }
    for (const auto& reply : replies) {
        // Nothing to do for those above; no row is changed for a command that is not remembered.
        const auto& rows = changes.commands;
        if (std::any_of(rows.begin(), rows.end(), is_of(reply.id))) continue;
        put_reply_.run(reply.id.str(), bytes(reply.bytes));
    }
    for (const auto& [key, before] : changes.forgotten_commands) {
        forget_commands_.run(key.str(), before);
    }
}

}  // namespace lucheng::db
