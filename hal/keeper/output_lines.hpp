// The lock lines as the keeper drives them: simulated now, GPIO beside it.
#pragma once

#include <cstdint>

namespace lucheng::hal::keeper {

class OutputLines {
public:
    OutputLines() = default;
    virtual ~OutputLines() = default;
    OutputLines(const OutputLines&) = delete;
    OutputLines& operator=(const OutputLines&) = delete;

    [[nodiscard]] virtual std::uint16_t count() const noexcept = 0;
    // Active means an energised coil, whatever the level is. False: the line does not answer.
    // Called from signal handlers as well: system calls and memory, nothing else.
    virtual bool set(std::uint16_t line, bool active) noexcept = 0;
};

}  // namespace lucheng::hal::keeper
