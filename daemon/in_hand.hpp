// After an unclean exit the message in hand is noted outside the database, so that one that kills
// the process is set aside and named at the second try.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/digest.hpp"

namespace lucheng::daemon {

class InHand {
public:
    // `running` marks a run; when it is still there, the run before did not end in order. Throws
    // std::system_error when the directory cannot be written.
    explicit InHand(const std::filesystem::path& directory);
    ~InHand();
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;

    [[nodiscard]] bool clean() const { return clean_; }
    // One input at a time, noted before it is decided, until enough have gone well.
    [[nodiscard]] bool careful() const { return careful_left_ > 0; }
    // True: this very message was in hand when the process died, noted as such.
    [[nodiscard]] bool is_set_aside(const protocol::Digest& message) const;
    void note(const protocol::Digest& message);
    void done();
    void ended_in_order();

private:
    void write(std::size_t at, std::string_view text) const;

    std::filesystem::path running_;
    int note_ = -1;
    bool clean_ = true;
    int careful_left_ = 0;
    std::string set_aside_{};
};

}  // namespace lucheng::daemon
