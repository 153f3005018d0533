// What a dispatcher must do, as a table: each with the sentence that it rests on, and how it went.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "tools/cabinetctl/print.hpp"

namespace lucheng::cabinetctl {

enum class Check : std::uint8_t {
    // every command
    envelope,
    signature,
    permitted,
    addressed,
    published_right,
    lifetime,
    sealed,
    same_bytes,
    revision,
    // answers
    repeats,
    ends_repeating,
    try_later,
    try_after_change,
    try_never,
    later_reason,
    takes_back,
    // the journal
    acknowledges,
    acknowledges_right,
    once,
    in_order,
    gap,
    behind,
    chain,
    later_kind,
    // the cabinet
    over_restart,
    boot_quoted,
    new_epoch,
    adopts,
};

struct CheckText {
    Check check{};
    std::string_view name;
    std::string_view sentence;  // as it stands there, without its marks
    std::string_view document;  // below docs/
};
// Every check once, in the order of the enumeration.
[[nodiscard]] std::span<const CheckText> check_table();

// A check that failed stays so; one of which nothing was seen neither passes nor fails.
class Findings {
public:
    void pass(Check check);
    void fail(Check check, const std::string& what);
    [[nodiscard]] bool failed(Check check) const;
    [[nodiscard]] bool passed(Check check) const;
    [[nodiscard]] std::size_t failures() const;
    // A line a check.
    void print(const Printer& printer) const;

private:
    struct Finding {
        bool failed = false;
        std::string what{};
    };
    std::map<Check, Finding> found_{};
};

}  // namespace lucheng::cabinetctl
