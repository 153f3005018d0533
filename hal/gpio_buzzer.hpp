// How the buzzer sounds: an output that is on or off, over time.
#pragma once

#include <optional>
#include <span>

#include "core/decision.hpp"
#include "core/time.hpp"

namespace lucheng::hal {

class BuzzerTune {
public:
    // From the beginning.
    void play(core::Sound sound) {
        sound_ = sound;
        step_ = 0;
    }
    struct Step {
        bool on = false;
        std::optional<core::Milliseconds> lasts{};  // nothing: for ever
    };
    [[nodiscard]] Step next() {
        using namespace std::chrono_literals;
        switch (sound_) {
            case core::Sound::none: return {};
            case core::Sound::look_here:  // two short ones
                if (step_ == 3) return {};
                return {step_++ % 2 == 0, 150ms};
            case core::Sound::alarm: return {step_++ % 2 == 0, 500ms};
        }
        return {};
    }

private:
    core::Sound sound_ = core::Sound::none;
    unsigned step_ = 0;
};

}  // namespace lucheng::hal
