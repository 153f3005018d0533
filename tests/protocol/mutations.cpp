// Damaged messages: no decoder may crash, and what one accepts it must accept again.
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>

#include "examples.hpp"
#include "protocol/codec.hpp"

namespace lucheng::protocol {

using namespace std::string_view_literals;

namespace {

// Fixed, so that a failure comes again.
constexpr std::uint32_t seed = 20'261'122;

std::string mutated(std::string text, const std::string& other, std::mt19937& random) {
    const auto below = [&](std::size_t limit) {
        return limit == 0 ? 0 : static_cast<std::size_t>(random()) % limit;
    };
    constexpr auto interesting = "{}[]\",:\\/0123456789eE+-.u\x00\x1f\x7f\x80\xc3\xed\xff"sv;
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
        const auto at = below(text.size());
        switch (below(6)) {
            case 0:
                if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
                break;
            case 1: text.insert(at, 1, interesting[below(interesting.size())]); break;
            case 2: text.erase(at, 1 + below(8)); break;
            case 3: text.insert(below(text.size()), text.substr(at, below(40))); break;
            case 4: text.insert(at, other.substr(below(other.size()), below(40))); break;
            default: text.resize(at); break;
        }
    }
    return text;
}

template <class T>
bool settles(Result<T> (*decode)(std::string_view), const std::string& text) {
    const auto once = decode(text);
    if (!once) return !code_of(once.refusal().reason).empty();
    const auto written = encode(once.value());
    const auto twice = decode(written);
    return twice && encode(twice.value()) == written;
}

}  // namespace

TEST_CASE("a damaged message is read or refused, and never ends the process") {
    std::mt19937 random{seed};
    const auto messages = examples::messages();
    for (int round = 0; round < 20'000; ++round) {
        const auto& base = messages[random() % messages.size()];
        const auto text = mutated(base, messages[random() % messages.size()], random);
        INFO(text);
        REQUIRE(settles(&decode_command, text));
        REQUIRE(settles(&decode_envelope, text));
        REQUIRE(settles(&decode_reply, text));
        REQUIRE(settles(&decode_status, text));
        REQUIRE(settles(&decode_state, text));
        REQUIRE(settles(&decode_health, text));
        REQUIRE(settles(&decode_event, text));
        REQUIRE(settles(&decode_test_order, text));
        REQUIRE(settles(&decode_test_answer, text));
        REQUIRE(settles(&decode_test_report, text));
        static_cast<void>(decode_entry(text));
        static_cast<void>(command_id_in(text));
    }
}

}  // namespace lucheng::protocol
