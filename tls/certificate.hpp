// What a certificate says, in words for the log.
#pragma once

#include <openssl/x509.h>
#include <string>

#include "protocol/time.hpp"

namespace lucheng::tls {

// Of whose certificate it is: the common name, or the whole name where there is none.
[[nodiscard]] std::string subject_of(const X509* certificate);
[[nodiscard]] std::string issuer_of(const X509* certificate);
// DNS names and addresses it is for, with commas; empty: for none.
[[nodiscard]] std::string hosts_of(const X509* certificate);
[[nodiscard]] protocol::WallTime begin_of(const X509* certificate);
[[nodiscard]] protocol::WallTime end_of(const X509* certificate);
[[nodiscard]] std::string day_of(protocol::WallTime time);  // 2027-01-31

}  // namespace lucheng::tls
