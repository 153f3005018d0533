// What the cabinet's screen shows: which screen, and its arguments. Sentences live in the
// catalogues of the pages and of cabinetctl.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ledger.hpp"

namespace lucheng::core {

enum class ScreenName : std::uint8_t {
    start,
    opening,
    open,
    settling,
    still_occupied,
    confirm_emptied,
    not_opened,
    left_open,
    thanks,
    courier_list,
    sensed_empty,
    confirm_deposit,
    out_of_order,
    return_card,         // 请刷读者证
    return_size,         // 请选择大小
    return_thanks,       // 已放入
    confirm_collection,  // shut after a collection: were the books there?
    walk_question,       // shut in a walk: what is inside?
    walk_report,         // 清点结果
};

struct CourierItem {
    DeliveryId delivery;
    DeliveryState state{};  // assigned: to drop off; recalling: to take back
    SizeClass size{};
    std::uint16_t books = 0;
    CompartmentNumber compartment{};
};

// Of a compartment in a walk; where it is as the ledger has it, nothing.
enum class WalkResult : std::uint8_t {
    missing,  // 不在: the ledger has something, and nothing is there
    extra,    // 多出: something is there that the ledger does not have
    skipped,  // nobody has seen it, or said what they saw
};
struct WalkFound {
    CompartmentNumber number{};
    WalkResult result{};
    std::optional<DeliveryId> delivery{};
    bool returned = false;           // or a return, says the ledger
    std::optional<Reason> reason{};  // why it was skipped
    bool operator==(const WalkFound&) const = default;
};
struct WalkReport {
    std::uint16_t total = 0, as_told = 0;
    bool whole = false;  // somebody looked into every compartment, and said what is there
    std::vector<WalkFound> found{};
    bool operator==(const WalkReport&) const = default;
};

struct Screen {
    ScreenName name{};
    std::optional<CompartmentNumber> compartment{};  // the door that matters now
    std::optional<Purpose> purpose{};
    std::optional<DeliveryId> delivery{};
    std::uint16_t books = 0;
    std::uint16_t door = 0, doors = 0;         // this is door 1 of 2
    std::optional<PersonRole> role{};          // who is logged in; nobody: a patron or none
    std::vector<CourierItem> items{};          // courier_list
    std::vector<CompartmentNumber> returns{};  // and behind which doors returns wait
    bool returned = false;                     // a walk's door: a return lies behind it
    bool disputed = false;                     // and whether what lies there is disputed
    std::optional<WalkReport> walk{};          // walk_report
    bool walk_needed = false;                  // and staff are logged in
    std::vector<SizeClass> sizes{};            // return_size: those that can be had
    std::optional<Refusal> notice{};   // what to tell besides: why the last step was refused
    std::string chinese{}, english{};  // dispatch's notice for whoever passes; empty: none
    Milliseconds idle_left{};          // until the screen goes back; zero: it does not
    std::uint16_t free_small = 0, free_medium = 0, free_large = 0;
    bool takes_returns = false;
    bool operator==(const Screen&) const = default;
};
inline bool operator==(const CourierItem& a, const CourierItem& b) {
    return a.delivery == b.delivery && a.state == b.state && a.compartment == b.compartment;
}

[[nodiscard]] std::string_view code_of(ScreenName name);
[[nodiscard]] std::string_view code_of(WalkResult result);

}  // namespace lucheng::core
