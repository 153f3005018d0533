#include "protocol/fact.hpp"

#include <array>

#include "protocol/codes.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::array kind_codes{
    Code{FactKind::assigned, "assigned"},
    Code{FactKind::deposited, "deposited"},
    Code{FactKind::collected, "collected"},
    Code{FactKind::collected_late, "collected_late"},
    Code{FactKind::left_behind, "left_behind"},
    Code{FactKind::expired, "expired"},
    Code{FactKind::recalling, "recalling"},
    Code{FactKind::recalled, "recalled"},
    Code{FactKind::cancelled, "cancelled"},
    Code{FactKind::not_deposited, "not_deposited"},
    Code{FactKind::reassigned, "reassigned"},
    Code{FactKind::extended, "extended"},
    Code{FactKind::rekeyed, "rekeyed"},
    Code{FactKind::disputed, "disputed"},
    Code{FactKind::resolved, "resolved"},
    Code{FactKind::adopted, "adopted"},
    Code{FactKind::unlock_authorised, "unlock_authorised"},
    Code{FactKind::lapsed, "lapsed"},
    Code{FactKind::interrupted, "interrupted"},
    Code{FactKind::opened, "opened"},
    Code{FactKind::closed, "closed"},
    Code{FactKind::ajar, "ajar"},
    Code{FactKind::forced, "forced"},
    Code{FactKind::jammed, "jammed"},
    Code{FactKind::unjammed, "unjammed"},
    Code{FactKind::occupancy_mismatch, "occupancy_mismatch"},
    Code{FactKind::wrong_compartment, "wrong_compartment"},
    Code{FactKind::confirmed_empty, "confirmed_empty"},
    Code{FactKind::granted, "granted"},
    Code{FactKind::revoked, "revoked"},
    Code{FactKind::denied, "denied"},
    Code{FactKind::locked_out, "locked_out"},
    Code{FactKind::help_requested, "help_requested"},
    Code{FactKind::booted, "booted"},
    Code{FactKind::service_changed, "service_changed"},
    Code{FactKind::hardware_lost, "hardware_lost"},
    Code{FactKind::hardware_back, "hardware_back"},
    Code{FactKind::mains_lost, "mains_lost"},
    Code{FactKind::mains_back, "mains_back"},
    Code{FactKind::tampered, "tampered"},
    Code{FactKind::clock_changed, "clock_changed"},
    Code{FactKind::store_low, "store_low"},
    Code{FactKind::store_well, "store_well"},
    Code{FactKind::refused, "refused"},
    Code{FactKind::counted, "counted"},
    Code{FactKind::self_tested, "self_tested"},
    Code{FactKind::commissioned, "commissioned"},
    Code{FactKind::keys_changed, "keys_changed"},
    Code{FactKind::forgotten, "forgotten"},
    Code{FactKind::notice_changed, "notice_changed"},
    Code{FactKind::return_stored, "return_stored"},
    Code{FactKind::return_collected, "return_collected"},
    Code{FactKind::walk_found, "walk_found"},
    Code{FactKind::walked, "walked"},
};
static_assert(is_complete(kind_codes, FactKind::walked));

constexpr std::array means_codes{
    Code{Means::code, "code"},     Code{Means::card, "card"},   Code{Means::qr, "qr"},
    Code{Means::remote, "remote"}, Code{Means::local, "local"},
};
static_assert(is_complete(means_codes, Means::local));

constexpr std::array purpose_codes{
    Code{Purpose::deposit, "deposit"},  Code{Purpose::pickup, "pickup"},
    Code{Purpose::recall, "recall"},    Code{Purpose::inspection, "inspection"},
    Code{Purpose::returning, "return"}, Code{Purpose::collection, "collection"},
    Code{Purpose::walk, "walk"},
};
static_assert(is_complete(purpose_codes, Purpose::walk));

}  // namespace

std::string_view code_of(FactKind kind) { return text_in(kind_codes, kind); }
std::string_view code_of(Means means) { return text_in(means_codes, means); }
std::string_view code_of(Purpose purpose) { return text_in(purpose_codes, purpose); }
std::optional<FactKind> fact_kind_of(std::string_view code) { return value_in(kind_codes, code); }
std::optional<Means> means_of(std::string_view code) { return value_in(means_codes, code); }
std::optional<Purpose> purpose_of(std::string_view code) { return value_in(purpose_codes, code); }

}  // namespace lucheng::protocol
