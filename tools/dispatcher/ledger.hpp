// Dispatch's own memory, in SQLite: what is wanted, what was asked byte for byte, and what every
// cabinet's journal said. Whatever goes out was committed here before.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/codec.hpp"
#include "tools/dispatcher/request.hpp"

namespace lucheng::dispatcher {

// How far a delivery is, by the cabinet's facts.
enum class Stage : std::uint8_t {
    waiting,   // for a cabinet that takes it
    asked,     // an assign is under way
    assigned,  // a compartment is reserved
    deposited,
    expired,
    recalling,
    disputed,
    refused,  // no cabinet will take it as it is; the library system must change something
    // ended
    collected,
    collected_late,
    recalled,
    not_deposited,
    cancelled,
    resolved,
};
[[nodiscard]] std::string_view code_of(Stage stage);
[[nodiscard]] bool has_ended(Stage stage);
[[nodiscard]] bool is_inside(Stage stage);  // books lie in the compartment, as far as is known

struct Delivery {
    Request request;
    Stage stage = Stage::waiting;
    protocol::CabinetId cabinet{};  // where it was asked for, and may therefore be
    protocol::EpochId epoch{};      // of the journal that told of it
    std::optional<protocol::CompartmentNumber> compartment{};
    std::uint32_t revision = 0;  // of the newest command
    std::string problem{};       // the refusal's code
};

// A command that was asked and not answered yet.
struct Order {
    protocol::CommandId id;
    protocol::CabinetId cabinet;
    protocol::DeliveryId delivery{};  // empty: about no delivery
    std::string verb;
    protocol::WallTime expires_at{};
    std::string bytes;  // as published, the first time and every time
};

// A cabinet took, late, what was given up there: to be cancelled.
struct Unwanted {
    protocol::DeliveryId delivery;
    protocol::CabinetId cabinet;
    std::uint32_t revision = 0;  // of the cancel
};

// How far the journal of one epoch was taken.
struct Journal {
    protocol::CabinetId cabinet;
    protocol::EpochId epoch;
    std::uint64_t taken = 0;
    protocol::Digest hash{};  // of that entry
    std::uint64_t acknowledged = 0;
};

// Every trouble of the disk is thrown: what was decided on top of it never happened.
class Ledger {
public:
    explicit Ledger(const std::filesystem::path& file);

    void begin();
    void commit();

    [[nodiscard]] std::vector<Delivery> live();
    [[nodiscard]] std::optional<Stage> stage_of(const protocol::DeliveryId& id);
    void keep(const Delivery& delivery);  // one that has ended loses its code and cards
    // One more than that of the newest command for the delivery, which it is from now on.
    [[nodiscard]] std::uint32_t next_revision(const protocol::DeliveryId& id);

    [[nodiscard]] std::vector<Order> unanswered();
    void keep(const Order& order);
    void answered(const protocol::CommandId& id, std::string_view reply);
    [[nodiscard]] bool has(const protocol::CommandId& id);

    [[nodiscard]] std::vector<Unwanted> unwanted();
    void keep(const Unwanted& one);
    void drop(const Unwanted& one);

    // As cabinets do: who it was, once the entry and the end of its delivery are older than
    // `persons`; whole entries and deliveries that ended, older than `entries`. Within begin() and
    // commit().
    void forget(std::chrono::hours persons, std::chrono::hours entries);

    [[nodiscard]] std::vector<Journal> journals();
    void keep(const Journal& journal);
    void keep(const protocol::EntryHeader& header, const protocol::Event& event);
    [[nodiscard]] std::optional<protocol::Digest> hash_of(const protocol::EntryHeader& header);

private:
    class Question;
    void note_times();
    void execute(const char* sql);
    [[nodiscard]] Question ask(const char* sql);
    [[noreturn]] void fail() const;

    struct Close {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    std::string file_;
    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

}  // namespace lucheng::dispatcher
