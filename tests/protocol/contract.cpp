// protocol/asyncapi.yaml, its schemas and examples say what the codec does.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "examples.hpp"
#include "protocol/codec.hpp"
#include "protocol/signature.hpp"

namespace lucheng::protocol {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Codes = std::vector<std::string>;

const fs::path folder{LUCHENG_SOURCE_DIR "/protocol"};

std::string text_of_file(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    REQUIRE(file);
    return {std::istreambuf_iterator<char>{file}, {}};
}

json::value schema(const std::string& name) {
    return json::parse(text_of_file(folder / "schemas" / (name + ".json")));
}

const json::value& type(const std::string& name) {
    static const json::value types = schema("types");
    return types.at("definitions").at(name);
}

struct Example {
    std::string name;
    std::string text;
};

std::vector<Example> examples_of(const std::string& message) {
    std::vector<Example> found;
    for (const auto& file : fs::directory_iterator{folder / "examples" / message}) {
        found.push_back({file.path().stem().string(), text_of_file(file.path())});
    }
    REQUIRE_FALSE(found.empty());
    return found;
}

void is_the_same(const std::string& written, const std::string& example) {
    CHECK(json::serialize(json::parse(written)) == json::serialize(json::parse(example)));
}

// `decode` must take every example of the message, and writing it must give the example back.
template <class T>
std::vector<T> decoded(const std::string& message, Result<T> (*decode)(std::string_view)) {
    std::vector<T> all;
    for (const auto& example : examples_of(message)) {
        INFO(message << "/" << example.name);
        const auto value = decode(example.text);
        REQUIRE(value);
        all.push_back(value.value());
        if constexpr (!std::is_same_v<T, Entry>) is_the_same(encode(value.value()), example.text);
    }
    return all;
}

Codes listed(const json::value& type) {
    Codes codes;
    for (const auto& code : type.at("enum").as_array()) codes.emplace_back(code.as_string());
    return codes;
}

// Every code of an enumeration: behind the last, code_of throws or has no text.
template <class E>
Codes registered() {
    Codes codes;
    try {
        for (unsigned i = 0; i < 256; ++i) {
            const auto code = code_of(static_cast<E>(i));
            if (code.empty()) break;
            codes.emplace_back(code);
        }
    } catch (const std::out_of_range&) {
        // That was the last.
    }
    return codes;
}

std::int64_t limit(const json::value& type, const char* name) { return type.at(name).as_int64(); }

bool reads_body(const std::string& verb, const std::string& fields) {
    return static_cast<bool>(decode_command(
        R"({"command":")" + verb + R"(","id":"c-1","cabinet":"KS-017",)" +
        R"("issued_at":"2026-11-22T08:00:00Z","expires_at":"2026-11-22T08:05:00Z",)" + fields +
        "}"));
}

std::string list_of(std::int64_t count, const std::string& element) {
    std::string list;
    for (std::int64_t i = 0; i < count; ++i) list.append(i == 0 ? "" : ",").append(element);
    return "[" + list + "]";
}

}  // namespace

TEST_CASE("every example of the contract is read, and written back the same") {
    CHECK(decoded("command", &decode_envelope).size() >= 1);
    CHECK(decoded("reply", &decode_reply).size() >= 2);
    CHECK(decoded("state", &decode_state).size() >= 2);
    CHECK(decoded("health", &decode_health).size() >= 2);
    CHECK(decoded("secrets", &decode_secrets).size() >= 2);

    std::set<Link> links;
    for (const auto& status : decoded("status", &decode_status)) links.insert(status.link);
    CHECK(links.size() == registered<Link>().size());
}

TEST_CASE("there is an example of every verb, and it is read") {
    std::set<std::string_view> verbs;
    for (const auto& example : examples_of("command_body")) {
        INFO(example.name);
        const auto command = decode_command(example.text);
        REQUIRE(command);
        verbs.insert(name_of(command.value().verb));
        // What the example leaves out has its default, which is written.
        const auto written = json::parse(encode(command.value()));
        const auto expected = json::parse(example.text);
        for (const auto& field : expected.as_object()) {
            INFO(field.key());
            REQUIRE(written.as_object().contains(field.key()));
            CHECK(json::serialize(written.at(field.key())) == json::serialize(field.value()));
        }
    }
    CHECK(verbs.size() == std::variant_size_v<Verb>);
}

TEST_CASE("there is an example of every kind of entry, and it is written back the same") {
    std::set<FactKind> kinds;
    for (const auto& example : examples_of("entry")) {
        INFO(example.name);
        const auto entry = decode_entry(example.text);
        REQUIRE(entry);
        kinds.insert(entry.value().fact.kind);
        auto expected = json::parse(example.text);
        auto& left = expected.as_object();
        const auto* commitment = left.if_contains("person_commitment");
        CHECK((commitment != nullptr) == entry.value().commitment.has_value());
        if (commitment != nullptr) CHECK(commitment->as_string() == hex(*entry.value().commitment));
        left.erase("person_commitment");  // the person is not in the entry, only bound to it
        is_the_same(encode_entry(entry.value().header, entry.value().fact, nullptr),
                    json::serialize(expected));
    }
    CHECK(kinds.size() == registered<FactKind>().size());
}

TEST_CASE("the examples' hashes, commitments and signatures are right") {
    for (const auto& event : decoded("event", &decode_event)) {
        CHECK(digest_of(event.entry) == event.hash);
        const auto entry = decode_entry(event.entry);
        REQUIRE(entry);
        if (event.personal) CHECK(commitment_to(*event.personal) == entry.value().commitment);
    }
    const auto key = SigningKey::parse("ops-wang AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    for (const auto& envelope : decoded("command", &decode_envelope)) {
        CHECK(verify(envelope, {{key.value().id(), Role::operations, key.value().public_key()}}));
        CHECK(decode_command(envelope.body));
    }
}

TEST_CASE("the contract's lists of codes are those of the code") {
    CHECK(listed(type("reason")) == registered<Reason>());
    CHECK(listed(type("try_again")) == registered<TryAgain>());
    CHECK(listed(type("kind")) == registered<FactKind>());
    CHECK(listed(type("means")) == registered<Means>());
    CHECK(listed(type("purpose")) == registered<Purpose>());
    CHECK(listed(type("size")) == registered<SizeClass>());
    CHECK(listed(type("person_role")) == registered<PersonRole>());
    CHECK(listed(type("found")) == registered<Found>());
    auto roles = registered<Role>();
    roles.pop_back();  // the authority is named in the configuration alone
    CHECK(listed(type("signing_role")) == roles);
    CHECK(listed(type("link")) == registered<Link>());
    CHECK(listed(type("door")) == registered<Door>());
    CHECK(listed(type("occupancy")) == registered<Occupancy>());
    CHECK(listed(type("delivery_state")) == registered<DeliveryState>());
    CHECK(listed(type("return_state")) == registered<ReturnState>());
}

TEST_CASE("the contract has a shape for every verb, and for every kind of entry") {
    const auto body = schema("command_body");
    Codes shaped;
    for (const auto& shape : body.at("oneOf").as_array()) {
        const std::string reference{shape.at("$ref").as_string()};
        const auto name = reference.substr(reference.rfind('/') + 1);
        const auto& command = body.at("definitions").at(name).at("properties").at("command");
        shaped.emplace_back(command.at("const").as_string());
    }
    Codes verbs;
    for (const auto& verb : examples::verbs()) verbs.emplace_back(name_of(verb));
    CHECK(shaped == verbs);
    CHECK(verbs.size() == std::variant_size_v<Verb>);

    std::set<std::string> kinds;
    const auto entry = schema("entry");
    for (const auto& shape : entry.at("definitions").as_object()) {
        const auto& kind = shape.value().at("properties").at("kind");
        if (const auto* only = kind.as_object().if_contains("const")) {
            kinds.emplace(only->as_string());
        } else {
            for (auto& code : listed(kind)) kinds.insert(std::move(code));
        }
    }
    auto known = registered<FactKind>();
    CHECK(kinds == std::set<std::string>(known.begin(), known.end()));
}

TEST_CASE("the contract's limits are those of the codec") {
    const auto compartment = limit(type("compartment"), "maximum");
    const auto open = [](std::int64_t number) {
        return reads_body("open", "\"compartment\":" + std::to_string(number));
    };
    CHECK(open(compartment));
    CHECK_FALSE(open(compartment + 1));
    CHECK(open(limit(type("compartment"), "minimum")));
    CHECK_FALSE(open(limit(type("compartment"), "minimum") - 1));

    const auto cancel = [](std::int64_t revision) {
        return reads_body("cancel", R"("delivery":"d-1","revision":)" + std::to_string(revision));
    };
    CHECK(cancel(limit(type("revision"), "maximum")));
    CHECK_FALSE(cancel(limit(type("revision"), "maximum") + 1));

    const auto replay = [](std::int64_t from) {
        return reads_body("replay", R"("epoch":"e-1","from":)" + std::to_string(from));
    };
    CHECK(replay(limit(type("journal_number"), "maximum")));
    CHECK_FALSE(replay(limit(type("journal_number"), "maximum") + 1));
    CHECK_FALSE(replay(limit(type("journal_number"), "minimum") - 1));
}

TEST_CASE("the contract's longest lists are those of the codec") {
    const auto body = schema("command_body");
    const auto& shapes = body.at("definitions");
    const auto& tested = shapes.at("self_test").at("properties").at("compartments");
    const auto self_test = [](std::int64_t count) {
        return reads_body("self_test", "\"compartments\":" + list_of(count, "7"));
    };
    CHECK(self_test(limit(tested, "maxItems")));
    CHECK_FALSE(self_test(limit(tested, "maxItems") + 1));

    const auto cards = [](std::int64_t count) {
        return bool{decode_secrets("{\"cards\":" + list_of(count, "\"04FFEE11\"") + "}")};
    };
    CHECK(cards(limit(type("cards"), "maxItems")));
    CHECK_FALSE(cards(limit(type("cards"), "maxItems") + 1));

    const auto boxed = [](std::int64_t length) {
        return reads_body("rekey", R"("delivery":"d","revision":1,"sealed":")" +
                                       std::string(static_cast<std::size_t>(length), 'A') + '"');
    };
    CHECK(boxed(limit(type("sealed"), "maxLength") - 4));
    CHECK_FALSE(boxed(limit(type("sealed"), "maxLength") + 4));

    const auto& books = shapes.at("assign").at("properties").at("books");
    const auto assign = [](std::int64_t count) {
        return reads_body("assign",
                          R"("delivery":"d","revision":1,"patron":"p","size":"small","sealed":"",)"
                          R"("books":)" +
                              std::to_string(count));
    };
    CHECK(assign(limit(books, "maximum")));
    CHECK_FALSE(assign(limit(books, "maximum") + 1));
    CHECK_FALSE(assign(limit(books, "minimum") - 1));
}

}  // namespace lucheng::protocol
