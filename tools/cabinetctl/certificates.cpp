#include "tools/cabinetctl/certificates.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <memory>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <set>
#include <stdexcept>

#include "tls/openssl_parts.hpp"

namespace lucheng::cabinetctl {
namespace {

using tls::Freed;
using Bio = tls::BioPtr;
using Key = tls::PrivateKeyPtr;
using Certificate = tls::CertificatePtr;
using List = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
using Revoked = std::unique_ptr<X509_REVOKED, Freed<X509_REVOKED_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Number = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using Time = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;

// A clock that runs a little behind must not take a new certificate for one of the future.
constexpr std::chrono::hours backdated{24};
constexpr int serial_bytes = 16;

template <class T>
T must(T result, const char* what) {
    if (result) return result;
    const auto* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    throw std::runtime_error(std::string{what} + ": " + (reason == nullptr ? "failed" : reason));
}

int no_passphrase(char*, int, int, void*) { return 0; }

Bio in(const std::string& pem) {
    return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

std::string text_of(const Bio& out) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

Key key_of(const std::string& pem) {
    return Key{must(PEM_read_bio_PrivateKey(in(pem).get(), nullptr, no_passphrase, nullptr),
                    "not a private key")};
}

Certificate certificate_of(const std::string& pem) {
    return Certificate{must(PEM_read_bio_X509(in(pem).get(), nullptr, no_passphrase, nullptr),
                            "not a certificate")};
}

std::time_t seconds_of(protocol::WallTime time) {
    return std::chrono::system_clock::to_time_t(time);
}

Time asn1_of(protocol::WallTime time) {
    return Time{must(ASN1_TIME_set(nullptr, seconds_of(time)), "time")};
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension{
        must(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()), "extension")};
    must(X509_add_ext(certificate, extension.get(), -1), "extension");
}

std::string alternative_names(const std::vector<std::string>& hosts) {
    std::string names;
    for (const auto& host : hosts) {
        in6_addr address{};
        const bool is_address = ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
                                ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
        names += (names.empty() ? "" : ",") + std::string{is_address ? "IP:" : "DNS:"} + host;
    }
    return names;
}

void describe_use(X509* certificate, X509* issuer, const CertificateWish& wish) {
    const bool authority = wish.use == CertificateUse::authority;
    add_extension(certificate, issuer, NID_basic_constraints,
                  authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage,
                  authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    if (authority) return;
    const bool server = wish.use == CertificateUse::server;
    add_extension(certificate, issuer, NID_ext_key_usage, server ? "serverAuth" : "clientAuth");
    if (server) {
        add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(wish.hosts));
    }
}

BigNumber random_serial() {
    unsigned char bytes[serial_bytes];
    must(RAND_bytes(bytes, serial_bytes) == 1, "randomness");
    bytes[0] &= 0x7fU;  // a serial number is positive
    return BigNumber{must(BN_bin2bn(bytes, serial_bytes, nullptr), "serial")};
}

std::string hex_of(const ASN1_INTEGER* number) {
    const BigNumber big{must(ASN1_INTEGER_to_BN(number, nullptr), "serial")};
    char* text = must(BN_bn2hex(big.get()), "serial");
    std::string hex{text};
    OPENSSL_free(text);
    return hex;
}

}  // namespace

std::string new_private_key() {
    const Key key{must(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "key")};
    const Bio out{BIO_new(BIO_s_mem())};
    must(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
         "key");
    return text_of(out);
}

std::string certify(const std::string& key_pem, const CertificateWish& wish, const Signer* signer) {
    const Key key = key_of(key_pem);
    const Certificate made{must(X509_new(), "certificate")};
    const Certificate over = signer != nullptr ? certificate_of(signer->certificate) : nullptr;
    const Key signing = signer != nullptr ? key_of(signer->key) : nullptr;
    auto* issuer = over ? over.get() : made.get();
    must(X509_set_version(made.get(), X509_VERSION_3), "version");
    must(BN_to_ASN1_INTEGER(random_serial().get(), X509_get_serialNumber(made.get())), "serial");
    auto* name = X509_get_subject_name(made.get());
    const auto* text = reinterpret_cast<const unsigned char*>(wish.name.c_str());
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0), "name");
    must(X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)), "issuer");
    must(X509_set1_notBefore(made.get(), asn1_of(wish.now - backdated).get()), "validity");
    // Nothing outlives who vouches for it.
    auto until = asn1_of(wish.now + wish.validity);
    if (over && ASN1_TIME_compare(X509_get0_notAfter(issuer), until.get()) < 0) {
        must(X509_set1_notAfter(made.get(), X509_get0_notAfter(issuer)), "validity");
    } else {
        must(X509_set1_notAfter(made.get(), until.get()), "validity");
    }
    must(X509_set_pubkey(made.get(), key.get()), "public key");
    describe_use(made.get(), issuer, wish);
    must(X509_sign(made.get(), signing ? signing.get() : key.get(), EVP_sha256()), "signature");
    const Bio out{BIO_new(BIO_s_mem())};
    must(PEM_write_bio_X509(out.get(), made.get()), "certificate");
    return text_of(out);
}

bool belong_together(const std::string& certificate, const std::string& key) {
    const bool together =
        X509_check_private_key(certificate_of(certificate).get(), key_of(key).get()) == 1;
    ERR_clear_error();
    return together;
}

bool is_signed_by(const std::string& certificate, const std::string& authority) {
    const auto over = certificate_of(authority);
    const bool signed_by =
        X509_verify(certificate_of(certificate).get(), X509_get0_pubkey(over.get())) == 1;
    ERR_clear_error();
    return signed_by;
}

std::string serial_of(const std::string& certificate) {
    return hex_of(X509_get0_serialNumber(certificate_of(certificate).get()));
}

std::string name_of(const std::string& certificate) {
    const auto read = certificate_of(certificate);
    const auto* name = X509_get_subject_name(read.get());
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) return {};
    const auto* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    const auto* bytes = ASN1_STRING_get0_data(value);
    return {bytes, bytes + ASN1_STRING_length(value)};
}

protocol::WallTime end_of(const std::string& certificate) {
    const auto read = certificate_of(certificate);
    const Time epoch{ASN1_TIME_set(nullptr, 0)};
    int days = 0, seconds = 0;
    must(ASN1_TIME_diff(&days, &seconds, epoch.get(), X509_get0_notAfter(read.get())), "time");
    return protocol::WallTime{std::chrono::days{days} + std::chrono::seconds{seconds}};
}

std::string revocation_list(const Signer& signer, const std::vector<std::string>& serials,
                            protocol::WallTime now) {
    const auto over = certificate_of(signer.certificate);
    const auto key = key_of(signer.key);
    const List list{must(X509_CRL_new(), "list")};
    must(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2), "version");
    must(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(over.get())), "issuer");
    must(X509_CRL_set1_lastUpdate(list.get(), asn1_of(now - std::chrono::minutes{1}).get()),
         "time");
    must(X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(over.get())), "time");
    for (const auto& serial : serials) {
        Revoked revoked{must(X509_REVOKED_new(), "entry")};
        BIGNUM* read = nullptr;
        must(BN_hex2bn(&read, serial.c_str()), "serial");
        const BigNumber number{read};
        const Number asn1{must(BN_to_ASN1_INTEGER(number.get(), nullptr), "serial")};
        must(X509_REVOKED_set_serialNumber(revoked.get(), asn1.get()), "serial");
        must(X509_REVOKED_set_revocationDate(revoked.get(), asn1_of(now).get()), "time");
        must(X509_CRL_add0_revoked(list.get(), revoked.get()), "entry");
        static_cast<void>(revoked.release());  // the list owns it
    }
    must(X509_CRL_sort(list.get()), "list");
    must(X509_CRL_sign(list.get(), key.get(), EVP_sha256()), "signature");
    const Bio out{BIO_new(BIO_s_mem())};
    must(PEM_write_bio_X509_CRL(out.get(), list.get()), "list");
    return text_of(out);
}

bool lists(const std::string& revocation_list, const std::string& authority,
           const std::vector<std::string>& serials) {
    const List list{PEM_read_bio_X509_CRL(in(revocation_list).get(), nullptr, nullptr, nullptr)};
    const auto over = certificate_of(authority);
    const bool signed_by = list && X509_CRL_verify(list.get(), X509_get0_pubkey(over.get())) == 1;
    ERR_clear_error();
    if (!signed_by) return false;
    std::set<std::string> found;
    auto* revoked = X509_CRL_get_REVOKED(list.get());
    for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
        found.insert(hex_of(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i))));
    }
    return found == std::set<std::string>{serials.begin(), serials.end()};
}

}  // namespace lucheng::cabinetctl
