// JSON to structs and back: the only place that knows JSON. Refuses duplicate keys, bad UTF-8 and
// lone surrogates, numbers out of range or with a fraction where an integer is due, too deep, too
// large. Unknown fields are ignored, unknown verbs refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/command.hpp"
#include "protocol/fact.hpp"
#include "protocol/report.hpp"
#include "protocol/result.hpp"

namespace lucheng::protocol {

inline constexpr std::size_t message_bytes_max = 65'536;  // of any message, either way
inline constexpr std::size_t json_depth_max = 8;

[[nodiscard]] Result<Envelope> decode_envelope(std::string_view bytes);
[[nodiscard]] Result<Command> decode_command(std::string_view body);
// The id alone, for the answer to a body that decode_command refuses; empty if it has none.
[[nodiscard]] CommandId command_id_in(std::string_view body);
[[nodiscard]] std::string encode(const Envelope& envelope);
// The body. Secrets in clear end the process: they must have been sealed.
[[nodiscard]] std::string encode(const Command& command);
// What a sealed box holds: at least one of code, cards, token.
[[nodiscard]] std::string encode(const Secrets& secrets);
[[nodiscard]] Result<Secrets> decode_secrets(std::string_view bytes);

[[nodiscard]] std::string encode(const Reply& reply);
[[nodiscard]] Result<Reply> decode_reply(std::string_view bytes);
[[nodiscard]] std::string encode(const Status& status);
[[nodiscard]] Result<Status> decode_status(std::string_view bytes);
[[nodiscard]] std::string encode(const StateReport& state);
[[nodiscard]] Result<StateReport> decode_state(std::string_view bytes);
[[nodiscard]] std::string encode(const Health& health);
[[nodiscard]] Result<Health> decode_health(std::string_view bytes);

// The exact bytes of a journal entry, which are hashed, kept and published. With a person in the
// fact, `personal` must hold the salt for the commitment.
[[nodiscard]] std::string encode_entry(const EntryHeader& header, const Fact& fact,
                                       const Personal* personal);
struct Entry {
    EntryHeader header;
    Fact fact;                           // without the person
    std::optional<Digest> commitment{};  // to the person
};
[[nodiscard]] Result<Entry> decode_entry(std::string_view bytes);
[[nodiscard]] std::string encode(const Event& event);
[[nodiscard]] Result<Event> decode_event(std::string_view bytes);
[[nodiscard]] Digest commitment_to(const Personal& personal);

// RFC 3339 in UTC with milliseconds: 2026-11-22T08:00:00.000Z
[[nodiscard]] std::string format_time(WallTime time);
[[nodiscard]] Result<WallTime> parse_time(std::string_view text);

}  // namespace lucheng::protocol
