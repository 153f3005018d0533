// The JSON of the interface at the cabinet: what its screen is told, and what people answer. See
// docs/kiosk-interface.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/command.hpp"
#include "protocol/ids.hpp"
#include "protocol/result.hpp"
#include "protocol/secret.hpp"

namespace lucheng::protocol {

// What the screen shows, and what its frame needs. Texts are codes of the message headers.
struct ScreenMessage {
    struct Item {
        std::string delivery;
        std::string_view state, size;
        std::uint16_t books = 0;
        std::uint16_t compartment = 0;
    };
    struct WalkFound {
        std::uint16_t number = 0;
        std::string_view result;
        std::string delivery{};  // empty: none
        bool returned = false;
        std::optional<Reason> reason{};
    };
    struct Walk {
        std::uint16_t total = 0, as_told = 0;
        bool whole = false;
        std::vector<WalkFound> found{};
    };
    std::string_view name;
    std::uint16_t compartment = 0;  // 0: none
    std::string_view purpose;       // empty: none
    std::string delivery;           // empty: none
    std::uint16_t books = 0;
    std::uint16_t door = 0, doors = 0;
    std::string_view role;   // empty: nobody is logged in
    std::string_view waits;  // likewise, whose list waits while a patron is served
    std::vector<Item> items{};
    std::vector<std::uint16_t> returns{};   // doors behind which returns wait for a courier
    std::vector<std::string_view> sizes{};  // of return_size: those that can be had
    std::optional<Refusal> notice{};
    std::string chinese{}, english{};       // dispatch's notice; empty: none
    std::uint64_t maintenance_left_ms = 0;  // 0: none is declared, or it is nobody's business
    std::uint64_t idle_left_ms = 0;
    std::uint16_t free_small = 0, free_medium = 0, free_large = 0;
    std::string_view cabinet_name, help_telephone, version;
    bool staff_told = false;
    bool online = false;
    bool stalled = false;
    bool simulated = false;
    bool takes_returns = false;
    bool returned = false, disputed = false;  // of a walk's door
    std::optional<Walk> walk{};               // of walk_report
    bool walk_needed = false;                 // and staff are logged in
};

// One compartment of the simulated cabinet, as a hand and an eye find it.
struct SimulatedMessage {
    std::uint16_t number = 0;
    bool door_open = false;
    std::uint32_t books = 0;
    bool coil = false;
    std::uint32_t pulses = 0, longest_ms = 0;
    bool jammed = false, sensor_stuck = false, switch_stuck = false, bounces = false;
    bool switch_inverted = false;
};

// The cabinet as it stands before people, for pictures of it.
struct PlanMessage {
    struct Door {
        std::uint16_t number = 0;
        std::string_view size;
        std::uint16_t height_mm = 0;
        std::uint16_t column = 0;  // 0: not known, then of none
    };
    struct Screen {
        std::uint16_t column = 0, columns = 0, height_mm = 0, tall_mm = 0;
    };
    std::vector<Door> doors{};
    std::optional<Screen> screen{};
    std::string hours_chinese{}, hours_english{};  // when people may come; empty: not told
    bool sounds = false;
};

[[nodiscard]] std::string encode(const ScreenMessage& screen);
[[nodiscard]] std::string encode(const PlanMessage& plan);
[[nodiscard]] std::string encode(const std::vector<SimulatedMessage>& compartments);

// The answer to a request. No refusal: done. Screen and simulated are JSON already, or empty.
[[nodiscard]] std::string encode_outcome(const std::optional<Refusal>& refusal,
                                         std::string_view screen, std::string_view simulated);
// What is pushed. `staff` is empty while none are logged in, `simulated` on a real cabinet.
[[nodiscard]] std::string encode_push(std::string_view screen, std::string_view staff,
                                      std::string_view simulated);
// What staff see besides, while they are logged in: two reports that are JSON already.
[[nodiscard]] std::string encode_staff(std::string_view state, std::string_view test);

// What cabinetctl tells of an outcome or of a screen alone.
struct SpokenOutcome {
    std::optional<Refusal> refusal{};
    std::string screen{};              // its name; empty: none came with it
    std::uint16_t compartment = 0;     // 0: none
    std::vector<std::string> items{};  // of the courier's list: delivery, state, compartment
};
[[nodiscard]] Result<SpokenOutcome> decode_outcome(std::string_view bytes);

struct FaultMessage {
    std::string fault;
    bool on = false;
};
[[nodiscard]] Result<SecretText> decode_code(std::string_view body);  // 4 to 12 digits, or 16
[[nodiscard]] Result<SecretText> decode_card(std::string_view body);  // 1 to 64 visible ASCII
[[nodiscard]] Result<DeliveryId> decode_choice(std::string_view body);
[[nodiscard]] Result<SizeClass> decode_size(std::string_view body);
[[nodiscard]] Result<std::string> decode_answer(std::string_view body);
[[nodiscard]] Result<std::uint32_t> decode_books(std::string_view body);  // 1 to 99
[[nodiscard]] Result<FaultMessage> decode_fault(std::string_view body);
[[nodiscard]] Result<CompartmentNumber> decode_swap(std::string_view body);
// An object, or nothing at all; for requests that need no argument.
[[nodiscard]] std::optional<Refusal> check_empty(std::string_view body);

}  // namespace lucheng::protocol
