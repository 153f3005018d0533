// How long to wait before the next try: the bound doubles, and the wait lies anywhere below it, so
// that a thousand cabinets do not come back in step after their broker was restarted.
#pragma once

#include <chrono>
#include <random>

namespace lucheng::daemon {

class LinkBackoff {
public:
    LinkBackoff(std::chrono::milliseconds least, std::chrono::milliseconds most);
    [[nodiscard]] std::chrono::milliseconds next();
    // In the upper half of the longest wait, whatever came before.
    [[nodiscard]] std::chrono::milliseconds longest();
    void reset() { bound_ = least_; }

private:
    [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds low,
                                                    std::chrono::milliseconds high);

    std::chrono::milliseconds least_;
    std::chrono::milliseconds most_;
    std::chrono::milliseconds bound_;
    std::minstd_rand random_;
};

}  // namespace lucheng::daemon
