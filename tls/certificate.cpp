#include "tls/certificate.hpp"

#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <fmt/format.h>

#include "tls/openssl_parts.hpp"

namespace lucheng::tls {
namespace {

std::string text_of(const ASN1_STRING* value) {
    const auto* bytes = ASN1_STRING_get0_data(value);
    return {bytes, bytes + ASN1_STRING_length(value)};
}

std::string name_of(const X509_NAME* name) {
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at >= 0) return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    const BioPtr out{BIO_new(BIO_s_mem())};
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : "nobody";
}

std::string address_of(const ASN1_OCTET_STRING* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
    const char* written =
        ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
    return written == nullptr ? std::string{} : std::string{written};
}

protocol::WallTime time_of(const ASN1_TIME* time) {
    std::tm tm{};
    if (ASN1_TIME_to_tm(time, &tm) != 1) return {};
    namespace chrono = std::chrono;
    constexpr int years_from = 1'900;
    const chrono::sys_days day{chrono::year{tm.tm_year + years_from} / (tm.tm_mon + 1) /
                               tm.tm_mday};
    return chrono::time_point_cast<protocol::Milliseconds>(
        day + chrono::hours{tm.tm_hour} + chrono::minutes{tm.tm_min} + chrono::seconds{tm.tm_sec});
}

}  // namespace

std::string subject_of(const X509* certificate) {
    return name_of(X509_get_subject_name(certificate));
}

std::string issuer_of(const X509* certificate) {
    return name_of(X509_get_issuer_name(certificate));
}

std::string hosts_of(const X509* certificate) {
    const NamesPtr names{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    std::string hosts;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        std::string host;
        if (name->type == GEN_DNS) host = text_of(name->d.dNSName);
        if (name->type == GEN_IPADD) host = address_of(name->d.iPAddress);
        if (!host.empty()) hosts += (hosts.empty() ? "" : ", ") + host;
    }
    return hosts;
}

protocol::WallTime begin_of(const X509* certificate) {
    return time_of(X509_get0_notBefore(certificate));
}

protocol::WallTime end_of(const X509* certificate) {
    return time_of(X509_get0_notAfter(certificate));
}

std::string day_of(protocol::WallTime time) {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

}  // namespace lucheng::tls
