#include <catch2/catch_test_macros.hpp>

#include "tests/daemon/intake_rig.hpp"

using namespace lucheng;
using namespace lucheng::daemon;
using protocol::Reason;

namespace {

Refused refused(const std::string& bytes, bool retained = false) {
    const IntakeRig rig;
    const auto read = rig.intake.read(bytes, retained);
    const auto* const refusal = std::get_if<Refused>(&read);
    REQUIRE(refusal != nullptr);
    return *refusal;
}

}  // namespace

TEST_CASE("intake: a message over size is refused before it is read") {
    const auto answer = refused(std::string(protocol::message_bytes_max + 1, ' '));
    CHECK(answer.refusal.reason == Reason::oversize);
    CHECK(answer.id.empty());
}

TEST_CASE("intake: a retained command is refused by its id, whoever signed it") {
    const auto answer = refused(signed_command(cancel()), true);
    CHECK(answer.refusal.reason == Reason::retained);
    CHECK(answer.id.str() == "cmd-1");
    CHECK(answer.signed_by_known_key);
}

TEST_CASE("intake: what is retained and no command at all is refused as retained") {
    const auto answer = refused("hello", true);
    CHECK(answer.refusal.reason == Reason::retained);
    CHECK(answer.id.empty());
    CHECK_FALSE(answer.signed_by_known_key);
}

TEST_CASE("intake: what is no envelope is malformed, and the field is named") {
    CHECK(refused("hello").refusal.reason == Reason::malformed);
    const auto answer = refused(R"({"key": "dispatch-2026", "body": "{}"})");
    CHECK(answer.refusal == protocol::Refusal{Reason::malformed, "signature"});
}

TEST_CASE("intake: a signature by a key that is not known here is refused by the key's name") {
    auto envelope = key().sign(protocol::encode(command(cancel())));
    envelope.key = protocol::KeyId::of("somebody");
    const auto answer = refused(protocol::encode(envelope));
    CHECK(answer.refusal == protocol::Refusal{Reason::unknown_key, "somebody"});
    CHECK(answer.id.str() == "cmd-1");
    CHECK_FALSE(answer.signed_by_known_key);
}

TEST_CASE("intake: a body that was altered after signing is refused") {
    auto envelope = key().sign(protocol::encode(command(cancel())));
    envelope.body.back() = ' ';
    envelope.body += '}';
    const auto answer = refused(protocol::encode(envelope));
    CHECK(answer.refusal.reason == Reason::bad_signature);
    CHECK(answer.id.str() == "cmd-1");
    CHECK_FALSE(answer.signed_by_known_key);
}

TEST_CASE("intake: a verb of a later version is refused by its id") {
    const auto body = R"({"command": "dance", "id": "cmd-9", "cabinet": "KS-017",)"
                      R"( "issued_at": "2026-11-22T08:00:00.000Z",)"
                      R"( "expires_at": "2026-11-22T09:00:00.000Z"})";
    const auto answer = refused(protocol::encode(key().sign(body)));
    CHECK(answer.refusal == protocol::Refusal{Reason::unknown_verb, "dance"});
    CHECK(answer.id.str() == "cmd-9");
    CHECK(answer.signed_by_known_key);
}

TEST_CASE("intake: a signed body that lacks a field is refused by the field and by its id") {
    const auto answer =
        refused(protocol::encode(key().sign(R"({"command": "open", "id": "cmd-2"})")));
    CHECK(answer.refusal == protocol::Refusal{Reason::malformed, "cabinet"});
    CHECK(answer.id.str() == "cmd-2");
    CHECK(answer.signed_by_known_key);
}

TEST_CASE("intake: a refusal never quotes a secret") {
    auto envelope = key().sign(protocol::encode(command(assign())));
    envelope.signature.front() = static_cast<char>(envelope.signature.front() ^ 1);
    const auto answer = refused(protocol::encode(envelope));
    CHECK(answer.refusal.argument.find("27182818") == std::string::npos);
}
