#include "protocol/digest.hpp"

#include <catch2/catch_test_macros.hpp>

#include "examples.hpp"

namespace lucheng::protocol {

// Expected values come from another implementation of BLAKE2b (RFC 7693), with 32 bytes out.
TEST_CASE("a digest is BLAKE2b-256") {
    CHECK(hex(digest_of("")) == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    CHECK(hex(digest_of("abc")) ==
          "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST_CASE("a code is kept as a hash under the code key") {
    const CodeKey key{examples::counting_digest()};
    CHECK(hex(key.hash("code", "20481024").digest) ==
          "5b36288c51f01f716c3e7bbbded10d4a84d0b3652f3d887609cbf507ac9cf29d");
    const CodeKey other{Digest{}};
    CHECK(other.hash("code", "20481024") != key.hash("code", "20481024"));
}

TEST_CASE("a code and a card of the same digits have different hashes") {
    const CodeKey key{examples::counting_digest()};
    CHECK(key.hash("code", "20481024") != key.hash("card", "20481024"));
    CHECK(key.hash("card", "x") != key.hash("car", "dx"));
}

TEST_CASE("a digest in hexadecimal is read back, and nothing else is") {
    const auto digest = examples::counting_digest();
    const auto text = hex(digest);
    CHECK(digest_from_hex(text) == digest);
    CHECK_FALSE(digest_from_hex(""));
    CHECK_FALSE(digest_from_hex(text.substr(2)));
    CHECK_FALSE(digest_from_hex(text + "00"));
    CHECK_FALSE(digest_from_hex("zz" + text.substr(2)));
    CHECK_FALSE(digest_from_hex(" " + text.substr(1)));
}

TEST_CASE("base64 is read back, with its padding and nothing beside it") {
    for (std::size_t size = 0; size < 8; ++size) {
        const std::string bytes = std::string("\xff\x00\x10lucheng", 10).substr(0, size);
        const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
        const auto text = base64({first, size});
        CHECK(from_base64(text) == bytes);
    }
    CHECK(from_base64("a2V5") == "key");
    CHECK_FALSE(from_base64("a2V"));
    CHECK_FALSE(from_base64("a2V5\n"));
    CHECK_FALSE(from_base64("a2V5="));
    CHECK_FALSE(from_base64("a-_5"));
    CHECK_FALSE(from_base64("YR=="));  // bits that no byte has
}

}  // namespace lucheng::protocol
