// Why TLS fails, as sentences that name the certificate and the file, and say what to do.
#pragma once

#include <openssl/x509.h>
#include <string>

#include "tls/files.hpp"

namespace lucheng::tls {

struct Distrust {
    int error = 0;  // X509_V_ERR_...
    const X509* certificate = nullptr;
    bool is_brokers = true;  // else of an authority above it
    std::string host{};
    Files files{};
    protocol::WallTime now{};
};
// Why we do not trust the broker.
[[nodiscard]] std::string words_of_distrust(const Distrust& distrust);

// Why the broker does not speak with us: the library's error, which may be an alert of the broker.
[[nodiscard]] std::string words_of_refusal(unsigned long error, const std::string& address,
                                           const Files& files, protocol::WallTime now);

}  // namespace lucheng::tls
