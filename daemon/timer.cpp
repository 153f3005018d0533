#include "daemon/timer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace lucheng::daemon {

class Timer::Impl {
public:
    explicit Impl(boost::asio::io_context& loop) : timer{loop} {}
    boost::asio::steady_timer timer;
};

Timer::Timer(boost::asio::io_context& loop) : impl_{std::make_unique<Impl>(loop)} {}
Timer::~Timer() = default;

void Timer::start(core::Milliseconds after, std::function<void()> due) {
    impl_->timer.expires_after(after);
    impl_->timer.async_wait([due = std::move(due)](const boost::system::error_code& cancelled) {
        if (!cancelled) due();
    });
}

void Timer::cancel() { impl_->timer.cancel(); }

}  // namespace lucheng::daemon
