// Any number of deliveries D-1, D-2, ... and the people who bring and fetch them.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "tests/system/cabinet_rig.hpp"

namespace lucheng::system_test {

// A number from the environment, or what is usual.
[[nodiscard]] std::size_t from_environment(const char* name, std::size_t usual);
[[nodiscard]] inline std::size_t how_many_deliveries(std::size_t usual) {
    return from_environment("DISPATCHER_DELIVERIES", usual);
}
// Of D-<number>.
[[nodiscard]] std::string code_of(std::size_t number);
// For the dispatcher; `more` goes into each.
[[nodiscard]] std::string requests(std::size_t first, std::size_t last,
                                   const std::string& more = {});
[[nodiscard]] inline std::string requests(std::size_t count) { return requests(1, count); }

// Most of the deliveries are called off by the library at once; one of so many is brought and
// fetched by people, which takes as long as doors take.
class Traffic {
public:
    Traffic(CabinetRig& rig, std::size_t one_of) : rig_{rig}, one_of_{one_of} {}

    // Whatever is assigned now; then a moment's wait for a message.
    void work();

private:
    void cancel(const protocol::DeliveryId& delivery);
    struct Sent {
        std::string bytes;
        std::chrono::steady_clock::time_point again;
    };
    CabinetRig& rig_;
    std::size_t one_of_;
    std::map<protocol::DeliveryId, Sent> cancels_{};
};

}  // namespace lucheng::system_test
