#include "daemon/in_hand.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include "protocol/mutants.hpp"

namespace lucheng::daemon {
namespace {

constexpr std::size_t digest_digits = 64;
constexpr std::size_t slots = 1 + InHand::set_aside_most;
constexpr int careful_inputs = 64;  // a batch: what could have been in hand at once

int open_or_throw(const std::filesystem::path& file, int flags) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), file.string()};
    return fd;
}

}  // namespace

// The file holds digests in hexadecimal or blanks: what is in hand, then what is set aside.
InHand::InHand(const std::filesystem::path& directory, core::Uptime now)
    : running_{directory / "running"}, started_{now} {
    clean_ = !std::filesystem::exists(running_);
    note_ = open_or_throw(directory / "in-hand", O_RDWR | O_CREAT);
    if (!clean_) {
        read();
        careful_left_ = careful_inputs;
    }
    // Written whole once, so that no later note needs a block of a disk that may be full.
    write_all();
    // The power may go as well as the process: the page cache is enough against the latter, and a
    // message cannot cause the former.
    ::close(open_or_throw(running_, O_WRONLY | O_CREAT));
}

InHand::~InHand() {
    if (note_ >= 0) ::close(note_);
}

void InHand::read() {
    std::array<char, slots * digest_digits> noted{};
    noted.fill(' ');
    if (::pread(note_, noted.data(), noted.size(), 0) < 0) {
        throw std::system_error{errno, std::generic_category(), "in-hand"};
    }
    for (std::size_t slot = 0; slot < slots; ++slot) {
        std::string digest{noted.data() + slot * digest_digits, digest_digits};
        const bool known =
            std::find(set_aside_.begin(), set_aside_.end(), digest) != set_aside_.end();
        if (digest.front() != ' ' && !known) set_aside_.push_back(std::move(digest));
    }
    if (set_aside_.size() > set_aside_most) set_aside_.pop_back();
}

bool InHand::is_set_aside(const protocol::Digest& message, core::Uptime now) {
    if (set_aside_.empty()) return false;
    if (now - started_ >= forgotten_after) {
        set_aside_.clear();
        write_all();
        return false;
    }
    const auto found = std::find(set_aside_.begin(), set_aside_.end(), protocol::hex(message));
    return found != set_aside_.end() && (now - started_ < tried_again_after || MUTANT(49));
}

void InHand::note(const protocol::Digest& message) {
    if (!careful()) return;
    noted_ = protocol::hex(message);
    write(0, noted_);
}

void InHand::done() {
    if (careful_left_ > 0) --careful_left_;
    if (noted_.empty()) return;
    forget(noted_);  // it went well: what ended the process then was something else
    noted_.clear();
    write(0, noted_);
}

void InHand::forget(const std::string& digest) {
    if (std::erase(set_aside_, digest) > 0) write_all();
}

void InHand::write_all() const {
    write(0, noted_);
    for (std::size_t i = 0; i < set_aside_most; ++i) {
        write(1 + i, i < set_aside_.size() ? std::string_view{set_aside_[i]} : std::string_view{});
    }
}

// A note that cannot be written costs caution, not the service.
void InHand::write(std::size_t slot, std::string_view digest) const {
    std::string text{digest};
    text.resize(digest_digits, ' ');
    static_cast<void>(
        !::pwrite(note_, text.data(), text.size(), static_cast<off_t>(slot * digest_digits)));
}

void InHand::ended_in_order() {
    std::error_code ignored;
    std::filesystem::remove(running_, ignored);
}

}  // namespace lucheng::daemon
