#include "tests/simulation/shrink.hpp"

#include <algorithm>
#include <utility>

namespace lucheng::simulation {

namespace {

bool still_breaks(const Plan& plan, const std::string& promise, Milliseconds& at) {
    const auto out = run(plan);
    if (out.promise != promise) return false;
    at = out.at;
    return true;
}

}  // namespace

Plan shrink(Plan plan, const std::string& promise,
            const std::function<void(std::size_t items)>& told) {
    Milliseconds at{0};
    if (!still_breaks(plan, promise, at)) return plan;
    if (at < plan.settings.length) {  // what comes after it has no part in it
        Plan shorter = plan;
        std::erase_if(shorter.items, [&](const Item& item) { return item.at > at; });
        if (still_breaks(shorter, promise, at)) plan = std::move(shorter);
    }
    for (std::size_t chunk = std::max<std::size_t>(plan.items.size() / 2, 1);;) {
        bool better = false;
        for (std::size_t begin = 0; begin < plan.items.size();) {
            const std::size_t end = std::min(begin + chunk, plan.items.size());
            Plan without = plan;
            without.items.erase(without.items.begin() + static_cast<std::ptrdiff_t>(begin),
                                without.items.begin() + static_cast<std::ptrdiff_t>(end));
            if (still_breaks(without, promise, at)) {
                plan = std::move(without);
                better = true;
                told(plan.items.size());
            } else {
                begin = end;
            }
        }
        if (chunk == 1 && !better) return plan;
        if (!better || chunk > plan.items.size()) chunk = std::max<std::size_t>(chunk / 2, 1);
    }
}

}  // namespace lucheng::simulation
