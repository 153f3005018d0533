#include "protocol/reasons.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

namespace lucheng::protocol {

TEST_CASE("every reason stands in the table at its own place") {
    const auto table = reason_table();
    REQUIRE(table.size() == static_cast<std::size_t>(Reason::found_missing) + 1);
    for (std::size_t i = 0; i < table.size(); ++i) {
        CHECK(static_cast<std::size_t>(table[i].reason) == i);
        CHECK(&text_of(table[i].reason) == &table[i]);
    }
}

TEST_CASE("every reason has a code of its own that leads back to it") {
    std::set<std::string_view> codes;
    for (const auto& text : reason_table()) {
        INFO(text.code);
        CHECK(codes.insert(text.code).second);
        CHECK(text.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
        CHECK(code_of(text.reason) == text.code);
        CHECK(reason_of(text.code) == text.reason);
    }
    CHECK_FALSE(reason_of("no_such_reason"));
    CHECK_FALSE(reason_of(""));
}

TEST_CASE("every reason is a short sentence in both languages, and no two are the same") {
    std::set<std::string_view> sentences;
    for (const auto& text : reason_table()) {
        INFO(text.code);
        CHECK(text.english.size() >= 10);
        CHECK(text.english.size() <= 80);
        CHECK(text.english.back() == '.');
        CHECK(text.chinese.size() >= 9);  // three characters
        CHECK(text.chinese.size() <= 72);
        CHECK(static_cast<unsigned char>(text.chinese.front()) >= 0xE4);
        CHECK(sentences.insert(text.english).second);
        CHECK(sentences.insert(text.chinese).second);
        CHECK_FALSE(code_of(text.try_again).empty());
    }
}

}  // namespace lucheng::protocol
