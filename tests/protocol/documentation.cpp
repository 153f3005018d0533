// docs/protocol.md is what others program against: it must say what the code does.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "examples.hpp"
#include "protocol/codec.hpp"
#include "protocol/signature.hpp"

namespace lucheng::protocol {

namespace {

std::string document() {
    std::ifstream file{LUCHENG_SOURCE_DIR "/docs/protocol.md"};
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(text.str().size() > 10'000);
    return text.str();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the document lists every refusal as the table has it") {
    const auto text = document();
    for (const auto& reason : reason_table()) {
        std::ostringstream row;
        row << "\n| `" << reason.code << "` | " << reason.chinese << " | " << reason.english
            << " | " << code_of(reason.try_again) << " |\n";
        INFO(row.str());
        CHECK(contains(text, row.str()));
    }
    // And no other.
    std::size_t rows = 0;
    for (auto at = text.find("\n## Refusals\n"); at != std::string::npos; ++rows) {
        at = text.find("\n| `", at + 1);
    }
    CHECK(rows - 1 == reason_table().size());
}

TEST_CASE("the document names every kind of fact, every verb and every code of the state") {
    const auto text = document();
    const auto named = [&](std::string_view code) {
        INFO(code);
        CHECK(contains(text, "`" + std::string{code} + "`"));
    };
    for (unsigned i = 0; i <= static_cast<unsigned>(FactKind::walked); ++i) {
        named(code_of(static_cast<FactKind>(i)));
    }
    for (unsigned i = 0; i <= static_cast<unsigned>(DeliveryState::disputed); ++i) {
        named(code_of(static_cast<DeliveryState>(i)));
    }
    for (const auto link : {Link::init, Link::ready, Link::disconnected, Link::lost}) {
        named(code_of(link));
    }
    for (const auto& verb : examples::verbs()) named(name_of(verb));
}

TEST_CASE("the document's examples are what the code writes") {
    const auto text = document();
    for (const auto& verb : examples::verbs()) {
        INFO(name_of(verb));
        CHECK(contains(text, "\n" + encode(examples::command(verb)) + "\n"));
    }
    CHECK(contains(text, "\n" + encode(examples::refused_reply()) + "\n"));
    CHECK(contains(text, "\n" + encode(examples::status()) + "\n"));
    CHECK(contains(text, "\n" + encode(examples::state()) + "\n"));
    CHECK(contains(text, "\n" + encode(examples::health()) + "\n"));
    CHECK(contains(text, "\n" + encode(examples::deposited_event()) + "\n"));
}

TEST_CASE("the document's signed command verifies") {
    const auto text = document();
    const auto at = text.find("{\"key\":");
    REQUIRE(at != std::string::npos);
    const auto envelope = decode_envelope(text.substr(at, text.find('\n', at) - at));
    REQUIRE(envelope);
    const auto key = SigningKey::parse("ops-wang AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    const std::vector<TrustedKey> keys{
        {key.value().id(), Role::operations, key.value().public_key()}};
    CHECK(verify(envelope.value(), keys));
    CHECK(decode_command(envelope.value().body));
}

}  // namespace lucheng::protocol
