// Between the core's words and those of the kiosk's JSON.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/input.hpp"
#include "core/screen.hpp"
#include "daemon/config.hpp"
#include "hal/simulated_cabinet.hpp"
#include "protocol/codec_kiosk.hpp"

namespace lucheng::daemon {

// Of the frame around it (names, link) nothing is filled in.
[[nodiscard]] protocol::ScreenMessage message_of(const core::Screen& screen);
[[nodiscard]] std::vector<protocol::SimulatedMessage> message_of(const hal::SimulatedWorld& world);
[[nodiscard]] protocol::PlanMessage plan_of(const Config& config);
[[nodiscard]] std::optional<core::Answer> answer_of(std::string_view code);

}  // namespace lucheng::daemon
