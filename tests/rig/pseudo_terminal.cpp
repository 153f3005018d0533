#include "tests/rig/pseudo_terminal.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace lucheng::rig {

PseudoTerminal::PseudoTerminal(std::filesystem::path name) : name_{std::move(name)} { plug_in(); }

PseudoTerminal::~PseudoTerminal() { pull_out(); }

void PseudoTerminal::plug_in() {
    pull_out();
    far_end_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    std::array<char, 64> terminal{};
    if (far_end_ < 0 || ::grantpt(far_end_) != 0 || ::unlockpt(far_end_) != 0 ||
        ::ptsname_r(far_end_, terminal.data(), terminal.size()) != 0) {
        throw std::system_error{errno, std::generic_category(), "pseudo-terminal"};
    }
    std::filesystem::create_symlink(terminal.data(), name_);
}

void PseudoTerminal::pull_out() {
    if (far_end_ < 0) return;
    std::filesystem::remove(name_);
    ::close(far_end_);
    far_end_ = -1;
}

bool PseudoTerminal::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t size = ::write(far_end_, bytes.data(), bytes.size());
        if (size < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

}  // namespace lucheng::rig
