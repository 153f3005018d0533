#include "tests/system/traffic.hpp"

#include <cstdlib>
#include <fmt/format.h>

#include "tests/system/dispatcher_rig.hpp"

namespace lucheng::system_test {

using namespace std::chrono_literals;

namespace {

std::size_t number_in(const std::string& delivery) { return std::stoul(delivery.substr(2)); }

}  // namespace

std::size_t from_environment(const char* name, std::size_t usual) {
    const char* text = std::getenv(name);
    return text == nullptr ? usual : std::stoul(text);
}

std::string code_of(std::size_t number) { return fmt::format("{}", 20'000'000 + number); }

std::string requests(std::size_t first, std::size_t last, const std::string& more) {
    std::string lines;
    for (std::size_t i = first; i <= last; ++i) {
        lines += request(fmt::format("D-{}", i), code_of(i), more);
    }
    return lines;
}

void Traffic::work() {
    for (const auto& one : rig_.state().compartments) {
        if (!one.delivery || one.delivery_state != protocol::DeliveryState::assigned) continue;
        const auto delivery = one.delivery->str();
        if (number_in(delivery) % one_of_ == 0) {
            rig_.deposit(delivery, protocol::number_of(one.number));
            rig_.collect(delivery, code_of(number_in(delivery)), protocol::number_of(one.number));
        } else {
            cancel(*one.delivery);
        }
    }
    static_cast<void>(rig_.peer().wait_for_count(rig_.mark() + 1, 20ms));
}

// The same bytes until it is done: a broker that forgets may lose them.
void Traffic::cancel(const protocol::DeliveryId& delivery) {
    auto& sent = cancels_[delivery];
    const auto now = std::chrono::steady_clock::now();
    if (sent.bytes.empty()) {
        const protocol::Cancel verb{delivery, protocol::Revision{1'000}};
        sent.bytes = rig_.signed_by_dispatch(rig_.command(verb));
    } else if (now < sent.again) {
        return;
    }
    sent.again = now + 500ms;
    rig_.send(sent.bytes);
}

}  // namespace lucheng::system_test
