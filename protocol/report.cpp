#include "protocol/report.hpp"

#include <array>

#include "protocol/codes.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::array link_codes{
    Code{Link::init, "init"},
    Code{Link::ready, "ready"},
    Code{Link::disconnected, "disconnected"},
    Code{Link::lost, "lost"},
};
static_assert(is_complete(link_codes, Link::lost));

constexpr std::array door_codes{
    Code{Door::unknown, "unknown"},
    Code{Door::shut, "shut"},
    Code{Door::open, "open"},
};
static_assert(is_complete(door_codes, Door::open));

constexpr std::array occupancy_codes{
    Code{Occupancy::unknown, "unknown"},
    Code{Occupancy::empty, "empty"},
    Code{Occupancy::occupied, "occupied"},
};
static_assert(is_complete(occupancy_codes, Occupancy::occupied));

constexpr std::array delivery_state_codes{
    Code{DeliveryState::assigned, "assigned"},
    Code{DeliveryState::depositing, "depositing"},
    Code{DeliveryState::not_deposited, "not_deposited"},
    Code{DeliveryState::cancelled, "cancelled"},
    Code{DeliveryState::stored, "stored"},
    Code{DeliveryState::collecting, "collecting"},
    Code{DeliveryState::collected, "collected"},
    Code{DeliveryState::expired, "expired"},
    Code{DeliveryState::recalling, "recalling"},
    Code{DeliveryState::recalled, "recalled"},
    Code{DeliveryState::disputed, "disputed"},
};
static_assert(is_complete(delivery_state_codes, DeliveryState::disputed));

constexpr std::array return_state_codes{
    Code{ReturnState::opening, "opening"},
    Code{ReturnState::open, "open"},
    Code{ReturnState::stored, "stored"},
    Code{ReturnState::disputed, "disputed"},
};
static_assert(is_complete(return_state_codes, ReturnState::disputed));

}  // namespace

std::string_view code_of(Link link) { return text_in(link_codes, link); }
std::string_view code_of(Door door) { return text_in(door_codes, door); }
std::string_view code_of(Occupancy occupancy) { return text_in(occupancy_codes, occupancy); }
std::string_view code_of(DeliveryState state) { return text_in(delivery_state_codes, state); }
std::string_view code_of(ReturnState state) { return text_in(return_state_codes, state); }
std::optional<Link> link_of(std::string_view code) { return value_in(link_codes, code); }
std::optional<Door> door_of(std::string_view code) { return value_in(door_codes, code); }
std::optional<Occupancy> occupancy_of(std::string_view code) {
    return value_in(occupancy_codes, code);
}
std::optional<DeliveryState> delivery_state_of(std::string_view code) {
    return value_in(delivery_state_codes, code);
}
std::optional<ReturnState> return_state_of(std::string_view code) {
    return value_in(return_state_codes, code);
}

}  // namespace lucheng::protocol
