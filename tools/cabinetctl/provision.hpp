// A fleet's folder: authorities, certificates, keys, the broker's configuration and one folder for
// each cabinet. Whatever is there already stays; what is missing is made. So a run that was
// interrupted is finished by the next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/time.hpp"
#include "tools/cabinetctl/certificates.hpp"

namespace lucheng::cabinetctl {

// What the fleet is; kept in its folder, so that later calls need not repeat it.
struct Fleet {
    std::string root = "lucheng/v1";
    std::vector<std::string> hosts{};  // of the broker; the first stands in the cabinets' config
    std::uint16_t port = 8883;         // for cabinets
    std::uint16_t desk_port = 8884;    // for dispatch and operators
    std::string telephone{};
    std::string cabinet_directory = "/etc/cabinetd";  // on a cabinet; {cabinet} is its id
    std::string broker_directory = "/etc/mosquitto/cabinets";
    std::uint32_t authority_days = 3'652, leaf_days = 730;
    std::string dispatch = "dispatch";
    std::set<std::string> operators{}, cabinets{}, decommissioned{};

    bool operator==(const Fleet&) const = default;
};

class Provision {
public:
    // `said` is told of every file, after it is durable.
    Provision(std::filesystem::path folder, protocol::WallTime now,
              std::function<void(const std::string&)> said);

    [[nodiscard]] Fleet& fleet() { return fleet_; }  // as kept; to be changed, then made
    [[nodiscard]] bool is_new() const { return is_new_; }
    // The text after cabinetd.toml's own sections: compartments and their wiring. Kept in the
    // folder; empty: as kept, or the 24 compartments of the example.
    void set_wiring(std::string text);
    // Makes all that is missing. Throws Failure when something that is there does not fit.
    void make();
    // A new key and certificate for a cabinet, a person or "broker". With `revoke` the old ones are
    // no longer good: the key was lost.
    void renew(const std::string& name, bool revoke);
    void decommission(const std::string& cabinet);
    [[nodiscard]] std::vector<std::string> soon_over(std::chrono::days within) const;

private:
    enum class Secrecy { open, secret };
    struct Authority {
        const char* file;  // cabinets or desk
        const char* name;
    };
    static constexpr Authority cabinets_authority{"cabinets", "cabinets authority"};
    static constexpr Authority desk_authority{"desk", "desk authority"};

    void read_fleet();
    void check_fleet() const;
    void write(const std::filesystem::path& file, const std::string& text, Secrecy secrecy);
    void write_if_other(const std::filesystem::path& file, const std::string& text);
    // Its text, made and written only when there is none.
    std::string once(const std::filesystem::path& file, Secrecy secrecy,
                     const std::function<std::string()>& text);
    void make_authority(const Authority& authority);
    [[nodiscard]] Signer signer(const Authority& authority) const;
    void make_leaf(const std::filesystem::path& folder, const std::string& file,
                   const Authority& authority, const CertificateWish& wish);
    void make_broker();
    void make_cabinet(const std::string& id);
    void make_person(const std::filesystem::path& folder, const std::string& name,
                     const std::string& role);
    void make_signing_key(const std::filesystem::path& folder, const std::string& name,
                          const std::string& role);
    void make_list(const Authority& authority);
    [[nodiscard]] std::string access_list() const;
    [[nodiscard]] std::string cabinet_config(const std::string& id) const;
    [[nodiscard]] std::string trusted_keys() const;
    void revoke(const std::string& name, const Authority& authority);
    [[nodiscard]] bool is_person(const std::string& name) const;
    [[nodiscard]] std::filesystem::path person_folder(const std::string& name) const;

    std::filesystem::path folder_;
    protocol::WallTime now_;
    std::function<void(const std::string&)> said_;
    Fleet fleet_{};
    bool is_new_ = false;
    std::string key_list_{};      // of those who may sign, as `keys set` takes it
    std::string sealing_keys_{};  // of all cabinets
};

// The mosquitto configuration as this tree ships it: systemd/mosquitto.conf.
[[nodiscard]] std::string shipped_broker_config();

}  // namespace lucheng::cabinetctl
