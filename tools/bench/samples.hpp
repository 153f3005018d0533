#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace lucheng::bench {

using Microseconds = std::chrono::duration<double, std::micro>;

class Samples {
public:
    void add(Microseconds sample) { values_us_.push_back(sample.count()); }
    void add(const Samples& others);

    [[nodiscard]] std::size_t count() const { return values_us_.size(); }
    // The smallest sample that this share (0 to 1) of all does not exceed.
    [[nodiscard]] double quantile_us(double share) const;
    [[nodiscard]] double median_us() const { return quantile_us(0.5); }
    [[nodiscard]] double p99_us() const { return quantile_us(0.99); }
    [[nodiscard]] std::size_t above(Microseconds limit) const;

private:
    std::vector<double> values_us_;
};

}  // namespace lucheng::bench
