#include "hal/device_watch.hpp"

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lucheng::hal {
namespace {

int make_inotify(const std::string& folder) {
    const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) throw std::system_error{errno, std::generic_category(), "inotify"};
    // udev changes the group a moment after the file is there.
    ::inotify_add_watch(fd, folder.c_str(), IN_CREATE | IN_DELETE | IN_ATTRIB | IN_MOVED_TO);
    return fd;
}

}  // namespace

class DeviceWatch::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& loop, const std::string& folder, std::string prefix,
         std::function<void()> changed)
        : prefix_{std::move(prefix)},
          changed_{std::move(changed)},
          events_{loop, make_inotify(folder)} {}

    void listen() {
        events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [self = shared_from_this()](boost::system::error_code error) {
                               if (error || self->stopped_) return;
                               if (self->read_all()) self->changed_();
                               if (!self->stopped_) self->listen();
                           });
    }
    void stop() {
        stopped_ = true;
        boost::system::error_code ignored;
        events_.close(ignored);
    }

private:
    // Whether one of ours is among them, or the kernel has lost count.
    bool read_all() {
        bool ours = false;
        alignas(inotify_event) std::array<char, 4'096> bytes;
        for (;;) {
            const ssize_t size = ::read(events_.native_handle(), bytes.data(), bytes.size());
            if (size <= 0) return ours;
            for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
                inotify_event event{};
                std::memcpy(&event, bytes.data() + at, sizeof event);
                const char* const name = bytes.data() + at + sizeof event;
                ours = ours || (event.mask & IN_Q_OVERFLOW) != 0 ||
                       (event.len > 0 && std::string_view{name}.starts_with(prefix_));
                at += sizeof event + event.len;
            }
        }
    }

    std::string prefix_;
    std::function<void()> changed_;
    boost::asio::posix::stream_descriptor events_;
    bool stopped_ = false;
};

DeviceWatch::DeviceWatch(boost::asio::io_context& loop, const std::string& folder,
                         std::string prefix, std::function<void()> changed)
    : impl_{std::make_shared<Impl>(loop, folder, std::move(prefix), std::move(changed))} {
    impl_->listen();
}

DeviceWatch::~DeviceWatch() { impl_->stop(); }

}  // namespace lucheng::hal
