#include "protocol/codec_json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "protocol/codec_writer.hpp"
#include "protocol/sodium_ready.hpp"

namespace lucheng::protocol {

namespace json = boost::json;

namespace {

using Text = json::string_view;
using Error = json::error_code;

constexpr std::uint64_t compartment_max = 999;
constexpr std::uint64_t revision_max = 2'147'483'648;

std::string_view view_of(Text text) { return {text.data(), text.size()}; }

// A name that may be repeated in an answer: letters and underscores, so never a code or a card.
bool is_field_name(std::string_view text) {
    return !text.empty() && text.size() <= id_length_max &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// Builds the value as the parser goes, and refuses what the library would let pass: the second of
// two equal keys, numbers that are no finite double, and integers that only fit a double.
class Builder {
public:
    static constexpr std::size_t max_object_size = message_bytes_max;
    static constexpr std::size_t max_array_size = message_bytes_max;
    static constexpr std::size_t max_key_size = message_bytes_max;
    static constexpr std::size_t max_string_size = message_bytes_max;

    Builder(json::storage_ptr memory, WipingMemory& heap)
        : stack_{&heap, room_.data(), room_.size()} {
        stack_.reset(std::move(memory));
        keys_.reserve(32);
        names_.reserve(512);
    }

    ~Builder() { sodium_memzero(room_.data(), room_.size()); }
    Builder(const Builder&) = delete;
    Builder& operator=(const Builder&) = delete;

    json::value release() { return stack_.release(); }
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return true; }
    bool on_object_end(std::size_t count, Error& error) {
        if (has_duplicate(count)) return refuse(duplicate_, error);
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(Error&) { return true; }
    bool on_array_end(std::size_t count, Error&) {
        stack_.push_array(count);
        return true;
    }
    bool on_key_part(Text part, std::size_t, Error&) {
        names_ += view_of(part);
        stack_.push_chars(part);
        return true;
    }
    bool on_key(Text part, std::size_t size, Error&) {
        names_ += view_of(part);
        keys_.push_back({names_.size() - size, size});
        stack_.push_key(part);
        return true;
    }
    bool on_string_part(Text part, std::size_t, Error&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(Text part, std::size_t, Error&) {
        stack_.push_string(part);
        return true;
    }
    bool on_number_part(Text, Error&) { return true; }
    bool on_int64(std::int64_t number, Text, Error&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, Text, Error&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double, Text text, Error& error) {
        if (text.find_first_of(".eE") == Text::npos) return refuse(last_key(), error);
        double number = 0;
        const auto end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, number);
        if (read.ec != std::errc{} || read.ptr != end) return refuse(last_key(), error);
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool flag, Error&) {
        stack_.push_bool(flag);
        return true;
    }
    bool on_null(Error&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }

private:
    struct Key {
        std::size_t at;
        std::size_t size;
    };

    [[nodiscard]] std::string_view name_of(const Key& key) const {
        return std::string_view{names_}.substr(key.at, key.size);
    }

    [[nodiscard]] std::string last_key() const {
        if (keys_.empty() || !is_field_name(name_of(keys_.back()))) return "number";
        return std::string{name_of(keys_.back())};
    }

    // Looks at the newest `count` keys, which are those of the object that ends here, and lets
    // them go. Sorted, because a hostile message has ten thousand.
    bool has_duplicate(std::size_t count) {
        const auto first = keys_.end() - static_cast<std::ptrdiff_t>(count);
        const std::size_t names_end = count == 0 ? names_.size() : first->at;
        std::sort(first, keys_.end(),
                  [this](const Key& a, const Key& b) { return name_of(a) < name_of(b); });
        const auto twice = std::adjacent_find(
            first, keys_.end(),
            [this](const Key& a, const Key& b) { return name_of(a) == name_of(b); });
        if (twice != keys_.end()) {
            duplicate_ = "duplicate";
            if (is_field_name(name_of(*twice))) duplicate_.append(" ").append(name_of(*twice));
            return true;
        }
        keys_.erase(first, keys_.end());
        names_.resize(names_end);
        return false;
    }

    bool refuse(std::string argument, Error& error) {
        refusal_ = Refusal{Reason::malformed, std::move(argument)};
        error = json::error::syntax;
        return false;
    }

    std::array<unsigned char, 2048> room_;
    json::value_stack stack_;
    std::vector<Key> keys_;
    std::string names_;
    std::string duplicate_;
    std::optional<Refusal> refusal_;
};

// The UTF-16 unit of an escape of six characters at `at`.
std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) {
    const auto escape = at < text.size() ? text.substr(at, 6) : std::string_view{};
    if (escape.size() != 6 || !escape.starts_with("\\u")) return std::nullopt;
    unsigned unit = 0;
    const auto* const end = escape.data() + escape.size();
    const auto read = std::from_chars(escape.data() + 2, end, unit, 16);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return unit;
}

// Of a text that was refused: the library tells some halves of a pair from bad syntax, not all.
bool has_half_surrogate(std::string_view text) {
    const auto is_second = [](unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; };
    for (auto at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
        const auto unit = escaped_unit(text, at);
        at += unit ? 6U : 2U;
        if (!unit || *unit < 0xD800 || *unit > 0xDFFF) continue;
        const auto next = escaped_unit(text, at);
        if (is_second(*unit) || !next || !is_second(*next)) return true;
        at += 6;
    }
    return false;
}

Refusal refusal_for(const Error& error, std::string_view bytes) {
    std::string argument = "json";
    if (error == json::error::too_deep) {
        argument = "depth";
    } else if (error == json::error::exponent_overflow) {
        argument = "number";
    } else if (!is_utf8(bytes)) {
        argument = "utf8";
    } else if (has_half_surrogate(bytes)) {
        argument = "surrogate";
    }
    return Refusal{Reason::malformed, std::move(argument)};
}

std::optional<std::uint64_t> natural(const json::value& value) {
    const auto* number = value.if_int64();
    if (number == nullptr || *number < 0) return std::nullopt;
    const auto natural_number = static_cast<std::uint64_t>(*number);
    if (natural_number > json_integer_max) return std::nullopt;
    return natural_number;
}

template <class E>
bool read_number(const json::value& value, E& out, std::uint64_t min, std::uint64_t max) {
    const auto number = natural(value);
    if (!number || *number < min || *number > max) return false;
    out = static_cast<E>(*number);
    return true;
}

}  // namespace

void* WipingMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
    return ::operator new (bytes, std::align_val_t{alignment});
}

void WipingMemory::do_deallocate(void* at, std::size_t bytes, std::size_t alignment) {
    sodium_memzero(at, bytes);
    ::operator delete (at, std::align_val_t{alignment});
}

JsonDocument::~JsonDocument() {
    value_.reset();
    sodium_memzero(room_.data(), room_.size());
}

std::optional<Refusal> JsonDocument::parse(std::string_view bytes) {
    if (bytes.size() > message_bytes_max) {
        return Refusal{Reason::oversize, std::to_string(message_bytes_max)};
    }
    json::parse_options options;
    options.max_depth = json_depth_max;
    json::basic_parser<Builder> parser{options, json::storage_ptr{&memory_}, heap_};
    Error error;
    const auto used = parser.write_some(false, bytes.data(), bytes.size(), error);
    if (parser.handler().refusal()) return parser.handler().refusal();
    if (error) return refusal_for(error, bytes);
    if (used != bytes.size()) return Refusal{Reason::malformed, "json"};
    value_.emplace(parser.handler().release());
    if (!value_->is_object()) return Refusal{Reason::malformed, "json"};
    return std::nullopt;
}

bool read(const json::value& value, bool& out) {
    const auto* flag = value.if_bool();
    if (flag == nullptr) return false;
    out = *flag;
    return true;
}

bool read(const json::value& value, std::string& out) {
    const auto* text = value.if_string();
    if (text == nullptr) return false;
    out.assign(text->data(), text->size());
    return true;
}

bool read(const json::value& value, std::uint64_t& out) {
    return read_number(value, out, 0, json_integer_max);
}

bool read(const json::value& value, double& out) {
    if (const auto* real = value.if_double()) {
        out = *real;
        return true;
    }
    const auto* integer = value.if_int64();
    if (integer != nullptr) out = static_cast<double>(*integer);
    return integer != nullptr;
}

bool read(const json::value& value, WallTime& out) {
    const auto* text = value.if_string();
    if (text == nullptr) return false;
    const auto time = parse_time({text->data(), text->size()});
    if (time) out = time.value();
    return static_cast<bool>(time);
}

bool read(const json::value& value, Digest& out) {
    const auto* text = value.if_string();
    if (text == nullptr) return false;
    const auto digest = digest_from_hex({text->data(), text->size()});
    if (digest) out = *digest;
    return digest.has_value();
}

bool read(const json::value& value, CompartmentNumber& out) {
    return read_number(value, out, 1, compartment_max);
}

bool read(const json::value& value, JournalNumber& out) {
    return read_number(value, out, 0, json_integer_max);
}

bool read(const json::value& value, AuthorisationId& out) {
    return read_number(value, out, 0, json_integer_max);
}

bool read(const json::value& value, ReturnId& out) {
    return read_number(value, out, 0, json_integer_max);
}

bool read(const json::value& value, Revision& out) {
    return read_number(value, out, 0, revision_max);
}

}  // namespace lucheng::protocol
