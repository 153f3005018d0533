// Reading JSON for the codec: a strict document, and its fields one by one. Only codec*.cpp
// include this.
#pragma once

#include <array>
#include <boost/json/memory_resource.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/codec.hpp"

namespace lucheng::protocol {

// What a double holds exactly, so that every reader of the wire sees the same number.
inline constexpr std::uint64_t json_integer_max = 9'007'199'254'740'991;

// Overwrites what it gives back: a command holds codes and card numbers in clear.
class WipingMemory final : public boost::json::memory_resource {
    void* do_allocate(std::size_t bytes, std::size_t alignment) override;
    void do_deallocate(void* at, std::size_t bytes, std::size_t alignment) override;
    bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
        return this == &other;
    }
};

// A JSON object in memory of its own, which is overwritten when this goes.
class JsonDocument {
public:
    JsonDocument() = default;
    ~JsonDocument();
    JsonDocument(const JsonDocument&) = delete;
    JsonDocument& operator=(const JsonDocument&) = delete;

    // None: understood, and root() may be asked for.
    [[nodiscard]] std::optional<Refusal> parse(std::string_view bytes);
    [[nodiscard]] const boost::json::object& root() const { return value_->get_object(); }

private:
    WipingMemory heap_;
    std::array<unsigned char, 4096> room_;  // enough for a command without any allocation
    boost::json::monotonic_resource memory_{room_.data(), room_.size(), &heap_};
    std::optional<boost::json::value> value_;
};

// Each reads one value; false when it is not of the documented shape.
[[nodiscard]] bool read(const boost::json::value& value, bool& out);
[[nodiscard]] bool read(const boost::json::value& value, std::string& out);
[[nodiscard]] bool read(const boost::json::value& value, std::uint64_t& out);
[[nodiscard]] bool read(const boost::json::value& value, double& out);
[[nodiscard]] bool read(const boost::json::value& value, WallTime& out);
[[nodiscard]] bool read(const boost::json::value& value, Digest& out);
[[nodiscard]] bool read(const boost::json::value& value, CompartmentNumber& out);  // 1..999
[[nodiscard]] bool read(const boost::json::value& value, JournalNumber& out);
[[nodiscard]] bool read(const boost::json::value& value, AuthorisationId& out);
[[nodiscard]] bool read(const boost::json::value& value, ReturnId& out);
[[nodiscard]] bool read(const boost::json::value& value, Revision& out);

template <class Tag>
[[nodiscard]] bool read(const boost::json::value& value, Id<Tag>& out) {
    const auto* text = value.if_string();
    if (text == nullptr) return false;
    auto id = Id<Tag>::parse({text->data(), text->size()});
    if (!id) return false;
    out = std::move(id).value();
    return true;
}

// An enumerator by its code; `of` is one of the *_of functions of the message headers.
template <class E>
[[nodiscard]] bool read_code(const boost::json::value& value, E& out,
                             std::optional<E> (*of)(std::string_view)) {
    const auto* text = value.if_string();
    if (text == nullptr) return false;
    const auto found = of({text->data(), text->size()});
    if (found) out = *found;
    return found.has_value();
}

// The fields of one object. The first that is missing or wrong is remembered by name, and nothing
// after it is looked at, so that a decoder is a list of what it needs.
class JsonFields {
public:
    explicit JsonFields(const boost::json::object& object) : object_{object} {}

    template <class T>
    void need(std::string_view name, T& out) {
        need(name, [&out](const boost::json::value& value) { return read(value, out); });
    }
    template <std::predicate<const boost::json::value&> Read>
    void need(std::string_view name, const Read& reads) {
        if (refusal_) return;
        const auto* value = object_.if_contains(name);
        if (value == nullptr || !reads(*value)) fail(name);
    }
    // An absent field and a null leave `out` as it is.
    template <class T>
    void may(std::string_view name, T& out) {
        may(name, [&out](const boost::json::value& value) { return read(value, out); });
    }
    template <class T>
    void may(std::string_view name, std::optional<T>& out) {
        may(name, [&out](const boost::json::value& value) { return read(value, out.emplace()); });
    }
    template <std::predicate<const boost::json::value&> Read>
    void may(std::string_view name, const Read& reads) {
        if (refusal_) return;
        const auto* value = object_.if_contains(name);
        if (value != nullptr && !value->is_null() && !reads(*value)) fail(name);
    }

    // Enumerators by their codes.
    template <class E>
    void need(std::string_view name, E& out, std::optional<E> (*of)(std::string_view)) {
        need(name, [&](const boost::json::value& value) { return read_code(value, out, of); });
    }
    template <class E>
    void may(std::string_view name, std::optional<E>& out,
             std::optional<E> (*of)(std::string_view)) {
        may(name,
            [&](const boost::json::value& value) { return read_code(value, out.emplace(), of); });
    }

    void fail(std::string_view name) { refuse({Reason::malformed, std::string{name}}); }
    void refuse(Refusal refusal) {
        if (!refusal_) refusal_ = std::move(refusal);
    }
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

private:
    const boost::json::object& object_;
    std::optional<Refusal> refusal_{};
};

}  // namespace lucheng::protocol
