#include "protocol/signature.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

// Made with another implementation of Ed25519 (RFC 8032) over the prefix and this body.
constexpr std::string_view key_file = "ops-wang AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
constexpr std::string_view public_key_hex =
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
constexpr std::string_view body =
    R"({"command":"open","id":"c-1","cabinet":"KS-017","issued_at":"2026-11-22T08:00:00.000Z",)"
    R"("expires_at":"2026-11-22T08:05:00.000Z","compartment":12})";
constexpr std::string_view signature_text =
    "zq5KbnEXo4DHpJl4gqPeU/T0SCGc2jQhZoP/Kp+3dYM8WR8ttrtGtN4L05nuZcQS69PUZHPUeizM2o0ZgSYEAA==";

SigningKey known_key() { return SigningKey::parse(key_file).value(); }

std::vector<TrustedKey> trusted() {
    return {{KeyId::of("dispatch-2026"), Role::dispatch, PublicKey{}},
            {KeyId::of("ops-wang"), Role::operations, known_key().public_key()}};
}

Envelope known_envelope() {
    return {KeyId::of("ops-wang"), from_base64(signature_text).value(), std::string{body}};
}

Reason refusal_of(const Envelope& envelope) {
    const auto result = verify(envelope, trusted());
    REQUIRE_FALSE(result);
    return result.refusal().reason;
}

}  // namespace

TEST_CASE("a signature made elsewhere is accepted, and ours is the same") {
    CHECK(hex(known_key().public_key()) == public_key_hex);
    const auto envelope = known_key().sign(std::string{body});
    CHECK(envelope.signature == from_base64(signature_text));
    CHECK(envelope.body == body);

    const auto signer = verify(known_envelope(), trusted());
    REQUIRE(signer);
    CHECK(signer.value().id == KeyId::of("ops-wang"));
    CHECK(signer.value().role == Role::operations);
}

TEST_CASE("an envelope that travelled as JSON still verifies") {
    const auto arrived = decode_envelope(encode(known_envelope()));
    REQUIRE(arrived);
    CHECK(verify(arrived.value(), trusted()));
}

TEST_CASE("one altered bit in the body is a bad signature") {
    for (std::size_t i = 0; i < body.size(); i += 7) {
        auto envelope = known_envelope();
        envelope.body[i] = static_cast<char>(envelope.body[i] ^ 1);
        CHECK(refusal_of(envelope) == Reason::bad_signature);
    }
}

TEST_CASE("one altered bit in the signature is a bad signature") {
    for (std::size_t i = 0; i < 64; ++i) {
        auto envelope = known_envelope();
        envelope.signature[i] = static_cast<char>(envelope.signature[i] ^ 0x10);
        CHECK(refusal_of(envelope) == Reason::bad_signature);
    }
}

TEST_CASE("a signature of another length is a bad signature") {
    auto envelope = known_envelope();
    envelope.signature.pop_back();
    CHECK(refusal_of(envelope) == Reason::bad_signature);
    envelope.signature += "xy";
    CHECK(refusal_of(envelope) == Reason::bad_signature);
    envelope.signature.clear();
    CHECK(refusal_of(envelope) == Reason::bad_signature);
}

TEST_CASE("a key that is not trusted here is unknown, however well it signs") {
    const auto stranger = SigningKey::make(KeyId::of("stranger"));
    const auto result = verify(stranger.sign(std::string{body}), trusted());
    REQUIRE_FALSE(result);
    CHECK(result.refusal() == Refusal{Reason::unknown_key, "stranger"});
}

TEST_CASE("a stranger who borrows a trusted key's name has a bad signature") {
    const auto stranger = SigningKey::make(KeyId::of("ops-wang"));
    CHECK(refusal_of(stranger.sign(std::string{body})) == Reason::bad_signature);
}

TEST_CASE("a key file is read back as it was written") {
    const auto made = SigningKey::make(KeyId::of("dispatch-2026"));
    const auto read = SigningKey::parse(made.file_text());
    REQUIRE(read);
    CHECK(read.value().id() == made.id());
    CHECK(read.value().public_key() == made.public_key());
    CHECK(known_key().file_text() == key_file);
}

TEST_CASE("a damaged key file is refused, and the refusal says nothing of the seed") {
    const std::string seed{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="};
    for (const std::string& text :
         {std::string{}, seed, "ops wang " + seed, "ops-wang  " + seed, "ops-wang " + seed + "A",
          "ops-wang " + seed.substr(4), "bad_id " + seed, "ops-wang\n" + seed}) {
        const auto key = SigningKey::parse(text);
        REQUIRE_FALSE(key);
        CHECK(key.refusal().reason == Reason::malformed);
        CHECK(key.refusal().argument.size() <= 4);
    }
}

}  // namespace lucheng::protocol
