// Each verb, once its envelope was judged: none is done, or why not. Internal to core.
#pragma once

#include "core/state.hpp"

namespace lucheng::core {

using Judged = std::optional<Refusal>;

[[nodiscard]] inline Refusal no(Reason reason, std::string argument = {}) {
    return {reason, std::move(argument)};
}
// A code or a QR token that would open something else too.
[[nodiscard]] bool code_in_use(const Turn& turn, const Delivery& candidate);

// core/cabinet_commands.cpp: by command or by staff at the screen, whom `by` names.
[[nodiscard]] Judged set_service(Turn& turn, const protocol::SetService& service,
                                 protocol::Fact by);

Judged obey(Turn& turn, const CommandReceived& received, const protocol::Assign& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Adopt& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Cancel& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Extend& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Rekey& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Recall& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Grant& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Revoke& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Open& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::SetService& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Snapshot& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::SelfTest& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::SetKeys& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Resolve& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Forget& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::SetNotice& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Replay& verb,
            protocol::Reply& reply);
Judged obey(Turn& turn, const CommandReceived& received, const protocol::Acknowledge& verb,
            protocol::Reply& reply);

}  // namespace lucheng::core
