#include "tls/words.hpp"

#include <array>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "tls/certificate.hpp"

namespace lucheng::tls {
namespace {

// Of RFC 8446, 6.2. The library adds 1000 to an alert and calls it its reason.
constexpr int alert_offset = SSL_AD_REASON_OFFSET;

std::string vouching(const std::filesystem::path& ca_file) {
    return ca_file.empty() ? "the authorities of this system" : ca_file.string();
}

// What the cabinet shows the broker; with what is wrong with it, as far as we can see.
std::string ours(const Files& files, protocol::WallTime now) {
    if (files.certificate.empty())
        return fmt::format("it wants a certificate, and {} is not set", files.names.certificate);
    auto reading = read_files(files, now);
    for (const auto& trouble : reading.troubles) {
        if (trouble.key != "ca_file") return trouble.why;
    }
    return fmt::format("{} is {}", files.names.our_certificate, files.certificate.string());
}

std::string words_of_alert(int alert, const std::string& address, const Files& files,
                           protocol::WallTime now) {
    const auto refuses = [&](std::string_view why) {
        return fmt::format("the broker at {} refuses {} {}: {}", address,
                           files.names.our_certificate, files.certificate.string(), why);
    };
    switch (alert) {
        case SSL_AD_CERTIFICATE_REVOKED:
            return refuses("it is revoked; who is in service needs a new one");
        case SSL_AD_CERTIFICATE_EXPIRED:
            return refuses("expired, or the broker's clock is wrong; " + ours(files, now));
        case SSL_AD_UNKNOWN_CA:
            return refuses("the broker does not know who signed it; " + ours(files, now));
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_ACCESS_DENIED: return refuses("not accepted; " + ours(files, now));
        case SSL_AD_PROTOCOL_VERSION:
            return fmt::format(
                "the broker at {} offers neither TLS 1.3 nor 1.2; nothing older is "
                "spoken: set tls_version there",
                address);
        case SSL_AD_HANDSHAKE_FAILURE:
            if (!files.certificate.empty()) break;
            [[fallthrough]];
        case SSL_AD_CERTIFICATE_REQUIRED:
            return fmt::format("the broker at {} refuses us: {}", address, ours(files, now));
        default: break;
    }
    return fmt::format("the broker at {} ends TLS: {}", address, SSL_alert_desc_string_long(alert));
}

}  // namespace

std::string words_of_distrust(const Distrust& distrust) {
    const auto* certificate = distrust.certificate;
    if (certificate == nullptr) return X509_verify_cert_error_string(distrust.error);
    const auto whose = fmt::format(
        "{} ({})",
        distrust.is_brokers ? "the broker's certificate" : "the authority over the broker",
        subject_of(certificate));
    switch (distrust.error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return fmt::format(
                "{} expired on {}, and here it is {}: renew it at the broker, or "
                "set the clock right",
                whose, day_of(end_of(certificate)), day_of(distrust.now));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return fmt::format("{} is valid from {} on, and here it is {}: is the clock right?",
                               whose, day_of(begin_of(certificate)), day_of(distrust.now));
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH: {
            const auto hosts = hosts_of(certificate);
            return fmt::format(
                "{} is for {}, not for {}: it is another broker, or {} needs a name that stands in "
                "the "
                "certificate",
                whose, hosts.empty() ? "no host" : hosts, distrust.host, distrust.files.names.uri);
        }
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return fmt::format(
                "{} was signed by {}, for whom nobody in {} vouches: it is another broker, or {} "
                "is of "
                "another authority",
                whose, issuer_of(certificate), vouching(distrust.files.ca),
                distrust.files.names.ca);
        case X509_V_ERR_INVALID_PURPOSE:
            return fmt::format("{} is not for a server: the broker shows a client's certificate",
                               whose);
        default:
            return fmt::format("{} is not trusted: {}", whose,
                               X509_verify_cert_error_string(distrust.error));
    }
}

std::string words_of_refusal(unsigned long error, const std::string& address, const Files& files,
                             protocol::WallTime now) {
    const int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    if (reason > alert_offset) return words_of_alert(reason - alert_offset, address, files, now);
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_WRONG_SSL_VERSION:
            return words_of_alert(SSL_AD_PROTOCOL_VERSION, address, files, now);
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
            return fmt::format("{} does not speak TLS: is it the port for mqtt://?", address);
        default: break;
    }
    if (error == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        return fmt::format(
            "{} closes the connection during TLS: something else listens there, or "
            "the broker is full",
            address);
    }
    std::array<char, 256> text{};
    ERR_error_string_n(error, text.data(), text.size());
    return fmt::format("TLS with {} fails: {}", address, text.data());
}

}  // namespace lucheng::tls
