// The way from the MQTT library's threads to the loop. Shut before the link goes, so that a late
// callback finds nobody instead of what is gone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace lucheng::daemon {

class LinkMailbox {
public:
    explicit LinkMailbox(boost::asio::io_context& loop) : loop_{&loop} {}

    template <class Handler>
    void post(Handler&& handler) {
        const std::lock_guard lock{mutex_};
        if (loop_ != nullptr) boost::asio::post(*loop_, std::forward<Handler>(handler));
    }
    void shut() {
        const std::lock_guard lock{mutex_};
        loop_ = nullptr;
    }

    // A stalled loop must not eat the memory: for what exceeds the bounds there is no place, and it
    // is counted. Its sender repeats it until there is a reply. The place is free again when what
    // is returned is let go.
    [[nodiscard]] static std::shared_ptr<void> place_in(const std::shared_ptr<LinkMailbox>& mailbox,
                                                        std::size_t bytes) {
        const std::lock_guard lock{mailbox->mutex_};
        if (mailbox->messages_ >= messages_most || mailbox->bytes_ + bytes > bytes_most) {
            ++mailbox->dropped_;
            return nullptr;
        }
        ++mailbox->messages_;
        mailbox->bytes_ += bytes;
        return {mailbox.get(), [mailbox, bytes](void*) { mailbox->leave(bytes); }};
    }
    [[nodiscard]] std::uint64_t dropped() const {
        const std::lock_guard lock{mutex_};
        return dropped_;
    }

    static constexpr std::size_t messages_most = 1'000;
    static constexpr std::size_t bytes_most = 4 << 20;

private:
    void leave(std::size_t bytes) {
        const std::lock_guard lock{mutex_};
        --messages_;
        bytes_ -= bytes;
    }

    mutable std::mutex mutex_;
    boost::asio::io_context* loop_;
    std::size_t messages_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace lucheng::daemon
