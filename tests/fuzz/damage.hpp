// What may have happened to a database while nobody looked: bytes, pages and the log's end, and
// rows that somebody edited by hand. Chosen by the bytes of a fuzzer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace lucheng::fuzz {

// Takes values off the front; zeros when there is nothing left.
class Choices {
public:
    explicit Choices(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}
    [[nodiscard]] bool none_left() const { return bytes_.empty(); }
    [[nodiscard]] std::uint8_t byte();
    [[nodiscard]] std::uint64_t number(int bytes);
    [[nodiscard]] std::string text(std::size_t count);

private:
    std::span<const std::uint8_t> bytes_;
};

// Of a closed database and, where there is one, its log.
void damage(const std::filesystem::path& database, Choices choices);

}  // namespace lucheng::fuzz
