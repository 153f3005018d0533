// What cabinetctl shows: colour on a terminal, plain in a pipe, JSON when asked.
#pragma once

#include <string>
#include <string_view>

#include "protocol/codec.hpp"

namespace lucheng::cabinetctl {

enum class Ink : unsigned char { plain, good, look_here, alarm, faint };

class Printer {
public:
    // Colour only where standard output is a terminal and NO_COLOR is not set.
    explicit Printer(bool json);
    [[nodiscard]] bool json() const { return json_; }
    void line(std::string_view text) const;
    [[nodiscard]] std::string in(Ink ink, std::string_view text) const;

    void status(const protocol::Status& status) const;
    void state(const protocol::StateReport& state) const;
    void event(const protocol::Event& event) const;
    // The exit code that the answer gives.
    [[nodiscard]] int reply(const protocol::Reply& reply, const std::string& bytes) const;

private:
    bool json_;
    bool colour_;
};

// One entry in one line: number, time, kind, and what it is about.
[[nodiscard]] std::string describe(const protocol::Entry& entry);

}  // namespace lucheng::cabinetctl
