// Tables of enumerators and their codes on the wire, checked when they are compiled.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/ids.hpp"

namespace lucheng::protocol {

template <class E>
struct Code {
    E value{};
    std::string_view text{};
};
template <class E>
Code(E, const char*) -> Code<E>;

// Every enumerator up to `last` once, in order: then a lookup is an index.
template <class E, std::size_t N>
[[nodiscard]] constexpr bool is_complete(const std::array<Code<E>, N>& codes, E last) {
    if (N != static_cast<std::size_t>(number_of(last)) + 1) return false;
    for (std::size_t i = 0; i < N; ++i) {
        if (static_cast<std::size_t>(number_of(codes[i].value)) != i) return false;
        if (codes[i].text.empty()) return false;
    }
    return true;
}

template <class E, std::size_t N>
[[nodiscard]] constexpr std::string_view text_in(const std::array<Code<E>, N>& codes, E value) {
    return codes.at(static_cast<std::size_t>(number_of(value))).text;
}

template <class E, std::size_t N>
[[nodiscard]] constexpr std::optional<E> value_in(const std::array<Code<E>, N>& codes,
                                                  std::string_view text) {
    for (const auto& code : codes) {
        if (code.text == text) return code.value;
    }
    return std::nullopt;
}

}  // namespace lucheng::protocol
