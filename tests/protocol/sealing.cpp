#include "protocol/sealing.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "protocol/codec.hpp"
#include "tests/protocol/examples.hpp"

namespace lucheng::protocol {

namespace {

SealingKey key_of(std::uint8_t first = 0) {
    Digest bytes = examples::counting_digest();
    bytes.front() = first;
    return SealingKey{CodeKey{bytes}};
}

Secrets some_secrets() {
    return {.code = "20481024", .cards = {"04A1B2C3", "320583-0001"}, .token = "4096204810245120"};
}

bool same(const Secrets& one, const Secrets& other) {
    return one.code == other.code && one.cards == other.cards && one.token == other.token;
}

}  // namespace

TEST_CASE("a box made elsewhere opens, and its key has the documented name") {
    const auto key = key_of();
    CHECK(base64(key.public_key().bytes) == "cKqKmnMxlU+I43+H/SzO+iCACFm/qZwqx6EoZ90RGCg=");
    CHECK(key.public_key().fingerprint() == "16a4d8a21f5e4744");
    const auto opened = key.open(from_base64(examples::sealed_for_patron).value());
    REQUIRE(opened);
    CHECK(same(opened.value(), some_secrets()));
}

TEST_CASE("what is sealed to one cabinet opens there, differs every time, and shows nothing") {
    const auto key = key_of();
    const auto first = seal(some_secrets(), key.public_key());
    const auto second = seal(some_secrets(), key.public_key());
    CHECK(first != second);
    CHECK(first.find("20481024") == std::string::npos);
    CHECK(same(key.open(first).value(), some_secrets()));
    const auto elsewhere = key_of(9).open(first);
    REQUIRE_FALSE(elsewhere);
    CHECK(elsewhere.refusal() ==
          Refusal{Reason::sealed_elsewhere, key_of(9).public_key().fingerprint()});
}

TEST_CASE("a box with one altered bit, or cut, opens nothing") {
    const auto key = key_of();
    const auto box = seal(some_secrets(), key.public_key());
    for (std::size_t i = 0; i < box.size(); ++i) {
        auto altered = box;
        altered[i] = static_cast<char>(altered[i] ^ 1);
        CHECK_FALSE(key.open(altered));
        CHECK_FALSE(key.open(std::string_view{box}.substr(0, i)));
    }
}

TEST_CASE("a code is 4 to 12 digits, a card 1 to 64 printable characters, a token 16 digits") {
    const auto reads = [](const std::string& text) { return bool{decode_secrets(text)}; };
    const auto refused = [](const std::string& text, const std::string& field) {
        const auto result = decode_secrets(text);
        CAPTURE(text);
        REQUIRE_FALSE(result);
        CHECK(result.refusal() == Refusal{Reason::malformed, field});
    };
    for (const std::string code : {"1234", "0000", "123456789012"}) {
        CHECK(reads("{\"code\":\"" + code + "\"}"));
    }
    for (const std::string code : {"\"\"", "\"123\"", "\"1234567890123\"", "\"1234a\"", "12345678",
                                   "\" 12345\"", "\"１２３４\""}) {
        refused("{\"code\":" + code + "}", "code");
    }
    for (const std::string& cards :
         std::vector<std::string>{R"(["a"])", R"(["~!#"])", R"(["1","2","3","4","5","6","7","8"])",
                                  "[\"" + std::string(64, 'c') + "\"]"}) {
        CHECK(reads("{\"cards\":" + cards + "}"));
    }
    for (const std::string& cards : std::vector<std::string>{
             "\"a\"", "{}", R"([""])", R"(["a b"])", R"(["证"])", "[1]", R"(["a",null])",
             "[\"\\u007f\"]", R"(["1","2","3","4","5","6","7","8","9"])",
             "[\"" + std::string(65, 'c') + "\"]"}) {
        refused("{\"cards\":" + cards + "}", "cards");
    }
    CHECK(reads(R"({"token":"1234567890123456"})"));
    refused(R"({"token":"123456789012345"})", "token");
    refused(R"({"token":"12345678901234567"})", "token");
    refused("{}", "code");
    refused(R"({"cards":[]})", "code");
    CHECK_FALSE(reads("no JSON"));
}

TEST_CASE("sealing a command takes its secrets out of it, and leaves other commands alone") {
    Verb verb = examples::assign();
    *secrets_in(verb) = some_secrets();
    seal_secrets(verb, key_of().public_key());
    CHECK_FALSE(secrets_in(verb)->clear());
    CHECK(same(key_of().open(secrets_in(verb)->sealed).value(), some_secrets()));
    Verb open = Open{.compartment = CompartmentNumber{3}};
    CHECK(secrets_in(open) == nullptr);
    seal_secrets(open, key_of().public_key());
}

TEST_CASE("dispatch keeps the keys of its cabinets in a file, a line each") {
    const auto first = CabinetId::of("KS-017"), second = CabinetId::of("KS-018");
    const auto file = sealing_line(first, key_of().public_key()) + "\r\n# a remark\n" +
                      sealing_line(second, key_of(9).public_key());
    CHECK(sealing_key_in(file, first) == key_of().public_key());
    CHECK(sealing_key_in(file, second) == key_of(9).public_key());
    CHECK_FALSE(sealing_key_in(file, CabinetId::of("KS-01")));
    CHECK_FALSE(sealing_key_in("KS-017 AAAA\n", first));
    // All zeros is no key: a box to it could be opened by anybody.
    CHECK_FALSE(sealing_key_in("KS-017 " + base64(Digest{}), first));
}

}  // namespace lucheng::protocol
