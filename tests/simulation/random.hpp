// Dice of our own, so that every compiler and library throws the same: xoshiro256**, seeded by
// splitmix64. No std distribution, which may differ.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace lucheng::simulation {

using core::Milliseconds;

class Random {
public:
    explicit Random(std::uint64_t seed) {
        for (auto& word : state_) word = splitmix(seed);
    }

    std::uint64_t next() {
        const std::uint64_t result = rotated(state_[1] * 5, 7) * 9;
        const std::uint64_t t = state_[1] << 17U;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = rotated(state_[3], 45);
        return result;
    }
    // 0 to bound - 1. The bias of so small bounds is far below what a run could show.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool one_in(std::uint64_t many) { return below(many) == 0; }
    bool percent(std::uint64_t chance) { return below(100) < chance; }
    Milliseconds between(Milliseconds least, Milliseconds most) {
        const auto span = static_cast<std::uint64_t>((most - least).count());
        return least + Milliseconds{static_cast<Milliseconds::rep>(below(span + 1))};
    }
    // Mostly near `least`, now and then far: the smaller of two throws.
    Milliseconds soon(Milliseconds least, Milliseconds most) {
        const auto one = between(least, most);
        const auto other = between(least, most);
        return one < other ? one : other;
    }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[static_cast<std::size_t>(below(from.size()))];
    }
    // Dice of their own for a part, so that leaving the part out changes nothing elsewhere.
    [[nodiscard]] Random fork() { return Random{next()}; }

private:
    static std::uint64_t rotated(std::uint64_t x, unsigned bits) {
        return (x << bits) | (x >> (64U - bits));
    }
    static std::uint64_t splitmix(std::uint64_t& seed) {
        seed += 0x9e3779b97f4a7c15U;
        std::uint64_t z = seed;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    std::array<std::uint64_t, 4> state_{};
};

}  // namespace lucheng::simulation
