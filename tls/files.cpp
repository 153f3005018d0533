#include "tls/files.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <sodium.h>
#include <sys/stat.h>

#include "tls/certificate.hpp"
#include "tls/openssl_parts.hpp"
#include "tls/small_file.hpp"

namespace lucheng::tls {
namespace {

using protocol::WallTime;

constexpr std::size_t file_bytes_max = 1'048'576;  // a system's bundle of authorities is 220 KB
constexpr std::string_view ca_key = "ca_file";
constexpr std::string_view certificate_key = "certificate_file";
constexpr std::string_view private_key_key = "private_key_file";

// In its place the library would ask the terminal, and wait for ever.
int no_passphrase(char*, int, int, void*) { return 0; }

class Reader {
public:
    Reader(const Files& files, WallTime now) : files_{files}, now_{now} {}
    Reading read() &&;

private:
    void refuse(std::string_view key, std::string why) {
        reading_.troubles.push_back({.key = key, .why = std::move(why), .hopeless = true});
    }
    void doubt(std::string_view key, std::string why) {
        reading_.troubles.push_back({.key = key, .why = std::move(why)});
    }
    std::string bytes_of(std::string_view key, const std::filesystem::path& file);
    std::vector<CertificatePtr> certificates_in(std::string_view key,
                                                const std::filesystem::path& file);
    void read_authorities();
    void read_own();
    void read_private_key();
    void check_dates(const X509* certificate);
    void check_signature(const std::vector<CertificatePtr>& chain);

    const Files& files_;
    WallTime now_;
    Reading reading_{};
    std::vector<CertificatePtr> authorities_{};
    CertificatePtr own_{};
};

std::string Reader::bytes_of(std::string_view key, const std::filesystem::path& file) {
    auto content = read_small_file(file, file_bytes_max);
    if (!content.trouble.empty()) {
        refuse(key, fmt::format("{} {}", file.string(), content.trouble));
    } else if (content.bytes.empty()) {
        refuse(key, fmt::format("{} is empty", file.string()));
    }
    return std::move(content.bytes);
}

std::vector<CertificatePtr> Reader::certificates_in(std::string_view key,
                                                    const std::filesystem::path& file) {
    std::vector<CertificatePtr> found;
    const auto bytes = bytes_of(key, file);
    if (bytes.empty()) return found;
    const BioPtr in{BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))};
    while (auto* next = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) {
        found.emplace_back(next);
    }
    ERR_clear_error();  // the end of the file is one
    if (found.empty()) refuse(key, fmt::format("{} holds no certificate as PEM", file.string()));
    return found;
}

void Reader::read_authorities() {
    if (files_.ca.empty()) return;
    authorities_ = certificates_in(ca_key, files_.ca);
    if (authorities_.empty()) return;
    // Beside an old one lies its successor already: what ends last decides.
    const auto last = std::max_element(
        authorities_.begin(), authorities_.end(),
        [](const auto& a, const auto& b) { return end_of(a.get()) < end_of(b.get()); });
    const auto end = end_of(last->get());
    reading_.expiries.push_back(
        {fmt::format("the authority {} in {}", subject_of(last->get()), files_.ca.string()), end});
    if (end <= now_) {
        doubt(ca_key, fmt::format("the authority {} in {} expired on {}: put the new one there",
                                  subject_of(last->get()), files_.ca.string(), day_of(end)));
    }
}

void Reader::check_dates(const X509* certificate) {
    const auto end = end_of(certificate);
    const auto whose = fmt::format("{} {} ({})", files_.names.our_certificate,
                                   files_.certificate.string(), subject_of(certificate));
    reading_.expiries.push_back({whose, end});
    if (end <= now_) {
        doubt(certificate_key,
              fmt::format("{} expired on {}: it must be renewed", whose, day_of(end)));
    } else if (begin_of(certificate) > now_) {
        doubt(certificate_key, fmt::format("{} is valid from {} on, and here it is {}: is the "
                                           "clock right?",
                                           whose, day_of(begin_of(certificate)), day_of(now_)));
    }
}

// By name and signature alone: dates were looked at already.
void Reader::check_signature(const std::vector<CertificatePtr>& chain) {
    if (authorities_.empty()) return;
    const StorePtr store{X509_STORE_new()};
    for (const auto& authority : authorities_) X509_STORE_add_cert(store.get(), authority.get());
    X509_STORE_set_flags(store.get(), X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
    STACK_OF(X509)* between = sk_X509_new_null();
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between, chain[i].get());
    const StoreContextPtr context{X509_STORE_CTX_new()};
    X509_STORE_CTX_init(context.get(), store.get(), own_.get(), between);
    const bool signed_by_one = X509_verify_cert(context.get()) == 1;
    sk_X509_free(between);
    ERR_clear_error();
    if (signed_by_one) return;
    doubt(
        certificate_key,
        fmt::format("{} {} ({}) was signed by {}, not by an authority in {}: one of the two files "
                    "is another's",
                    files_.names.our_certificate, files_.certificate.string(),
                    subject_of(own_.get()), issuer_of(own_.get()), files_.ca.string()));
}

void Reader::read_own() {
    if (files_.certificate.empty()) return;
    auto chain = certificates_in(certificate_key, files_.certificate);
    if (chain.empty()) return;
    own_ = std::move(chain.front());
    check_dates(own_.get());
    check_signature(chain);
}

void Reader::read_private_key() {
    if (files_.private_key.empty()) return;
    auto bytes = bytes_of(private_key_key, files_.private_key);
    if (bytes.empty()) return;
    const BioPtr in{BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))};
    const PrivateKeyPtr key{PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr)};
    const bool encrypted = bytes.find("ENCRYPTED") != std::string::npos;
    ::sodium_memzero(bytes.data(), bytes.size());
    if (!key) {
        refuse(private_key_key,
               fmt::format("{} {}", files_.private_key.string(),
                           encrypted ? "is encrypted, and nobody is there to type its passphrase"
                                     : "holds no private key as PEM"));
    } else if (own_ && X509_check_private_key(own_.get(), key.get()) != 1) {
        refuse(private_key_key, fmt::format("{} is not the key of the certificate {} ({})",
                                            files_.private_key.string(),
                                            files_.certificate.string(), subject_of(own_.get())));
    }
    ERR_clear_error();
}

Reading Reader::read() && {
    read_authorities();
    read_own();
    read_private_key();
    return std::move(reading_);
}

FileStamp stamp_of(const std::filesystem::path& file) {
    struct stat facts {};
    if (file.empty() || ::stat(file.c_str(), &facts) != 0) return {};
    return {.inode = facts.st_ino,
            .size = static_cast<std::uint64_t>(facts.st_size),
            .changed_s = facts.st_mtim.tv_sec,
            .changed_ns = facts.st_mtim.tv_nsec};
}

}  // namespace

Reading read_files(const Files& files, WallTime now) { return Reader{files, now}.read(); }

Stamp stamp_of(const Files& files, const std::filesystem::path& password) {
    return {stamp_of(files.ca), stamp_of(files.certificate), stamp_of(files.private_key),
            stamp_of(password)};
}

std::optional<std::uint64_t> days_left(const std::vector<Expiry>& expiries, WallTime now) {
    if (expiries.empty()) return {};
    const auto first =
        std::min_element(expiries.begin(), expiries.end(),
                         [](const Expiry& a, const Expiry& b) { return a.at < b.at; });
    const auto days = std::chrono::floor<std::chrono::days>(first->at - now).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(days, 0));
}

}  // namespace lucheng::tls
