// Keeps what a cabinet says where LUCHENG_WIRE_RECORD names a folder: each different message is a
// line `<topic> <payload>`, for the check of the contract after the tests.
#pragma once

#include <cstddef>
#include <fstream>
#include <string>
#include <unordered_set>

namespace lucheng::rig {

class WireRecord {
public:
    WireRecord();
    void add(const std::string& topic, const std::string& payload);

private:
    std::ofstream file_;
    std::unordered_set<std::size_t> seen_;
};

}  // namespace lucheng::rig
