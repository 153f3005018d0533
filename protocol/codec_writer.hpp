// Writes JSON straight into a string. What it writes is always valid, whatever it is given.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/digest.hpp"
#include "protocol/ids.hpp"
#include "protocol/time.hpp"

namespace lucheng::protocol {

class JsonWriter {
public:
    explicit JsonWriter(std::size_t expected_bytes) { out_.reserve(expected_bytes); }

    void begin_object();
    void begin_object(std::string_view name);
    void end_object() { out_ += '}'; }
    void begin_array(std::string_view name);
    void end_array() { out_ += ']'; }

    // Bytes that are not UTF-8 become U+FFFD.
    void text(std::string_view name, std::string_view value);
    void element(std::string_view value);
    void element(std::uint64_t value);
    void flag(std::string_view name, bool value);
    void number(std::string_view name, std::uint64_t value);
    void real(std::string_view name, double value);  // must be finite
    void time(std::string_view name, WallTime value);
    void hash(std::string_view name, const Digest& value);
    // An empty id is no id: nothing is written.
    template <class Tag>
    void id(std::string_view name, const Id<Tag>& value) {
        if (!value.empty()) plain(name, value.str());
    }
    // For codes and numbers of a strong type.
    template <class E>
        requires std::is_enum_v<E>
    void number(std::string_view name, E value) { number(name, std::uint64_t{number_of(value)}); }
    void plain(std::string_view name, std::string_view value);  // known to need no escape

    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    void key(std::string_view name);
    void comma();
    void quoted(std::string_view value);

    std::string out_;
};

// The longest beginning of `text` of at most `bytes_max` that does not cut a character.
[[nodiscard]] std::string_view clipped(std::string_view text, std::size_t bytes_max);
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace lucheng::protocol
