#include "daemon/in_hand.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace lucheng::daemon {
namespace {

constexpr std::size_t digest_digits = 64;
constexpr std::string_view blank =
    "                                                                ";
static_assert(blank.size() == digest_digits);
constexpr int careful_inputs = 64;  // a batch: what could have been in hand at once

int open_or_throw(const std::filesystem::path& file, int flags) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), file.string()};
    return fd;
}

}  // namespace

// The file holds two digests: what is set aside, and what is in hand.
InHand::InHand(const std::filesystem::path& directory) : running_{directory / "running"} {
    clean_ = !std::filesystem::exists(running_);
    note_ = open_or_throw(directory / "in-hand", O_RDWR | O_CREAT);
    std::array<char, 2 * digest_digits> noted{};
    noted.fill(' ');
    if (::pread(note_, noted.data(), noted.size(), 0) < 0) {
        throw std::system_error{errno, std::generic_category(), "in-hand"};
    }
    if (!clean_) {
        const std::string_view all{noted.data(), noted.size()};
        const auto in_hand = all.substr(digest_digits);
        set_aside_ = in_hand != blank ? in_hand : all.substr(0, digest_digits);
        if (set_aside_ == blank) set_aside_.clear();
    }
    // Written whole once, so that no later note needs a block of a disk that may be full.
    write(0, set_aside_.empty() ? blank : set_aside_);
    write(digest_digits, blank);
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
    if (careful()) write(digest_digits, protocol::hex(message));
}

void InHand::done() {
    if (careful_left_ == 0) return;
    --careful_left_;
    write(digest_digits, blank);
    // What was set aside stays so until a whole careful time has passed without it.
    if (careful_left_ == 0) write(0, blank);
}

// A note that cannot be written costs caution, not the service.
void InHand::write(std::size_t at, std::string_view text) const {
    static_cast<void>(!::pwrite(note_, text.data(), text.size(), static_cast<off_t>(at)));
}

void InHand::ended_in_order() {
    std::error_code ignored;
    std::filesystem::remove(running_, ignored);
}

}  // namespace lucheng::daemon
