// Makes keys, certificates and lists of revoked ones; all of them as PEM. ECDSA on P-256, which the
// broker, the cabinet and every library of a dispatcher take.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/time.hpp"

namespace lucheng::cabinetctl {

enum class CertificateUse { authority, server, client };

struct CertificateWish {
    CertificateUse use{};
    std::string name;                  // the common name
    std::vector<std::string> hosts{};  // names and addresses of a server
    std::chrono::days validity{};
    protocol::WallTime now{};
};

struct Signer {  // an authority
    std::string certificate, key;
};

// These throw std::runtime_error where the library fails or what is given is no PEM.
[[nodiscard]] std::string new_private_key();
// Signed by itself when there is no signer.
[[nodiscard]] std::string certify(const std::string& key, const CertificateWish& wish,
                                  const Signer* signer);
[[nodiscard]] bool belong_together(const std::string& certificate, const std::string& key);
[[nodiscard]] bool is_signed_by(const std::string& certificate, const std::string& authority);
[[nodiscard]] std::string serial_of(const std::string& certificate);  // hexadecimal
[[nodiscard]] std::string name_of(const std::string& certificate);
[[nodiscard]] protocol::WallTime end_of(const std::string& certificate);
// Good for as long as its authority: a broker with a list that is out of date refuses everybody.
[[nodiscard]] std::string revocation_list(const Signer& signer,
                                          const std::vector<std::string>& serials,
                                          protocol::WallTime now);
// Whether the list is of this authority and names exactly these.
[[nodiscard]] bool lists(const std::string& revocation_list, const std::string& authority,
                         const std::vector<std::string>& serials);

}  // namespace lucheng::cabinetctl
