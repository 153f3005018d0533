// Hostile messages of the fuzz corpus: each is refused, with a reason for whoever sent it.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

struct Hostile {
    std::string_view file;
    std::string_view argument;  // of Reason::malformed
};

constexpr std::array hostile{
    Hostile{"duplicate", "duplicate compartment"},
    Hostile{"duplicate_escaped", "duplicate compartment"},
    Hostile{"duplicate_nested", "duplicate b"},
    Hostile{"surrogate_lone", "surrogate"},
    Hostile{"surrogate_second", "surrogate"},
    Hostile{"utf8_overlong", "utf8"},
    Hostile{"utf8_surrogate", "utf8"},
    Hostile{"utf8_cut", "utf8"},
    Hostile{"utf8_beyond", "utf8"},
    Hostile{"number_fraction", "compartment"},
    Hostile{"number_exponent", "compartment"},
    Hostile{"number_huge", "compartment"},
    Hostile{"number_tiny", "a"},
    Hostile{"number_beyond_64_bits", "compartment"},
    Hostile{"number_beyond_53_bits", "compartment"},
    Hostile{"number_negative", "compartment"},
    Hostile{"number_minus_zero", "compartment"},
    Hostile{"depth_nine", "depth"},
    Hostile{"depth_huge", "depth"},
    Hostile{"id_control", "id"},
    Hostile{"id_newline", "id"},
    Hostile{"id_zero", "id"},
    Hostile{"id_long", "id"},
    Hostile{"id_chinese", "id"},
    Hostile{"time_leap", "issued_at"},
    Hostile{"time_offset", "issued_at"},
    Hostile{"empty", "json"},
    Hostile{"null", "json"},
    Hostile{"array", "json"},
    Hostile{"cut", "json"},
    Hostile{"bom", "json"},
    Hostile{"zero_behind", "json"},
    Hostile{"comment", "json"},
};
// These are well, or refused for what they ask.
constexpr std::array<std::string_view, 6> others{"surrogate_pair", "depth_eight",  "spaces",
                                                 "temperature",    "verb_unknown", "verb_harmful"};

const std::filesystem::path corpus{LUCHENG_SOURCE_DIR "/tests/fuzz/corpus/codec"};

std::string input(std::string_view name) {
    std::ifstream file{corpus / name, std::ios::binary};
    REQUIRE(file);
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("every hostile message of the corpus is refused, and the refusal says what is wrong") {
    for (const auto& [file, argument] : hostile) {
        INFO(file);
        const auto command = decode_command(input(file));
        REQUIRE_FALSE(command);
        CHECK(code_of(command.refusal().reason) == "malformed");
        CHECK(command.refusal().argument == argument);
    }
    CHECK(decode_command(input("surrogate_pair")));
    CHECK(decode_command(input("depth_eight")));
    CHECK(decode_command(input("spaces")));
    CHECK(decode_health(input("temperature")));
    CHECK(decode_command(input("verb_unknown")).refusal() ==
          Refusal{Reason::unknown_verb, "explode"});
    CHECK(decode_command(input("verb_harmful")).refusal() == Refusal{Reason::unknown_verb, ""});
}

TEST_CASE("no named input of the corpus is forgotten here") {
    std::set<std::string> named(others.begin(), others.end());
    for (const auto& each : hostile) named.emplace(each.file);
    for (const auto& file : std::filesystem::directory_iterator{corpus}) {
        const auto name = file.path().filename().string();
        if (name.starts_with("found-")) continue;  // what the fuzzer found has no story
        INFO(name);
        CHECK(named.contains(name));
    }
}

}  // namespace lucheng::protocol
