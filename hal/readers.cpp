#include "hal/readers.hpp"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "hal/device_watch.hpp"

namespace lucheng::hal {
namespace {

using core::Milliseconds;
using namespace std::chrono_literals;

// What is missing is looked for again after 0.25, 0.5, 1, ... 10 s, and when /dev changes.
constexpr Milliseconds look_first = 250ms;
constexpr Milliseconds look_most = 10s;

}  // namespace

class Readers::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& loop, Parts parts, Listener listener);
    void start();
    void stop();
    [[nodiscard]] std::size_t count() const { return readers_.size(); }
    [[nodiscard]] std::size_t present() const;

private:
    struct Reader {
        Reader(boost::asio::io_context& loop, std::function<void(std::string_view)> scanned)
            : wakes{loop}, half_line{loop}, line{std::move(scanned)} {}
        std::unique_ptr<ReaderDevice> device{};
        boost::asio::posix::stream_descriptor wakes;
        boost::asio::steady_timer half_line;
        bool half_line_waits = false;
        ReaderLine line;
        std::uint64_t told_dropped = 0;
        std::uint64_t life = 0;  // a wake of an earlier device is none of this one
        std::optional<bool> told_there{};
        std::string told_why{};
    };

    std::unique_ptr<ReaderDevice> open(std::size_t number, std::string& why) const;
    void look();
    void look_later();
    void listen(std::size_t number);
    void woken(std::size_t number);
    void lose(std::size_t number);
    void tell(std::size_t number, bool there);
    void tell_dropped(std::size_t number);
    void watch_half_line(std::size_t number);

    boost::asio::io_context& loop_;
    Parts parts_;
    Listener listener_;
    std::vector<std::unique_ptr<Reader>> readers_{};
    boost::asio::steady_timer looks_;
    Milliseconds look_wait_ = look_first;
    std::vector<std::unique_ptr<DeviceWatch>> watches_{};
    bool stopped_ = false;
};

Readers::Impl::Impl(boost::asio::io_context& loop, Parts parts, Listener listener)
    : loop_{loop}, parts_{std::move(parts)}, listener_{std::move(listener)}, looks_{loop} {
    for (std::size_t i = 0; i < parts_.places.size(); ++i) {
        readers_.push_back(std::make_unique<Reader>(
            loop_, [this, i](std::string_view line) { listener_.scanned(i, line); }));
    }
}

void Readers::Impl::start() {
    if (readers_.empty()) return;
    const auto changed = [self = weak_from_this()] {
        const auto alive = self.lock();
        if (!alive || alive->stopped_) return;
        alive->look_wait_ = look_first;
        alive->look();
    };
    watches_.push_back(
        std::make_unique<DeviceWatch>(loop_, parts_.inputs.dev.string(), "event", changed));
    watches_.push_back(std::make_unique<DeviceWatch>(loop_, "/dev", "tty", changed));
    look();
}

void Readers::Impl::stop() {
    stopped_ = true;
    watches_.clear();
    looks_.cancel();
    for (auto& reader : readers_) {
        reader->half_line.cancel();
        if (!reader->device) continue;
        reader->wakes.release();  // the device closes it
        reader->device.reset();
    }
}

std::size_t Readers::Impl::present() const {
    return static_cast<std::size_t>(
        std::count_if(readers_.begin(), readers_.end(),
                      [](const auto& reader) { return reader->device != nullptr; }));
}

std::unique_ptr<ReaderDevice> Readers::Impl::open(std::size_t number, std::string& why) const {
    const auto& place = parts_.places[number].at;
    if (const auto* keyboard = std::get_if<KeyboardPlace>(&place)) {
        return open_keyboard(*keyboard, parts_.inputs, why);
    }
    return open_serial(std::get<SerialPlace>(place), why);
}

void Readers::Impl::look() {
    bool all = true;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
        Reader& reader = *readers_[i];
        if (reader.device) continue;
        std::string why;
        reader.device = open(i, why);
        if (!reader.device) {
            all = false;
            if (why != reader.told_why) {
                listener_.trouble(fmt::format("reader {}: {}", parts_.places[i].id, why));
            }
            reader.told_why = std::move(why);
            tell(i, false);
            continue;
        }
        ++reader.life;
        reader.told_why.clear();
        reader.line.restart();
        reader.wakes.assign(reader.device->fd());
        tell(i, true);
        listen(i);
    }
    if (!all) look_later();
}

void Readers::Impl::look_later() {
    looks_.expires_after(look_wait_);
    look_wait_ = std::min(look_wait_ * 2, look_most);
    looks_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
        const auto alive = self.lock();
        if (!error && alive && !alive->stopped_) alive->look();
    });
}

void Readers::Impl::listen(std::size_t number) {
    Reader& reader = *readers_[number];
    reader.wakes.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                            [self = weak_from_this(), number,
                             life = reader.life](const boost::system::error_code& error) {
                                const auto alive = self.lock();
                                if (error || !alive || alive->stopped_) return;
                                if (alive->readers_[number]->life == life) alive->woken(number);
                            });
}

void Readers::Impl::woken(std::size_t number) {
    Reader& reader = *readers_[number];
    const ReadEnd end = reader.device->read(reader.line, parts_.uptime());
    tell_dropped(number);
    if (stopped_) return;
    if (end == ReadEnd::gone) return lose(number);
    watch_half_line(number);
    if (end == ReadEnd::waits) return listen(number);
    boost::asio::post(loop_, [self = weak_from_this(), number, life = reader.life] {
        const auto alive = self.lock();
        if (!alive || alive->stopped_) return;
        if (alive->readers_[number]->life == life) alive->woken(number);
    });
}

// Pulled out in the middle of a line: that line is over.
void Readers::Impl::lose(std::size_t number) {
    Reader& reader = *readers_[number];
    ++reader.life;
    reader.wakes.release();
    reader.device.reset();
    reader.line.restart();
    tell(number, false);
    look_wait_ = look_first;
    look_later();
}

void Readers::Impl::tell(std::size_t number, bool there) {
    Reader& reader = *readers_[number];
    if (std::exchange(reader.told_there, there) != there) listener_.changed(number, there);
}

void Readers::Impl::tell_dropped(std::size_t number) {
    Reader& reader = *readers_[number];
    const std::uint64_t all = reader.line.dropped();
    const std::uint64_t lines = all - std::exchange(reader.told_dropped, all);
    if (lines > 0) listener_.dropped(number, lines);
}

// So that nothing half stays in memory.
void Readers::Impl::watch_half_line(std::size_t number) {
    Reader& reader = *readers_[number];
    if (reader.half_line_waits) return;
    const core::Uptime now = parts_.uptime();
    const auto due = reader.line.look(now);
    tell_dropped(number);
    if (!due) return;
    reader.half_line_waits = true;
    reader.half_line.expires_after(*due - now);
    reader.half_line.async_wait(
        [self = weak_from_this(), number](const boost::system::error_code& error) {
            const auto alive = self.lock();
            if (error || !alive || alive->stopped_) return;
            alive->readers_[number]->half_line_waits = false;
            alive->watch_half_line(number);
        });
}

Readers::Readers(boost::asio::io_context& loop, Parts parts, Listener listener)
    : impl_{std::make_shared<Impl>(loop, std::move(parts), std::move(listener))} {
    impl_->start();
}

Readers::~Readers() { impl_->stop(); }

std::size_t Readers::count() const { return impl_->count(); }
std::size_t Readers::present() const { return impl_->present(); }

}  // namespace lucheng::hal
