// After an unclean exit the message in hand is noted outside the database, so that one that kills
// the process is set aside and named at the second try. Not for ever: a power cut may have ended
// the process instead, and so it may be tried again when the process has been well for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "protocol/digest.hpp"

namespace lucheng::daemon {

class InHand {
public:
    // Long beside a restart, so that a message that kills does not keep the doors shut; short
    // beside the day for which a command is valid.
    static constexpr std::chrono::minutes tried_again_after{10};
    // By then no command is valid any more that was sent before.
    static constexpr std::chrono::hours forgotten_after{24};
    static constexpr std::size_t set_aside_most = 8;

    // `running` marks a run; when it is still there, the run before did not end in order. Throws
    // std::system_error when the directory cannot be written.
    InHand(const std::filesystem::path& directory, core::Uptime now);
    ~InHand();
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;

    [[nodiscard]] bool clean() const { return clean_; }
    // One input at a time, noted before it is decided: until enough have gone well, and for as long
    // as something is set aside.
    [[nodiscard]] bool careful() const { return careful_left_ > 0 || !set_aside_.empty(); }
    // True: this very message was in hand when a process died, noted as such, and this one has not
    // run for long enough to try it again.
    [[nodiscard]] bool is_set_aside(const protocol::Digest& message, core::Uptime now);
    void note(const protocol::Digest& message);
    void done();
    void ended_in_order();

private:
    void read();
    void forget(const std::string& digest);
    void write_all() const;
    void write(std::size_t slot, std::string_view digest) const;

    std::filesystem::path running_;
    core::Uptime started_;
    int note_ = -1;
    bool clean_ = true;
    int careful_left_ = 0;
    std::string noted_{};                   // in hand now
    std::vector<std::string> set_aside_{};  // the newest first
};

}  // namespace lucheng::daemon
