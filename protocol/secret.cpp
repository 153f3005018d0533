#include "protocol/secret.hpp"

#include "protocol/sodium_ready.hpp"

namespace lucheng::protocol {

void wipe(std::string& secret) {
    secret.resize(secret.capacity());
    sodium_memzero(secret.data(), secret.size());
    secret.clear();
}

}  // namespace lucheng::protocol
