// Reading what a cabinet of a later version says: codes that are not known here are passed over, so
// that cabinets may be upgraded before their dispatcher. A cabinet itself is strict: see codec.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/codec.hpp"

namespace lucheng::protocol {

// A refusal for a reason that is not known here.
struct LaterReason {
    std::string code;
    TryAgain try_again{};
};
struct AnyReply {
    Reply reply;
    std::optional<LaterReason> later_reason{};  // in the place of `reply.refusal`
    [[nodiscard]] bool ok() const { return !reply.refusal && !later_reason; }
};
[[nodiscard]] Result<AnyReply> decode_any_reply(std::string_view bytes);

struct AnyEntry {
    Entry entry;             // its fact without means, purpose and reasons that are not known
    bool kind_known = true;  // if not, the header counts none the less, and the fact is empty
};
[[nodiscard]] Result<AnyEntry> decode_any_entry(std::string_view bytes);

}  // namespace lucheng::protocol
