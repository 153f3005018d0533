// Linked in place of libsodium's Ed25519, which took a third of a simulated year: a keyed hash
// says as well whether these bytes were signed by this key. The real one is told in tests/protocol.
#include <array>
#include <cstring>
#include <sodium.h>

namespace {

using Signature = std::array<unsigned char, crypto_sign_BYTES>;

Signature signature_of(const unsigned char* message, unsigned long long size,
                       const unsigned char* public_key) {
    Signature made{};
    crypto_generichash(made.data(), made.size(), message, size, public_key,
                       crypto_sign_PUBLICKEYBYTES);
    return made;
}

}  // namespace

extern "C" {

int crypto_sign_detached(unsigned char* signature, unsigned long long* signature_size,
                         const unsigned char* message, unsigned long long size,
                         const unsigned char* secret_key) {
    // The second half of a secret key is its public key.
    const auto made = signature_of(message, size, secret_key + crypto_sign_SEEDBYTES);
    std::memcpy(signature, made.data(), made.size());
    if (signature_size != nullptr) *signature_size = made.size();
    return 0;
}

int crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                unsigned long long size, const unsigned char* public_key) {
    const auto made = signature_of(message, size, public_key);
    return std::memcmp(signature, made.data(), made.size()) == 0 ? 0 : -1;
}

// A box that anybody could read, but only made for and taken by the key it names.
int crypto_box_seal(unsigned char* box, const unsigned char* message, unsigned long long size,
                    const unsigned char* public_key) {
    const auto made = signature_of(message, size, public_key);
    std::memcpy(box, made.data(), crypto_box_SEALBYTES);
    for (unsigned long long i = 0; i < size; ++i) box[crypto_box_SEALBYTES + i] = ~message[i];
    return 0;
}

int crypto_box_seal_open(unsigned char* message, const unsigned char* box, unsigned long long size,
                         const unsigned char* public_key, const unsigned char*) {
    if (size < crypto_box_SEALBYTES) return -1;
    const unsigned long long clear = size - crypto_box_SEALBYTES;
    for (unsigned long long i = 0; i < clear; ++i) message[i] = ~box[crypto_box_SEALBYTES + i];
    const auto made = signature_of(message, clear, public_key);
    return std::memcmp(box, made.data(), crypto_box_SEALBYTES) == 0 ? 0 : -1;
}
}
