// What the codec refuses in any JSON, shown on a command's body.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "examples.hpp"
#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

const std::string head =
    R"({"command":"open","id":"c-1","cabinet":"KS-017","issued_at":"2026-11-22T08:00:00Z",)"
    R"("expires_at":"2026-11-22T08:05:00Z")";

std::string body_with(const std::string& fields) { return head + "," + fields + "}"; }

Refusal malformed(std::string argument) { return Refusal{Reason::malformed, std::move(argument)}; }

Refusal refusal_of(const std::string& body) {
    const auto command = decode_command(body);
    REQUIRE_FALSE(command);
    return command.refusal();
}

}  // namespace

TEST_CASE("a plain command is read") {
    const auto command = decode_command(body_with(R"("compartment":12)"));
    REQUIRE(command);
    CHECK(std::get<Open>(command.value().verb).compartment == CompartmentNumber{12});
    CHECK(decode_command(" \n" + body_with(R"("compartment" : 12)") + "\r\n\t "));
}

TEST_CASE("fields that are not known are passed over, whatever they hold") {
    CHECK(decode_command(
        body_with(R"("compartment":12,"colour":"青","more":{"a":[1,2.5,null,{"b":true}]},"":-0)")));
    CHECK(decode_command(body_with(R"("compartment":12,"far":1e300,"u":18446744073709551615)")));
}

TEST_CASE("what is not one JSON object is refused") {
    for (const std::string& text : {std::string{},
                                    std::string{" "},
                                    std::string{"null"},
                                    std::string{"[]"},
                                    std::string{"\"open\""},
                                    std::string{"12"},
                                    std::string{"{"},
                                    head,
                                    body_with(R"("compartment":12)") + "x",
                                    body_with(R"("compartment":12)") + "{}",
                                    body_with(R"("compartment":12,)"),
                                    body_with(R"("compartment":012)"),
                                    body_with(R"("compartment":+12)"),
                                    body_with(R"("compartment":12.)"),
                                    body_with(R"("compartment":NaN)"),
                                    body_with(R"("compartment":Infinity)"),
                                    body_with(R"(compartment:12)"),
                                    body_with(R"('compartment':12)"),
                                    body_with("\"compartment\":12/* twelve */"),
                                    body_with("\"a\":\"tab\there\""),
                                    body_with("\"a\":\"\\x\""),
                                    "\xef\xbb\xbf" + body_with(R"("compartment":12)"),
                                    body_with(R"("compartment":12)") + std::string(1, '\0')}) {
        INFO(text);
        CHECK(refusal_of(text) == malformed("json"));
    }
}

TEST_CASE("a field that comes twice is refused, with its name") {
    CHECK(refusal_of(body_with(R"("compartment":12,"compartment":13)")) ==
          malformed("duplicate compartment"));
    CHECK(refusal_of(body_with(R"("compartment":12,"id":"c-1")")) == malformed("duplicate id"));
    CHECK(refusal_of(body_with(R"("compartment":12,"compart\u006dent":12)")) ==
          malformed("duplicate compartment"));
    CHECK(refusal_of(body_with(R"("compartment":12,"x":{"a":[{"b":1,"c":2,"b":1}]})")) ==
          malformed("duplicate b"));
}

TEST_CASE("the same name in two objects is no duplicate") {
    CHECK(decode_command(
        body_with(R"("x":{"id":1,"y":{"id":2}},"z":[{"id":3},{"id":4}],"compartment":12)")));
}

TEST_CASE("a duplicate's name is repeated only when it is a plain field name") {
    CHECK(refusal_of(body_with(R"("20481024":1,"20481024":2)")) == malformed("duplicate"));
    CHECK(refusal_of(body_with(R"("":1,"":2)")) == malformed("duplicate"));
}

TEST_CASE("a number that no reader would hold exactly is refused, with the field's name") {
    for (const char* number :
         {"1e400", "-1e400", "1e999999999999", "0.1e-999999999999", "18446744073709551616",
          "-9223372036854775809", "100000000000000000000000000000"}) {
        INFO(number);
        const auto refusal = refusal_of(body_with("\"compartment\":" + std::string{number}));
        CHECK(refusal.reason == Reason::malformed);
        CHECK((refusal.argument == "compartment" || refusal.argument == "number"));
        CHECK(refusal_of(body_with("\"unknown\":[" + std::string{number} + "]")).reason ==
              Reason::malformed);
    }
}

TEST_CASE("an integer is written as one") {
    for (const char* number : {"12.0", "12.5", "1.2e1", "12e0", "-12", "\"12\"", "true", "[12]"}) {
        INFO(number);
        CHECK(refusal_of(body_with("\"compartment\":" + std::string{number})) ==
              malformed("compartment"));
    }
}

TEST_CASE("bytes that are not UTF-8 are refused") {
    for (const std::string bytes : {"\xff", "\xc3(", "\x80", "\xc0\xaf", "\xe0\x80\xaf",
                                    "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe4\xb9"}) {
        CHECK(refusal_of(body_with("\"a\":\"" + bytes + "\"")) == malformed("utf8"));
        CHECK(refusal_of(body_with("\"" + bytes + "\":1")) == malformed("utf8"));
    }
}

TEST_CASE("half a surrogate pair is refused") {
    for (const std::string escape : {R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)", R"(\ud800x)",
                                     R"(\ud83d\n)", R"(\udc4d\ud83d)"}) {
        INFO(escape);
        CHECK(refusal_of(body_with("\"a\":\"" + escape + "\"")) == malformed("surrogate"));
        CHECK(refusal_of(body_with("\"" + escape + "\":1")) == malformed("surrogate"));
    }
    CHECK(decode_command(body_with(R"("a":"\ud83d\udc4d","compartment":12)")));
}

TEST_CASE("a message nests eight levels and no more") {
    const auto nested = [](std::size_t levels) {
        return body_with("\"a\":" + std::string(levels, '[') + std::string(levels, ']') +
                         R"(,"compartment":12)");
    };
    CHECK(decode_command(nested(json_depth_max - 1)));
    CHECK(refusal_of(nested(json_depth_max)) == malformed("depth"));
    CHECK(refusal_of(nested(30'000)) == malformed("depth"));
}

TEST_CASE("a message of the greatest size is read, and one byte more is oversize") {
    const auto body = body_with(R"("compartment":12)");
    const std::string space(message_bytes_max - body.size(), ' ');
    CHECK(decode_command(body + space));
    CHECK(refusal_of(body + space + " ") == Refusal{Reason::oversize, "65536"});
    CHECK_FALSE(decode_envelope(std::string(message_bytes_max + 1, '{')));
    CHECK_FALSE(decode_state(std::string(1'000'000, '[')));
}

TEST_CASE("ten thousand fields are read, and the one that comes twice is still found") {
    std::string fields = R"("compartment":12)";
    for (int i = 0; i < 5'000; ++i) fields += ",\"" + std::to_string(i) + "\":0";
    CHECK(decode_command(body_with(fields)));
    CHECK(refusal_of(body_with(fields + R"(,"compartment":12)")) ==
          malformed("duplicate compartment"));
}

}  // namespace lucheng::protocol
