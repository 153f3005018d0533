#include "daemon/link_backoff.hpp"

#include <algorithm>

namespace lucheng::daemon {

using std::chrono::milliseconds;

LinkBackoff::LinkBackoff(milliseconds least, milliseconds most)
    : least_{std::max(least, milliseconds{1})},
      most_{std::max(most, least_)},
      bound_{least_},
      random_{std::random_device{}()} {}

milliseconds LinkBackoff::next() {
    bound_ = std::min(bound_ * 2, most_);
    return between(least_, bound_);
}

milliseconds LinkBackoff::longest() {
    bound_ = most_;
    return between(std::max(least_, most_ / 2), most_);
}

milliseconds LinkBackoff::between(milliseconds low, milliseconds high) {
    std::uniform_int_distribution<milliseconds::rep> any{low.count(), high.count()};
    return milliseconds{any(random_)};
}

}  // namespace lucheng::daemon
