// A serial reader for tests: the far end of a pseudo-terminal, under a name that stays.
#pragma once

#include <filesystem>
#include <string_view>

namespace lucheng::rig {

class PseudoTerminal {
public:
    // The cable is plugged in: `name` is a link to the terminal.
    explicit PseudoTerminal(std::filesystem::path name);
    ~PseudoTerminal();
    PseudoTerminal(const PseudoTerminal&) = delete;
    PseudoTerminal& operator=(const PseudoTerminal&) = delete;

    void plug_in();
    void pull_out();
    // False: nobody takes it any more (its buffer is full), or it is pulled out.
    bool send(std::string_view bytes) const;

private:
    std::filesystem::path name_;
    int far_end_ = -1;
};

}  // namespace lucheng::rig
