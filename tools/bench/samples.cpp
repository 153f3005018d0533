#include "tools/bench/samples.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lucheng::bench {

void Samples::add(const Samples& others) {
    values_us_.insert(values_us_.end(), others.values_us_.begin(), others.values_us_.end());
}

double Samples::quantile_us(double share) const {
    if (values_us_.empty()) throw std::logic_error("no samples");
    auto sorted = values_us_;
    std::sort(sorted.begin(), sorted.end());
    const double rank = std::ceil(share * static_cast<double>(sorted.size()));
    return sorted.at(rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1);
}

std::size_t Samples::above(Microseconds limit) const {
    return static_cast<std::size_t>(std::count_if(
        values_us_.begin(), values_us_.end(), [&](double value) { return value > limit.count(); }));
}

}  // namespace lucheng::bench
