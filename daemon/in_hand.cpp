#include "daemon/in_hand.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace lucheng::daemon {
namespace {

constexpr int careful_inputs = 64;  // a batch: what could have been in hand at once

int open_or_throw(const std::filesystem::path& file, int flags) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), file.string()};
    return fd;
}

}  // namespace

InHand::InHand(const std::filesystem::path& directory) : running_{directory / "running"} {
    clean_ = !std::filesystem::exists(running_);
    note_ = open_or_throw(directory / "in-hand", O_RDWR | O_CREAT);
    std::array<char, 64> noted{};
    if (::pread(note_, noted.data(), noted.size(), 0) == static_cast<ssize_t>(noted.size())) {
        if (!clean_) set_aside_.assign(noted.data(), noted.size());
    }
    // The power may go as well as the process: the page cache is enough against the latter, and a
    // message cannot cause the former.
    ::close(open_or_throw(running_, O_WRONLY | O_CREAT));
    if (!clean_) careful_left_ = careful_inputs;
}

InHand::~InHand() {
    if (note_ >= 0) ::close(note_);
}

bool InHand::is_set_aside(const protocol::Digest& message) const {
    return !set_aside_.empty() && protocol::hex(message) == set_aside_;
}

void InHand::note(const protocol::Digest& message) {
    const std::string text = protocol::hex(message);
    if (::pwrite(note_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        throw std::system_error{errno, std::generic_category(), "in-hand"};
    }
}

void InHand::done() {
    if (careful_left_ == 0) return;
    --careful_left_;
    // What was set aside stays noted until a whole careful time has passed without it.
    if (careful_left_ > 0 && !set_aside_.empty()) return;
    if (::ftruncate(note_, 0) != 0) {
        throw std::system_error{errno, std::generic_category(), "in-hand"};
    }
}

void InHand::ended_in_order() {
    std::error_code ignored;
    std::filesystem::remove(running_, ignored);
}

}  // namespace lucheng::daemon
