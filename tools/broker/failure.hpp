// What ends a program: one sentence, and the exit code after sysexits.
#pragma once

#include <stdexcept>
#include <string>

namespace lucheng::broker {

namespace exit_code {
inline constexpr int done = 0;
inline constexpr int no = 1;  // a cabinet refused, or what was compared or tested is not right
inline constexpr int usage = 64;
inline constexpr int bad_data = 65;  // a request that cannot be read, a journal that is not whole
inline constexpr int no_input = 66;  // a file that cannot be read
inline constexpr int unavailable = 69;  // the broker, or the cabinet's own interface
inline constexpr int broken = 70;       // a disk, a library
inline constexpr int in_vain = 75;      // the time was up; asking again is safe
}  // namespace exit_code

class Failure : public std::runtime_error {
public:
    Failure(const std::string& sentence, int exit_code)
        : std::runtime_error{sentence}, exit_code_{exit_code} {}
    [[nodiscard]] int exit_code() const { return exit_code_; }

private:
    int exit_code_;
};

}  // namespace lucheng::broker
