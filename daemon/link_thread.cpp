#include "daemon/link_thread.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace lucheng::daemon {

namespace {

// Longer than the library takes to end its threads when all is well, which is 1.1 s.
constexpr std::chrono::seconds end_within{3};

}  // namespace

struct LinkThread::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> work;
    bool ending = false;
    bool ended = false;
    std::thread thread;

    void run() {
        std::unique_lock lock{mutex};
        for (;;) {
            changed.wait(lock, [this] { return ending || !work.empty(); });
            if (work.empty()) break;
            {
                const auto next = std::move(work.front());
                work.pop_front();
                lock.unlock();
                next();
            }  // what it held is let go outside the lock
            lock.lock();
        }
        ended = true;
        changed.notify_all();
    }
};

LinkThread::LinkThread() : shared_{std::make_shared<Shared>()} {
    shared_->thread = std::thread{[shared = shared_] { shared->run(); }};
}

LinkThread::~LinkThread() {
    std::unique_lock lock{shared_->mutex};
    shared_->ending = true;
    shared_->changed.notify_all();
    const bool ended =
        shared_->changed.wait_for(lock, end_within, [this] { return shared_->ended; });
    lock.unlock();
    // Stuck in a name lookup: it ends with the process, and touches nothing of ours any more.
    if (ended) {
        shared_->thread.join();
    } else {
        shared_->thread.detach();
    }
}

void LinkThread::post(std::function<void()> work) {
    const std::lock_guard lock{shared_->mutex};
    shared_->work.push_back(std::move(work));
    shared_->changed.notify_all();
}

}  // namespace lucheng::daemon
