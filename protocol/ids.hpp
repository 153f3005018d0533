// Identifiers as types that cannot be swapped. All are 1 to 64 characters of [a-zA-Z0-9-].
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "protocol/result.hpp"

namespace lucheng::protocol {

inline constexpr std::size_t id_length_max = 64;

[[nodiscard]] constexpr bool is_id(std::string_view text) {
    if (text.empty() || text.size() > id_length_max) return false;
    for (const char c : text) {
        const bool ok =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        if (!ok) return false;
    }
    return true;
}

template <class Tag>
class Id {
public:
    Id() = default;  // empty: no id at all

    // Refused as malformed when the text is not an id.
    static Result<Id> parse(std::string_view text) {
        if (!is_id(text)) return Refusal{Reason::malformed, std::string{Tag::name}};
        return Id{std::string{text}};
    }
    // For literals and for what the store gives back; anything else is a bug.
    static Id of(std::string_view text) {
        auto id = parse(text);
        return std::move(id).value();
    }

    [[nodiscard]] const std::string& str() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }
    auto operator<=>(const Id&) const = default;

private:
    explicit Id(std::string text) : text_{std::move(text)} {}
    std::string text_;
};

struct CabinetTag {
    static constexpr std::string_view name = "cabinet";
};
struct CommandTag {
    static constexpr std::string_view name = "id";
};
struct DeliveryTag {
    static constexpr std::string_view name = "delivery";
};
struct PersonTag {
    static constexpr std::string_view name = "person";
};
struct GroupTag {
    static constexpr std::string_view name = "group";
};
struct KeyTag {
    static constexpr std::string_view name = "key";
};
struct BootTag {
    static constexpr std::string_view name = "boot";
};
struct EpochTag {
    static constexpr std::string_view name = "epoch";
};

using CabinetId = Id<CabinetTag>;
using CommandId = Id<CommandTag>;
using DeliveryId = Id<DeliveryTag>;
using PersonId = Id<PersonTag>;  // patron, courier or staff: an opaque reference, never a name
using GroupId = Id<GroupTag>;    // deliveries that share one code
using KeyId = Id<KeyTag>;        // who signed
using BootId = Id<BootTag>;      // one run of the daemon
using EpochId = Id<EpochTag>;    // one life of the database

enum class CompartmentNumber : std::uint16_t {};  // what is printed on the door, from 1
enum class JournalNumber : std::uint64_t {};      // from 1, without a gap; 0: none yet
enum class AuthorisationId : std::uint64_t {};    // of one opening; they only grow
enum class Revision : std::uint32_t {};           // of a delivery, given by dispatch
enum class ReturnId : std::uint64_t {};           // the number of the first opening for it

template <class E>
    requires std::is_enum_v<E>
[[nodiscard]] constexpr auto number_of(E value) {
    return static_cast<std::underlying_type_t<E>>(value);
}

}  // namespace lucheng::protocol

template <class Tag>
struct std::hash<lucheng::protocol::Id<Tag>> {
    std::size_t operator()(const lucheng::protocol::Id<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.str());
    }
};
