#include "tools/cabinetctl/provision_command.hpp"

#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/file.h>
#include <unistd.h>

#include "tools/cabinetctl/durable_file.hpp"
#include "tools/cabinetctl/provision.hpp"

namespace lucheng::cabinetctl {
namespace {

struct Given {
    std::filesystem::path folder = "fleet";
    std::vector<std::string> cabinets, hosts, operators;
    std::string telephone, cabinet_directory, broker_directory, dispatch, name;
    std::filesystem::path wiring;
    std::uint32_t port = 0, desk_port = 0, authority_days = 0, leaf_days = 0;
    bool revoke = false;
};

// One at a time: two would both find a file missing.
class FolderLock {
public:
    explicit FolderLock(const std::filesystem::path& folder)
        : fd_{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {
        if (fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
        if (fd_ >= 0) ::close(fd_);
        throw Failure{folder.string() + ": another run works there, or it cannot be opened",
                      exit_code::unavailable};
    }
    ~FolderLock() { ::close(fd_); }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int fd_;
};

// KS-001, or KS-001..KS-020 with as many digits in each.
void add_cabinets(const std::string& text, std::set<std::string>& cabinets) {
    const auto dots = text.find("..");
    if (dots == std::string::npos) {
        cabinets.insert(text);
        return;
    }
    const auto first = text.substr(0, dots), last = text.substr(dots + 2);
    const auto digits = first.find_last_not_of("0123456789") + 1;
    const auto number = [&](const std::string& id) {
        unsigned value = 0;
        const auto* end = id.data() + id.size();
        const bool fits =
            id.size() == first.size() && id.substr(0, digits) == first.substr(0, digits);
        if (fits && std::from_chars(id.data() + digits, end, value).ptr == end) return value;
        throw Failure{text + ": expected a range such as KS-001..KS-020", exit_code::usage};
    };
    constexpr unsigned most = 10'000;
    if (number(last) < number(first) || number(last) - number(first) >= most) {
        throw Failure{text + ": the last comes before the first, or it is too many",
                      exit_code::usage};
    }
    for (unsigned i = number(first); i <= number(last); ++i) {
        cabinets.insert(fmt::format("{}{:0{}}", first.substr(0, digits), i, first.size() - digits));
    }
}

void take(const Given& given, const Common& common, Provision& provision) {
    Fleet& fleet = provision.fleet();
    if (provision.is_new()) fleet.root = common.broker.root;
    for (const auto& host : given.hosts) {
        const bool known =
            std::find(fleet.hosts.begin(), fleet.hosts.end(), host) != fleet.hosts.end();
        if (!known) fleet.hosts.push_back(host);
    }
    fleet.operators.insert(given.operators.begin(), given.operators.end());
    for (const auto& text : given.cabinets) add_cabinets(text, fleet.cabinets);
    const auto text = [](const std::string& from, std::string& to) {
        if (!from.empty()) to = from;
    };
    text(given.telephone, fleet.telephone);
    text(given.cabinet_directory, fleet.cabinet_directory);
    text(given.broker_directory, fleet.broker_directory);
    text(given.dispatch, fleet.dispatch);
    if (given.port != 0) fleet.port = static_cast<std::uint16_t>(given.port);
    if (given.desk_port != 0) fleet.desk_port = static_cast<std::uint16_t>(given.desk_port);
    if (given.authority_days != 0) fleet.authority_days = given.authority_days;
    if (given.leaf_days != 0) fleet.leaf_days = given.leaf_days;
    if (!given.wiring.empty()) provision.set_wiring(text_of_file(given.wiring));
}

int provide(const Given& given, const Common& common, const std::function<void(Provision&)>& what) {
    make_folder(given.folder);
    const FolderLock lock{given.folder};
    std::size_t made = 0;
    Provision provision{given.folder, wall_time(), [&](const std::string& file) {
                            ++made;
                            fmt::print("{}\n", file);
                        }};
    take(given, common, provision);
    what(provision);
    fmt::print("{}: {} cabinets, {}\n", given.folder.string(), provision.fleet().cabinets.size(),
               made == 0 ? "nothing was missing" : fmt::format("{} files made", made));
    constexpr std::chrono::days soon{30};
    for (const auto& file : provision.soon_over(soon)) {
        fmt::print("{} expires within {} days: renew it\n", file, soon.count());
    }
    if (made != 0) {
        fmt::print("Keep {} apart, offline: who has it makes certificates of this fleet.\n",
                   (given.folder / "authority").string());
    }
    return exit_code::done;
}

void add_options(CLI::App& app, Given& given) {
    app.add_option("--folder", given.folder, "the fleet's folder; kept safe, it holds secrets");
    app.add_option("--fleet", given.cabinets, "cabinets: KS-001..KS-020, or single ids");
    app.add_option("--host", given.hosts, "name or address of the broker; the first is used");
    app.add_option("--operator", given.operators, "a person, with a key and a certificate");
    app.add_option("--dispatch", given.dispatch, "name of dispatch and of its key");
    app.add_option("--telephone", given.telephone, "whom a patron calls");
    app.add_option("--wiring", given.wiring,
                   "TOML with the compartments, the same in each cabinet");
    app.add_option("--port", given.port, "for cabinets, 8883")->check(CLI::Range(1U, 65'535U));
    app.add_option("--desk-port", given.desk_port, "for dispatch and operators, 8884")
        ->check(CLI::Range(1U, 65'535U));
    app.add_option("--cabinet-directory", given.cabinet_directory, "/etc/cabinetd, on a cabinet");
    app.add_option("--broker-directory", given.broker_directory,
                   "/etc/mosquitto/cabinets, on the broker");
    app.add_option("--authority-days", given.authority_days, "3652")
        ->check(CLI::Range(1U, 36'500U));
    app.add_option("--days", given.leaf_days, "of a certificate, 730")
        ->check(CLI::Range(1U, 36'500U));
}

}  // namespace

void add_provision(CLI::App& app, const Common& common, Run& run) {
    const auto given = std::make_shared<Given>();
    auto* provision = app.add_subcommand(
        "provision", "certificates, keys and configuration of a fleet; makes what is missing");
    provision->require_subcommand(0, 1);
    add_options(*provision, *given);
    const auto let = [&run, &common, given](std::function<void(Provision&)> what) {
        run = [&common, given, what = std::move(what)] { return provide(*given, common, what); };
    };
    provision->callback([=, &run] {
        if (!run) let([](Provision& it) { it.make(); });
    });
    const auto add = [&](const char* name, const char* text, auto what) {
        auto* sub = provision->add_subcommand(name, text);
        sub->add_option("name", given->name)->required();
        sub->callback([=] { let([given, what](Provision& it) { what(it, *given); }); });
        return sub;
    };
    add("add", "one more cabinet", [](Provision& it, const Given& one) {
        add_cabinets(one.name, it.fleet().cabinets);
        it.make();
    });
    add("renew", "a new key and certificate for a cabinet, a person or `broker`",
        [](Provision& it, const Given& one) { it.renew(one.name, one.revoke); })
        ->add_flag("--revoke", given->revoke, "the old ones are no longer good");
    add("decommission", "a cabinet's certificates are no longer good, nor is its name",
        [](Provision& it, const Given& one) { it.decommission(one.name); });
}

}  // namespace lucheng::cabinetctl
