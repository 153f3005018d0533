// What ends the program: one sentence, and the exit code after sysexits.
#pragma once

#include <stdexcept>
#include <string>

namespace lucheng::dispatcher {

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int disagreement = 1;  // or a request that no cabinet took
inline constexpr int usage = 64;
inline constexpr int bad_input = 65;  // a request that cannot be read
inline constexpr int no_input = 66;   // a file that cannot be read
inline constexpr int broken = 70;     // the ledger's disk, a library
inline constexpr int in_vain = 75;    // the time was up
}  // namespace exit_code

class Failure : public std::runtime_error {
public:
    Failure(const std::string& sentence, int exit_code)
        : std::runtime_error{sentence}, exit_code_{exit_code} {}
    [[nodiscard]] int exit_code() const { return exit_code_; }

private:
    int exit_code_;
};

}  // namespace lucheng::dispatcher
