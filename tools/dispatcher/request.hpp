// What the library system wants delivered: one JSON object a line.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/command.hpp"
#include "tools/broker/failure.hpp"

namespace lucheng::dispatcher {

using broker::Failure;
namespace exit_code = broker::exit_code;

struct Request {
    protocol::DeliveryId delivery;
    protocol::PersonId patron;
    protocol::GroupId group{};      // empty: alone
    protocol::CabinetId cabinet{};  // empty: whichever has room
    protocol::SizeClass size{};
    std::uint16_t books = 1;
    std::optional<protocol::WallTime> pickup_by{};
    protocol::Secrets secrets{};  // code, cards or both
};

// Throws Failure, naming file, line and value; a code or a card is never quoted.
[[nodiscard]] std::vector<Request> read_requests(std::istream& in, const std::string& file);
// `place` is what a mistake is reported with.
[[nodiscard]] Request read_request(std::string_view line, const std::string& place);
// One line, as the ledger keeps it. Without its secrets once the delivery has ended.
[[nodiscard]] std::string text_of(const Request& request, bool with_secrets);

[[nodiscard]] protocol::Assign assignment(const Request& request, std::uint32_t revision);

}  // namespace lucheng::dispatcher
