// Topic names under a configurable root, by default `lucheng/v1`.
#pragma once

#include <string>
#include <string_view>

#include "protocol/ids.hpp"

namespace lucheng::protocol {

struct Topics {
    std::string status, state, command, reply, event, health;
};

[[nodiscard]] Topics topics_of(std::string_view root, const CabinetId& cabinet);
// One to eight levels of [a-zA-Z0-9-_], no wildcard, no empty level.
[[nodiscard]] bool is_root(std::string_view root);
// A response topic is honoured only below the cabinet's own reply topic.
[[nodiscard]] bool is_below_reply(const Topics& topics, std::string_view response_topic);

}  // namespace lucheng::protocol
