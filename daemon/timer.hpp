// One shot on the loop. A type of its own, so that a simulated run can let its time pass at once.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "core/time.hpp"

namespace lucheng::daemon {

class Timer {
public:
    explicit Timer(boost::asio::io_context& loop);
    ~Timer();  // what was not due yet is forgotten
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // Takes the place of what was started before, which may still come when it was due already.
    void start(core::Milliseconds after, std::function<void()> due);
    void cancel();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace lucheng::daemon
