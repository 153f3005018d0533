// The ledger's rows in the database and in memory. Internal to db.
#pragma once

#include <span>

#include "core/ledger.hpp"
#include "db/connection.hpp"
#include "db/store.hpp"

namespace lucheng::db {

[[nodiscard]] core::Ledger load_ledger(Connection& connection);

// Writes what a batch changes, within a transaction.
class LedgerWriter {
public:
    explicit LedgerWriter(Connection& connection);
    // What core::apply does in memory. No row may be in a list twice: core::merge sees to that.
    void write(const core::Changes& changes, std::span<const StoredReply> replies);

private:
    void write(const core::CabinetRow& row);
    void write_deliveries(const core::Changes& changes);
    void write(const core::Delivery& row);
    void write(const core::Return& row);
    void write(const core::Authorisation& row);
    void write(const core::Credential& row);
    void write_commands(const core::Changes& changes, std::span<const StoredReply> replies);

    Statement put_cabinet_;
    Statement put_compartment_;
    Statement put_delivery_;
    Statement remove_delivery_;
    Statement put_return_;
    Statement remove_return_;
    Statement put_authorisation_;
    Statement remove_authorisation_;
    Statement put_credential_;
    Statement remove_credential_;
    Statement put_mark_;
    Statement put_command_;
    Statement put_reply_;
    Statement forget_commands_;
    Statement remove_keys_;
    Statement put_key_;
    Statement put_notice_;
    Statement forget_person_;
};

}  // namespace lucheng::db
