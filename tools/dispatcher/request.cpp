#include "tools/dispatcher/request.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "protocol/codec.hpp"

namespace lucheng::dispatcher {

namespace {

namespace json = boost::json;

constexpr std::size_t line_bytes_max = 4'096;
constexpr std::size_t cards_max = 8;
constexpr std::uint16_t books_max = 99;

class Fields {
public:
    Fields(const json::object& object, std::string place)
        : object_{object}, place_{std::move(place)} {}

    [[noreturn]] void fail(std::string_view field, std::string_view expected) const {
        throw Failure{fmt::format("{}: {}: {}", place_, field, expected), exit_code::bad_data};
    }
    // Null and absent are the same.
    [[nodiscard]] const json::value* find(std::string_view field) const {
        const auto* value = object_.if_contains(field);
        return value == nullptr || value->is_null() ? nullptr : value;
    }
    [[nodiscard]] std::string text(std::string_view field) const {
        const auto* value = find(field);
        if (value == nullptr) return {};
        const auto* text = value->if_string();
        if (text == nullptr) fail(field, "expected a text");
        return {text->data(), text->size()};
    }
    template <class Id>
    [[nodiscard]] Id id(std::string_view field, bool needed) const {
        const auto value = text(field);
        if (value.empty() && !needed) return {};
        auto id = Id::parse(value);
        if (!id) fail(field, fmt::format("\"{}\": 1 to 64 of a-z A-Z 0-9 -", value));
        return std::move(id).value();
    }
    void only(std::initializer_list<std::string_view> known) const {
        for (const auto& field : object_) {
            const std::string_view name{field.key().data(), field.key().size()};
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                fail(name, "not a field of a request");
            }
        }
    }

private:
    const json::object& object_;
    std::string place_;
};

bool is_code(const std::string& code) {
    return code.size() >= protocol::code_digits_min && code.size() <= protocol::code_digits_max &&
           std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_card(const std::string& card) {
    return !card.empty() && card.size() <= protocol::id_length_max &&
           std::all_of(card.begin(), card.end(), [](char c) { return c > ' ' && c <= '~'; });
}

void read_secrets(const Fields& fields, protocol::Secrets& secrets) {
    secrets.code = fields.text("code");
    if (!secrets.code.empty() && !is_code(secrets.code)) fields.fail("code", "4 to 12 digits");
    if (const auto* cards = fields.find("cards")) {
        const auto* list = cards->if_array();
        if (list == nullptr || list->size() > cards_max) {
            fields.fail("cards", "expected a list of up to 8 texts");
        }
        for (const auto& card : *list) {
            const auto* text = card.if_string();
            if (text == nullptr || !is_card({text->data(), text->size()})) {
                fields.fail("cards", "each is 1 to 64 visible ASCII characters");
            }
            secrets.cards.emplace_back(text->data(), text->size());
        }
    }
    if (!secrets.clear()) fields.fail("code", "a delivery needs a code, or cards");
}

std::uint16_t books_in(const Fields& fields) {
    const auto* books = fields.find("books");
    if (books == nullptr) return 1;
    if (!books->is_int64() || books->as_int64() < 1 || books->as_int64() > books_max) {
        fields.fail("books", fmt::format("{}: 1 to 99", json::serialize(*books)));
    }
    return static_cast<std::uint16_t>(books->as_int64());
}

}  // namespace

Request read_request(std::string_view line, const std::string& place) {
    boost::system::error_code trouble;
    const auto document = json::parse(json::string_view{line.data(), line.size()}, trouble);
    if (trouble || !document.is_object()) {
        throw Failure{place + ": expected one JSON object", exit_code::bad_data};
    }
    const Fields fields{document.get_object(), place};
    fields.only(
        {"delivery", "patron", "group", "cabinet", "size", "books", "pickup_by", "code", "cards"});
    Request request{.delivery = fields.id<protocol::DeliveryId>("delivery", true),
                    .patron = fields.id<protocol::PersonId>("patron", true),
                    .group = fields.id<protocol::GroupId>("group", false),
                    .cabinet = fields.id<protocol::CabinetId>("cabinet", false)};
    const auto size = protocol::size_of(fields.text("size"));
    if (!size)
        fields.fail("size", fmt::format("\"{}\": small, medium or large", fields.text("size")));
    request.size = *size;
    request.books = books_in(fields);
    if (const auto until = fields.text("pickup_by"); !until.empty()) {
        const auto time = protocol::parse_time(until);
        if (!time)
            fields.fail("pickup_by", fmt::format("\"{}\": like 2026-11-25T08:00:00Z", until));
        request.pickup_by = time.value();
    }
    read_secrets(fields, request.secrets);
    return request;
}

std::vector<Request> read_requests(std::istream& in, const std::string& file) {
    std::vector<Request> requests;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const auto place = fmt::format("{}:{}", file, number);
        if (line.size() > line_bytes_max) {
            throw Failure{place + ": longer than 4,096 bytes", exit_code::bad_data};
        }
        requests.push_back(read_request(line, place));
    }
    return requests;
}

std::string text_of(const Request& request, bool with_secrets) {
    json::object object;
    object["delivery"] = request.delivery.str();
    object["patron"] = request.patron.str();
    if (!request.group.empty()) object["group"] = request.group.str();
    if (!request.cabinet.empty()) object["cabinet"] = request.cabinet.str();
    const auto size = protocol::code_of(request.size);
    object["size"] = json::string_view{size.data(), size.size()};
    object["books"] = request.books;
    if (request.pickup_by) object["pickup_by"] = protocol::format_time(*request.pickup_by);
    if (with_secrets && !request.secrets.code.empty()) object["code"] = request.secrets.code;
    if (with_secrets && !request.secrets.cards.empty()) {
        object["cards"] = json::array(request.secrets.cards.begin(), request.secrets.cards.end());
    }
    return json::serialize(object);
}

protocol::Assign assignment(const Request& request, std::uint32_t revision) {
    return {.delivery = request.delivery,
            .revision = protocol::Revision{revision},
            .patron = request.patron,
            .group = request.group,
            .size = request.size,
            .books = request.books,
            .pickup_by = request.pickup_by,
            .secrets = request.secrets};
}

}  // namespace lucheng::dispatcher
