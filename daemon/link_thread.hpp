// A thread for what may block: the MQTT library resolves names while it holds its one mutex, and
// its destructor waits for its threads. Sleeps while there is nothing to do.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace lucheng::daemon {

class LinkThread {
public:
    LinkThread();
    ~LinkThread();  // waits for what was asked for, but not for ever
    LinkThread(const LinkThread&) = delete;
    LinkThread& operator=(const LinkThread&) = delete;

    void post(std::function<void()> work);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace lucheng::daemon
