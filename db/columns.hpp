// Columns as the types of the protocol. What does not fit is a BadRow. Internal to db.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "db/connection.hpp"
#include "protocol/digest.hpp"
#include "protocol/ids.hpp"
#include "protocol/time.hpp"

namespace lucheng::db {

// One row, with the name that a BadRow gives it.
class Columns {
public:
    Columns(const Rows& rows, std::string_view table) : rows_{rows}, table_{table} {}

    [[nodiscard]] bool is_null(int column) const { return rows_.is_null(column); }

    template <class Id>
    [[nodiscard]] Id id(int column) const {
        auto id = Id::parse(rows_.text(column));
        if (!id) fail(column);
        return std::move(id).value();
    }
    // No id at all is null in the database and empty in memory.
    template <class Id>
    [[nodiscard]] Id id_or_empty(int column) const {
        return is_null(column) ? Id{} : id<Id>(column);
    }
    template <std::integral Number>
    [[nodiscard]] Number number(int column) const {
        const auto value = rows_.number(column);
        if (!std::in_range<Number>(value)) fail(column);
        return static_cast<Number>(value);
    }
    [[nodiscard]] std::int64_t natural(int column, std::int64_t most) const {
        const auto value = rows_.number(column);
        if (value < 0 || value > most) fail(column);
        return value;
    }
    // Numbers of a strong type.
    template <class E>
        requires std::is_enum_v<E>
    [[nodiscard]] E strong(int column) const {
        return E{number<std::underlying_type_t<E>>(column)};
    }
    // Enumerators by their codes; `of` is one of the *_of functions of the protocol.
    template <class E>
    [[nodiscard]] E code(int column, std::optional<E> (*of)(std::string_view)) const {
        const auto value = of(rows_.text(column));
        if (!value) fail(column);
        return *value;
    }
    [[nodiscard]] protocol::WallTime time(int column) const {
        return protocol::WallTime{protocol::Milliseconds{rows_.number(column)}};
    }
    [[nodiscard]] std::optional<protocol::WallTime> time_or_none(int column) const {
        if (is_null(column)) return std::nullopt;
        return time(column);
    }
    // Of people's words: free, but for its length in bytes.
    [[nodiscard]] std::string text(int column, std::size_t most) const {
        const auto value = rows_.text(column);
        if (value.size() > most) fail(column);
        return std::string{value};
    }
    [[nodiscard]] protocol::Digest digest(int column) const {
        const auto bytes = rows_.blob(column);
        protocol::Digest digest{};
        if (bytes.size() != digest.size()) fail(column);
        std::copy(bytes.begin(), bytes.end(), digest.begin());
        return digest;
    }
    [[nodiscard]] std::optional<protocol::SecretHash> secret_or_none(int column) const {
        if (is_null(column)) return std::nullopt;
        return protocol::SecretHash{digest(column)};
    }
    // Hashes one behind the other.
    [[nodiscard]] std::vector<protocol::SecretHash> secrets(int column) const {
        const auto bytes = rows_.blob(column);
        std::vector<protocol::SecretHash> secrets;
        constexpr auto size = std::tuple_size_v<protocol::Digest>;
        if (bytes.size() % size != 0) fail(column);
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            const auto one = bytes.subspan(at, size);
            std::copy(one.begin(), one.end(), secrets.emplace_back().digest.begin());
        }
        return secrets;
    }
    [[noreturn]] void fail(int column) const {
        throw BadRow{std::string{table_} + ", column " + std::to_string(column + 1)};
    }

private:
    const Rows& rows_;
    std::string_view table_;
};

// What an empty id is bound as.
template <class Tag>
[[nodiscard]] std::optional<std::string_view> or_null(const protocol::Id<Tag>& id) {
    if (id.empty()) return std::nullopt;
    return id.str();
}

}  // namespace lucheng::db
