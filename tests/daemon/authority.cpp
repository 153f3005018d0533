#include "tests/daemon/authority.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <stdexcept>

namespace lucheng::daemon {

namespace {

constexpr const char* key_kind = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
constexpr const char* config =
    "[ca]\\ndefault_ca=c\\n[c]\\ndatabase=index.txt\\nnew_certs_dir=.\\nrand_serial=yes\\n"
    "policy=p\\ndefault_md=sha256\\ndefault_crl_days=90\\n[p]\\ncommonName=supplied\\n";
constexpr const char* as_authority =
    "openssl ca -config ca.cnf -cert ca.crt -keyfile ca.key -batch";

}  // namespace

Authority::Authority(const std::string& name) : name_{name} {
    run(fmt::format("openssl req -x509 {} -days 90 -subj /CN={} -keyout ca.key -out ca.crt",
                    key_kind, name));
    run(fmt::format("touch index.txt; printf '{}' > ca.cnf", config));
}

void Authority::run(const std::string& command) const {
    const auto all = "cd " + directory_.path().string() + " && " + command + " 2> /dev/null";
    if (std::system(all.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

void Authority::request(const std::string& name) const {
    run(fmt::format("openssl req {0} -subj /CN={1} -keyout {1}.key -out {1}.csr", key_kind, name));
}

void Authority::certify(const std::string& name, const std::string& host, int days) const {
    request(name);
    run(fmt::format("printf 'subjectAltName={}' > {}.ext", host, name));
    run(
        fmt::format("openssl x509 -req -in {0}.csr -CA ca.crt -CAkey ca.key -CAcreateserial "
                    "-days {1} -extfile {0}.ext -out {0}.crt",
                    name, days));
}

void Authority::certify_from(const std::string& name, const std::string& first_day) const {
    request(name);
    run(fmt::format("{0} -startdate {2} -enddate 20491231000000Z -in {1}.csr -notext -out {1}.crt",
                    as_authority, name, first_day));
}

// `openssl req -x509` makes none that is over.
void Authority::renew(int days) const {
    run(fmt::format("openssl req -new -key ca.key -subj /CN={} -out ca.csr", name_));
    run("printf 'basicConstraints=critical,CA:TRUE' > ca.ext");
    run(
        fmt::format("openssl x509 -req -in ca.csr -signkey ca.key -days {} -extfile ca.ext "
                    "-out ca.crt",
                    days));
}

void Authority::revoke(const std::string& name) const {
    run(fmt::format("{} -revoke {}.crt", as_authority, name));
}

void Authority::list_revoked() const { run(fmt::format("{} -gencrl -out ca.crl", as_authority)); }

}  // namespace lucheng::daemon
