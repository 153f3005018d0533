// The street where the cabinet stands: a network of its own, with one wire to the library.
#pragma once

#include <string>
#include <vector>

namespace lucheng::far {

class Street {
public:
    Street();
    ~Street();
    Street(const Street&) = delete;
    Street& operator=(const Street&) = delete;

    // What happens to packets on their way, in both directions, in netem's words.
    void make_wire(const std::string& bad);
    // No packet comes through, and nobody is told.
    void cut();
    void mend();

    // A program with these words before it runs in the street.
    [[nodiscard]] static std::vector<std::string> stands_there();
    // Where it finds the library's broker.
    [[nodiscard]] static std::string broker() { return "10.9.0.1:1883"; }
};

}  // namespace lucheng::far
