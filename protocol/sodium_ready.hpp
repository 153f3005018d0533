// Every use of libsodium begins here, so that no caller has to remember its start.
#pragma once

#include <sodium.h>
#include <stdexcept>

namespace lucheng::protocol {

inline void sodium_ready() {
    static const bool ready = [] {
        if (sodium_init() < 0) throw std::runtime_error{"libsodium cannot start"};
        return true;
    }();
    static_cast<void>(ready);
}

}  // namespace lucheng::protocol
