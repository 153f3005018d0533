// The JSON of what staff ask at the screen. See docs/kiosk-interface.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/command.hpp"
#include "protocol/self_test.hpp"
#include "protocol/time.hpp"

namespace lucheng::protocol {

[[nodiscard]] Result<CompartmentNumber> decode_opening(std::string_view body);
[[nodiscard]] Result<SetService> decode_service(std::string_view body);
[[nodiscard]] Result<bool> decode_maintenance(std::string_view body);
// Without `by`: the session says who asks.
[[nodiscard]] Result<TestOrder> decode_staff_test(std::string_view body);

// The newest of the record, as the log tells it.
struct JournalLine {
    JournalNumber number{};
    WallTime at{};
    std::string text;
};
[[nodiscard]] std::string encode(const std::vector<JournalLine>& lines);

}  // namespace lucheng::protocol
