#include "db/fault.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <fmt/format.h>
#include <new>
#include <sqlite3.h>
#include <sysexits.h>
#include <system_error>
#include <utility>

namespace lucheng::db {

namespace {

struct CodeName {
    int code = 0;
    std::string_view name{};
};

// SQLite gives its errors names only within its own tests.
constexpr std::array code_names{
    CodeName{SQLITE_ERROR, "SQLITE_ERROR"},
    CodeName{SQLITE_INTERNAL, "SQLITE_INTERNAL"},
    CodeName{SQLITE_PERM, "SQLITE_PERM"},
    CodeName{SQLITE_ABORT, "SQLITE_ABORT"},
    CodeName{SQLITE_BUSY, "SQLITE_BUSY"},
    CodeName{SQLITE_LOCKED, "SQLITE_LOCKED"},
    CodeName{SQLITE_NOMEM, "SQLITE_NOMEM"},
    CodeName{SQLITE_READONLY, "SQLITE_READONLY"},
    CodeName{SQLITE_INTERRUPT, "SQLITE_INTERRUPT"},
    CodeName{SQLITE_IOERR, "SQLITE_IOERR"},
    CodeName{SQLITE_CORRUPT, "SQLITE_CORRUPT"},
    CodeName{SQLITE_FULL, "SQLITE_FULL"},
    CodeName{SQLITE_CANTOPEN, "SQLITE_CANTOPEN"},
    CodeName{SQLITE_PROTOCOL, "SQLITE_PROTOCOL"},
    CodeName{SQLITE_SCHEMA, "SQLITE_SCHEMA"},
    CodeName{SQLITE_TOOBIG, "SQLITE_TOOBIG"},
    CodeName{SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"},
    CodeName{SQLITE_MISMATCH, "SQLITE_MISMATCH"},
    CodeName{SQLITE_MISUSE, "SQLITE_MISUSE"},
    CodeName{SQLITE_NOLFS, "SQLITE_NOLFS"},
    CodeName{SQLITE_AUTH, "SQLITE_AUTH"},
    CodeName{SQLITE_RANGE, "SQLITE_RANGE"},
    CodeName{SQLITE_NOTADB, "SQLITE_NOTADB"},
    CodeName{SQLITE_IOERR_READ, "SQLITE_IOERR_READ"},
    CodeName{SQLITE_IOERR_SHORT_READ, "SQLITE_IOERR_SHORT_READ"},
    CodeName{SQLITE_IOERR_WRITE, "SQLITE_IOERR_WRITE"},
    CodeName{SQLITE_IOERR_FSYNC, "SQLITE_IOERR_FSYNC"},
    CodeName{SQLITE_IOERR_DIR_FSYNC, "SQLITE_IOERR_DIR_FSYNC"},
    CodeName{SQLITE_IOERR_TRUNCATE, "SQLITE_IOERR_TRUNCATE"},
    CodeName{SQLITE_IOERR_FSTAT, "SQLITE_IOERR_FSTAT"},
    CodeName{SQLITE_IOERR_UNLOCK, "SQLITE_IOERR_UNLOCK"},
    CodeName{SQLITE_IOERR_RDLOCK, "SQLITE_IOERR_RDLOCK"},
    CodeName{SQLITE_IOERR_DELETE, "SQLITE_IOERR_DELETE"},
    CodeName{SQLITE_IOERR_NOMEM, "SQLITE_IOERR_NOMEM"},
    CodeName{SQLITE_IOERR_ACCESS, "SQLITE_IOERR_ACCESS"},
    CodeName{SQLITE_IOERR_LOCK, "SQLITE_IOERR_LOCK"},
    CodeName{SQLITE_IOERR_CLOSE, "SQLITE_IOERR_CLOSE"},
    CodeName{SQLITE_IOERR_CORRUPTFS, "SQLITE_IOERR_CORRUPTFS"},
    CodeName{SQLITE_CORRUPT_INDEX, "SQLITE_CORRUPT_INDEX"},
    CodeName{SQLITE_READONLY_RECOVERY, "SQLITE_READONLY_RECOVERY"},
    CodeName{SQLITE_READONLY_CANTLOCK, "SQLITE_READONLY_CANTLOCK"},
    CodeName{SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED"},
    CodeName{SQLITE_READONLY_DIRECTORY, "SQLITE_READONLY_DIRECTORY"},
    CodeName{SQLITE_CANTOPEN_ISDIR, "SQLITE_CANTOPEN_ISDIR"},
    CodeName{SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK"},
    CodeName{SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE"},
    CodeName{SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY"},
    CodeName{SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY"},
    CodeName{SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL"},
    CodeName{SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER"},
    CodeName{SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE"},
};

constexpr int primary(int code) { return code & 0xff; }

// Without this, a service manager that restarts on everything would grind an ill card to dust.
struct Verdict {
    int exit_code = 0;
    std::string_view advice{};
};

constexpr Verdict broken_disk{
    EX_IOERR,
    "What was not reported as done did not happen. Look for errors of the disk in the kernel's "
    "log and replace it if they return; after a restart the cabinet serves only once a "
    "checkpoint has reached the disk."};
constexpr Verdict full_disk{
    EX_IOERR,
    "Make room on this disk; the ballast file is already gone. Until then nothing can be "
    "recorded, and so nothing opens."};
constexpr Verdict damaged{
    EX_DATAERR,
    "Move cabinet.db and cabinet.db-wal aside together and keep them. At the next start an empty "
    "file with a new epoch is made; then let dispatch adopt the deliveries into it and walk from "
    "compartment to compartment. See docs/store.md."};
constexpr Verdict not_allowed{
    EX_NOPERM,
    "The directory and all in it must belong to the user that runs cabinetd, with modes 0700 "
    "and 0600."};
constexpr Verdict not_writable{
    EX_CANTCREAT,
    "The directory must exist on a file system that can be written. One that turned read-only by "
    "itself has seen an error of the disk: look into the kernel's log."};
constexpr Verdict in_use{
    EX_TEMPFAIL,
    "Another process has the file open. One cabinetd serves one directory; stop the other, or "
    "whatever looks into the file."};
constexpr Verdict no_memory{EX_OSERR, "Too little memory: see what else runs on this machine."};
constexpr Verdict bug{
    EX_SOFTWARE,
    "This is a fault of the program, not of the disk: please report it with the log around it. "
    "What is on the disk is sound, and a restart goes on from there."};

Verdict verdict_of_system(int system_error) {
    switch (system_error) {
        case EACCES:
        case EPERM: return not_allowed;
        case EROFS:
        case ENOENT:
        case ENOTDIR:
        case EISDIR:
        case EMFILE:
        case ENFILE: return not_writable;
        case ENOSPC:
        case EDQUOT: return full_disk;
        case ENOMEM: return no_memory;
        default:
            return broken_disk;  // errno is no enumeration: the rest are refusals of the device
    }
}

Verdict verdict_of(const SqlError& error) {
    if (error.is_full()) return full_disk;
    if (error.code() == SQLITE_IOERR_NOMEM) return no_memory;
    switch (primary(error.code())) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return damaged;
        case SQLITE_PERM:
        case SQLITE_AUTH: return not_allowed;
        case SQLITE_READONLY:
            return error.system_error() == EACCES || error.system_error() == EPERM ? not_allowed
                                                                                   : not_writable;
        case SQLITE_CANTOPEN:
            return error.system_error() == 0 ? not_writable
                                             : verdict_of_system(error.system_error());
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return in_use;
        case SQLITE_NOMEM: return no_memory;
        case SQLITE_IOERR:
        case SQLITE_PROTOCOL:
        case SQLITE_NOLFS: return broken_disk;
        default: return bug;  // SQLite's codes are no enumeration either
    }
}

std::string text_of_errno(int system_error) {
    return std::generic_category().message(system_error);
}

}  // namespace

StoreFault::StoreFault(const std::string& what, std::string advice, int exit_code)
    : std::runtime_error{what}, advice_{std::move(advice)}, exit_code_{exit_code} {}

SqlError::SqlError(int code, int system_error, const std::string& message)
    : std::runtime_error{message}, code_{code}, system_error_{system_error} {}

bool SqlError::is_full() const {
    if (primary(code_) == SQLITE_FULL) return true;
    const bool no_room = system_error_ == ENOSPC || system_error_ == EDQUOT;
    return no_room && (code_ == SQLITE_IOERR_WRITE || primary(code_) == SQLITE_CANTOPEN);
}

std::string_view name_of_sqlite_code(int code) {
    const auto find = [](int wanted) {
        return std::find_if(code_names.begin(), code_names.end(),
                            [wanted](const CodeName& row) { return row.code == wanted; });
    };
    auto found = find(code);
    if (found == code_names.end()) found = find(primary(code));
    return found == code_names.end() ? "an SQLite error without a name" : found->name;
}

StoreFault fault_of(const std::filesystem::path& file, std::string_view operation,
                    const SqlError& error) {
    auto what = fmt::format("{}: {}: {} ({})", file.string(), operation,
                            name_of_sqlite_code(error.code()), error.what());
    if (error.system_error() != 0) what += ": " + text_of_errno(error.system_error());
    const auto verdict = verdict_of(error);
    return {what, std::string{verdict.advice}, verdict.exit_code};
}

StoreFault system_fault(const std::filesystem::path& file, std::string_view operation,
                        int system_error) {
    const auto verdict = verdict_of_system(system_error);
    return {fmt::format("{}: {}: {}", file.string(), operation, text_of_errno(system_error)),
            std::string{verdict.advice}, verdict.exit_code};
}

StoreFault corrupt(const std::filesystem::path& file, std::string_view what) {
    return {fmt::format("{}: damaged or altered: {}", file.string(), what),
            std::string{damaged.advice}, damaged.exit_code};
}

StoreFault not_ours(const std::filesystem::path& file, std::string_view what, std::string advice) {
    return {fmt::format("{}: {}", file.string(), what), std::move(advice), EX_CONFIG};
}

StoreFault out_of_memory(const std::filesystem::path& file, std::string_view operation) {
    return {fmt::format("{}: {}: out of memory", file.string(), operation),
            std::string{no_memory.advice}, no_memory.exit_code};
}

StoreFault current_fault(const std::filesystem::path& file, std::string_view operation) {
    try {
        throw;
    } catch (const StoreFault& fault) {
        return fault;
    } catch (const SqlError& error) {
        return fault_of(file, operation, error);
    } catch (const BadRow& row) {
        return corrupt(file, row.what());
    } catch (const std::bad_alloc&) {
        return out_of_memory(file, operation);
    } catch (const std::filesystem::filesystem_error& error) {
        return system_fault(error.path1(), operation, error.code().value());
    } catch (const std::exception& error) {
        return {fmt::format("{}: {}: {}", file.string(), operation, error.what()),
                std::string{bug.advice}, bug.exit_code};
    }
}

}  // namespace lucheng::db
