#include "tools/cabinetctl/provision.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <sodium.h>
#include <sstream>

#include "protocol/digest.hpp"
#include "protocol/ids.hpp"
#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"
#include "tools/cabinetctl/durable_file.hpp"
#include "tools/cabinetctl/session.hpp"

namespace lucheng::cabinetctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view read_me =
    "The keys in this folder make every certificate of the fleet. They belong neither on the "
    "broker\n"
    "nor on a cabinet: keep the folder `authority` offline (an encrypted stick in a safe, and a\n"
    "copy), and put it back here only to add, renew or decommission.\n";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

}  // namespace

Provision::Provision(fs::path folder, protocol::WallTime now,
                     std::function<void(const std::string&)> said)
    : folder_{std::move(folder)}, now_{now}, said_{std::move(said)} {
    read_fleet();
}

void Provision::read_fleet() {
    const auto text = text_of_file(folder_ / "fleet");
    is_new_ = text.empty();
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const auto space = std::min(line.find(' '), line.size());
        const auto key = line.substr(0, space);
        const auto value = line.substr(std::min(space + 1, line.size()));
        if (key == "root") fleet_.root = value;
        if (key == "host") fleet_.hosts.push_back(value);
        if (key == "port") fleet_.port = static_cast<std::uint16_t>(std::stoul(value));
        if (key == "desk_port") fleet_.desk_port = static_cast<std::uint16_t>(std::stoul(value));
        if (key == "telephone") fleet_.telephone = value;
        if (key == "cabinet_directory") fleet_.cabinet_directory = value;
        if (key == "broker_directory") fleet_.broker_directory = value;
        if (key == "authority_days") {
            fleet_.authority_days = static_cast<std::uint32_t>(std::stoul(value));
        }
        if (key == "leaf_days") fleet_.leaf_days = static_cast<std::uint32_t>(std::stoul(value));
        if (key == "dispatch") fleet_.dispatch = value;
        if (key == "operator") fleet_.operators.insert(value);
        if (key == "cabinet") fleet_.cabinets.insert(value);
        if (key == "decommissioned") fleet_.decommissioned.insert(value);
    }
}

void Provision::check_fleet() const {
    const auto wrong = [](const std::string& what) { throw Failure{what, exit_code::usage}; };
    if (fleet_.hosts.empty()) wrong("which broker? Give --host broker.example");
    if (fleet_.telephone.empty()) wrong("whom does a patron call? Give --telephone");
    std::set<std::string> names{"broker"};
    const auto take = [&](const std::string& name) {
        if (!protocol::is_id(name)) wrong(name + ": a name is 1 to 64 of a-z, A-Z, 0-9 and -");
        if (!names.insert(name).second) wrong(name + " is the name of two: each needs its own");
    };
    take(fleet_.dispatch);
    for (const auto& name : fleet_.operators) take(name);
    for (const auto& name : fleet_.cabinets) {
        take(name);
        if (fleet_.decommissioned.contains(name)) {
            wrong(name + " was decommissioned, and its name is never given again");
        }
    }
}

void Provision::write(const fs::path& file, const std::string& text, Secrecy secrecy) {
    make_folder((folder_ / file).parent_path());
    write_durably(folder_ / file, text, secrecy == Secrecy::secret);
    said_(file.string());
}

void Provision::write_if_other(const fs::path& file, const std::string& text) {
    if (text_of_file(folder_ / file) != text) write(file, text, Secrecy::open);
}

std::string Provision::once(const fs::path& file, Secrecy secrecy,
                            const std::function<std::string()>& text) {
    auto there = text_of_file(folder_ / file);
    if (!there.empty()) return there;
    auto made = text();
    write(file, made, secrecy);
    return made;
}

void Provision::set_wiring(std::string text) {
    if (!text.empty()) write_if_other("wiring.toml", text);
}

Signer Provision::signer(const Authority& authority) const {
    const auto folder = folder_ / "authority";
    Signer signer{.certificate = text_of_file(folder / fmt::format("{}-ca.pem", authority.file)),
                  .key = text_of_file(folder / fmt::format("{}-ca.key", authority.file))};
    if (signer.certificate.empty() || signer.key.empty()) {
        throw Failure{fmt::format("{}: the authority's key is not there; put the folder back that "
                                  "you keep apart",
                                  (folder / fmt::format("{}-ca.key", authority.file)).string()),
                      exit_code::no_input};
    }
    return signer;
}

void Provision::make_authority(const Authority& authority) {
    const auto key_file = fs::path{"authority"} / fmt::format("{}-ca.key", authority.file);
    const auto file = fs::path{"authority"} / fmt::format("{}-ca.pem", authority.file);
    const bool has_certificate = !text_of_file(folder_ / file).empty();
    // A new key under an old certificate would sign what nobody accepts.
    if (has_certificate && text_of_file(folder_ / key_file).empty()) {
        static_cast<void>(signer(authority));
    }
    const auto key = once(key_file, Secrecy::secret, new_private_key);
    const auto certificate = once(file, Secrecy::open, [&] {
        return certify(key,
                       {.use = CertificateUse::authority,
                        .name = fmt::format("{} {}", fleet_.root, authority.name),
                        .validity = std::chrono::days{fleet_.authority_days},
                        .now = now_},
                       nullptr);
    });
    if (!belong_together(certificate, key)) {
        throw Failure{key_file.string() + " is not the key of " + file.string(),
                      exit_code::bad_data};
    }
}

void Provision::make_leaf(const fs::path& folder, const std::string& file,
                          const Authority& authority, const CertificateWish& wish) {
    const auto key_file = folder / (file + ".key");
    const auto certificate_file = folder / (file + ".pem");
    const auto key = once(key_file, Secrecy::secret, new_private_key);
    const auto by = signer(authority);
    const auto certificate = once(certificate_file, Secrecy::open, [&] {
        auto made = certify(key, wish, &by);
        // On record before it is in anybody's hands, so that it can be revoked.
        write(fs::path{"authority/issued"} / wish.name / (serial_of(made) + ".pem"), made,
              Secrecy::open);
        return made;
    });
    if (!belong_together(certificate, key) || !is_signed_by(certificate, by.certificate)) {
        throw Failure{fmt::format("{}, its key and the authority do not belong together; set both "
                                  "aside, and they are made anew",
                                  (folder_ / certificate_file).string()),
                      exit_code::bad_data};
    }
}

void Provision::make_person(const fs::path& folder, const std::string& name,
                            const std::string& role) {
    make_leaf(folder, name, desk_authority,
              {.use = CertificateUse::client,
               .name = name,
               .validity = std::chrono::days{fleet_.leaf_days},
               .now = now_});
    make_signing_key(folder, name, role);
    write_if_other(folder / "ca.pem", signer(cabinets_authority).certificate);
}

void Provision::make_signing_key(const fs::path& folder, const std::string& name,
                                 const std::string& role) {
    const auto text = once(folder / "signing.key", Secrecy::secret, [&] {
        return protocol::SigningKey::make(protocol::KeyId::of(name)).file_text();
    });
    const auto key = protocol::SigningKey::parse(text);
    if (!key) {
        throw Failure{(folder_ / folder / "signing.key").string() + " is not a signing key",
                      exit_code::bad_data};
    }
    write_if_other(
        folder / "key.toml",
        fmt::format("[[key]]\nid = \"{}\"\nrole = \"{}\"\npublic_key = \"{}\"\n",
                    key.value().id().str(), role, protocol::base64(key.value().public_key())));
    if (role == "authority") return;
    key_list_ += fmt::format("{} {} {}\n", name, role, protocol::base64(key.value().public_key()));
}

void Provision::make_broker() {
    make_leaf("broker", "broker", cabinets_authority,
              {.use = CertificateUse::server,
               .name = fleet_.hosts.front(),
               .hosts = fleet_.hosts,
               .validity = std::chrono::days{fleet_.leaf_days},
               .now = now_});
    for (const auto& authority : {cabinets_authority, desk_authority}) {
        write_if_other(fs::path{"broker"} / fmt::format("{}-ca.pem", authority.file),
                       signer(authority).certificate);
        make_list(authority);
    }
    write_if_other("broker/acl", access_list());
    // A person may have changed it since.
    once("broker/cabinets.conf", Secrecy::open, [&] {
        auto text =
            replaced(shipped_broker_config(), "/etc/mosquitto/cabinets", fleet_.broker_directory);
        text = replaced(text, "listener 8883", fmt::format("listener {}", fleet_.port));
        return replaced(text, "listener 8884", fmt::format("listener {}", fleet_.desk_port));
    });
}

// All the files of one cabinet: what a cabinet shall have besides is made here.
void Provision::make_cabinet(const std::string& id) {
    const auto folder = fs::path{"cabinets"} / id;
    make_leaf(folder, "cabinet", cabinets_authority,
              {.use = CertificateUse::client,
               .name = id,
               .validity = std::chrono::days{fleet_.leaf_days},
               .now = now_});
    write_if_other(folder / "ca.pem", signer(cabinets_authority).certificate);
    const auto text = once(folder / "credentials/code.key", Secrecy::secret, [] {
        protocol::Digest key{};
        ::randombytes_buf(key.data(), key.size());
        return protocol::hex(key) + '\n';
    });
    const auto code_key = protocol::digest_from_hex(std::string_view{text}.substr(0, 64));
    if (!code_key) {
        throw Failure{(folder_ / folder / "credentials/code.key").string() + " is not a code key",
                      exit_code::bad_data};
    }
    const protocol::SealingKey sealing{protocol::CodeKey{*code_key}};
    sealing_keys_ += protocol::sealing_line(protocol::CabinetId::of(id), sealing.public_key());
    once(folder / "cabinetd.toml", Secrecy::open, [&] { return cabinet_config(id); });
}

void Provision::make_list(const Authority& authority) {
    std::istringstream lines{
        text_of_file(folder_ / fmt::format("authority/{}-revoked", authority.file))};
    std::vector<std::string> serials;
    for (std::string serial; std::getline(lines, serial);) serials.push_back(serial);
    const auto by = signer(authority);
    const auto file = fs::path{"broker"} / fmt::format("{}.crl", authority.file);
    if (lists(text_of_file(folder_ / file), by.certificate, serials)) return;
    write(file, revocation_list(by, serials, now_), Secrecy::open);
}

void Provision::make() {
    check_fleet();
    std::string text;
    const auto line = [&](std::string_view key, const auto& value) {
        text += fmt::format("{} {}\n", key, value);
    };
    line("root", fleet_.root);
    for (const auto& host : fleet_.hosts) line("host", host);
    line("port", fleet_.port);
    line("desk_port", fleet_.desk_port);
    line("telephone", fleet_.telephone);
    line("cabinet_directory", fleet_.cabinet_directory);
    line("broker_directory", fleet_.broker_directory);
    line("authority_days", fleet_.authority_days);
    line("leaf_days", fleet_.leaf_days);
    line("dispatch", fleet_.dispatch);
    for (const auto& name : fleet_.operators) line("operator", name);
    for (const auto& name : fleet_.cabinets) line("cabinet", name);
    for (const auto& name : fleet_.decommissioned) line("decommissioned", name);
    write_if_other("fleet", text);
    write_if_other("authority/READ-ME", std::string{read_me});
    make_authority(cabinets_authority);
    make_authority(desk_authority);
    make_broker();
    key_list_.clear();
    sealing_keys_.clear();
    make_signing_key("authority", "authority", "authority");
    make_person("dispatch", fleet_.dispatch, "dispatch");
    for (const auto& name : fleet_.operators) make_person(person_folder(name), name, "operations");
    write_if_other("authority/keys", key_list_);
    for (const auto& id : fleet_.cabinets) make_cabinet(id);
    write_if_other("dispatch/sealing.keys", sealing_keys_);
}

bool Provision::is_person(const std::string& name) const {
    return name == fleet_.dispatch || fleet_.operators.contains(name);
}

fs::path Provision::person_folder(const std::string& name) const {
    return name == fleet_.dispatch ? fs::path{"dispatch"} : fs::path{"operators"} / name;
}

void Provision::revoke(const std::string& name, const Authority& authority) {
    const auto file = fs::path{fmt::format("authority/{}-revoked", authority.file)};
    auto list = text_of_file(folder_ / file);
    const auto issued = folder_ / "authority/issued" / name;
    if (!fs::exists(issued)) return;
    for (const auto& entry : fs::directory_iterator{issued}) {
        if (entry.path().extension() != ".pem") continue;
        const auto serial = entry.path().stem().string() + '\n';
        if (list.find(serial) == std::string::npos) list += serial;
    }
    write_if_other(file, list);
}

void Provision::renew(const std::string& name, bool revoke_old) {
    const bool broker = name == "broker";
    if (!broker && !is_person(name) && !fleet_.cabinets.contains(name)) {
        throw Failure{name + " is not of this fleet: a cabinet, a person or `broker` is renewed",
                      exit_code::usage};
    }
    const auto& authority = is_person(name) ? desk_authority : cabinets_authority;
    static_cast<void>(signer(authority));  // nothing is set aside that cannot be made anew
    const auto folder = broker            ? fs::path{"broker"}
                        : is_person(name) ? person_folder(name)
                                          : fs::path{"cabinets"} / name;
    const auto file = folder / (broker || is_person(name) ? name : "cabinet");
    if (revoke_old) revoke(broker ? fleet_.hosts.front() : name, authority);
    // The certificate first: a key without one is finished by the next run, not the reverse.
    fs::remove(folder_ / (file.string() + ".pem"));
    fs::remove(folder_ / (file.string() + ".key"));
    make();
}

void Provision::decommission(const std::string& cabinet) {
    const bool known = fleet_.cabinets.contains(cabinet);
    if (!known && !fleet_.decommissioned.contains(cabinet)) {
        throw Failure{cabinet + " is no cabinet of this fleet", exit_code::usage};
    }
    // Revoked before it is struck off the fleet, so that an interrupted run forgets nothing.
    static_cast<void>(signer(cabinets_authority));
    revoke(cabinet, cabinets_authority);
    fleet_.cabinets.erase(cabinet);
    fleet_.decommissioned.insert(cabinet);
    make();
    if (fs::remove_all(folder_ / "cabinets" / cabinet) > 0) {
        said_(fmt::format("cabinets/{} is removed", cabinet));
    }
}

std::vector<std::string> Provision::soon_over(std::chrono::days within) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator{folder_}) {
        const auto relative = fs::relative(entry.path(), folder_).string();
        if (entry.path().extension() != ".pem" || relative.starts_with("authority/issued"))
            continue;
        if (end_of(text_of_file(entry.path())) < now_ + within) found.push_back(relative);
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace lucheng::cabinetctl
