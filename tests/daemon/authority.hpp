// A certificate authority in a directory of its own, made with openssl.
#pragma once

#include <filesystem>
#include <string>

#include "tests/rig/temp_dir.hpp"

namespace lucheng::daemon {

class Authority {
public:
    explicit Authority(const std::string& name);

    // <name>.crt and <name>.key, in place of what is there. The host is an alternative name as
    // openssl wants it, IP:127.0.0.1; `days` from now on, none or less: it is over.
    void certify(const std::string& name, const std::string& host, int days = 90) const;
    // With another first day, 20300101000000Z; it ends in 2049.
    void certify_from(const std::string& name, const std::string& first_day) const;
    // Its own certificate anew, for the same key.
    void renew(int days) const;
    void revoke(const std::string& name) const;
    void list_revoked() const;  // ca.crl
    [[nodiscard]] std::filesystem::path file(const std::string& name) const {
        return directory_ / name;
    }

private:
    void run(const std::string& command) const;
    void request(const std::string& name) const;

    std::string name_;
    rig::TempDir directory_{"authority"};
};

}  // namespace lucheng::daemon
