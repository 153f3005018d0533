// A value, or the reason why there is none. Bad input is a value, never an exception.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "protocol/reasons.hpp"

namespace lucheng::protocol {

// What was wrong with an input: a code for machines, and the argument that a person needs
// (a field's name, an id). Never a code, a card number or a name.
struct Refusal {
    Reason reason{};
    std::string argument{};
    bool operator==(const Refusal&) const = default;
};

template <class T>
class [[nodiscard]] Result {
public:
    // Implicit, so that a function returns either of the two as it is.
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(T value) : content_{std::in_place_index<0>, std::move(value)} {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Refusal refusal) : content_{std::in_place_index<1>, std::move(refusal)} {}

    [[nodiscard]] explicit operator bool() const { return content_.index() == 0; }

    // Asking for what is not there is a bug, and ends the process.
    [[nodiscard]] const T& value() const& {
        if (content_.index() != 0) std::abort();
        return *std::get_if<0>(&content_);
    }
    [[nodiscard]] T&& value() && {
        if (content_.index() != 0) std::abort();
        return std::move(*std::get_if<0>(&content_));
    }
    [[nodiscard]] const Refusal& refusal() const {
        if (content_.index() != 1) std::abort();
        return *std::get_if<1>(&content_);
    }

private:
    std::variant<T, Refusal> content_;
};

}  // namespace lucheng::protocol
