// The reference dispatcher: assigns deliveries over the cabinets of a library and follows each to
// its end. For those who connect a platform of their own: what it does is what theirs must do.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <lucheng/version.hpp>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "protocol/topics.hpp"
#include "tools/dispatcher/check.hpp"
#include "tools/dispatcher/dispatcher.hpp"

namespace {

using namespace lucheng;
using namespace lucheng::dispatcher;

constexpr std::size_t cabinets_most = 20;

constexpr const char* examples = R"(Examples:
  reference-dispatcher --broker mqtts://broker:8883 --ca ca.crt --certificate dispatch.crt
      --private-key dispatch.key.pem --key dispatch.key --sealing-keys sealing.keys
      --ledger dispatch.db --requests today.jsonl
  reference-dispatcher ... --requests - --once --until assigned     read from standard input
  reference-dispatcher ... --check                                  does the ledger agree?

A request is one line:
  {"delivery":"D-1","patron":"P-4711","size":"small","books":3,"code":"20481024"}
with cards (a list), group, cabinet and pickup_by (2026-11-25T08:00:00Z) where they are wanted.)";

struct Options {
    LinkOptions link;
    std::filesystem::path key_file, sealing_keys, ledger, requests;
    std::vector<std::string> cabinets;
    std::uint32_t valid_minutes = 60, give_up_after_s = 0, patience_s = 5;
    std::string until = "ended";
    bool once = false, check = false;
};

void add_options(CLI::App& app, Options& o) {
    app.footer(examples);
    app.set_version_flag("--version", std::string{version});
    broker::add_options(app, o.link.broker);
    app.add_option("--client-id", o.link.client_id, "its session at the broker");
    app.add_option("--key", o.key_file, "file of the key that signs commands");
    app.add_option("--sealing-keys", o.sealing_keys,
                   "file with a line a cabinet, to whose keys codes and cards are sealed");
    app.add_option("--ledger", o.ledger, "its memory; made if it is not there")->required();
    app.add_option("--requests", o.requests, "JSON lines; - is standard input, read to its end");
    app.add_option("--cabinets", o.cabinets, "only these, up to 20; without it, all that it hears")
        ->delimiter(',');
    app.add_option("--valid-minutes", o.valid_minutes, "how long a command may be late")
        ->check(CLI::Range(1U, 10'080U));
    app.add_flag("--once", o.once, "end when every request has come to its end");
    app.add_option("--until", o.until, "with --once: ended or assigned")
        ->check(CLI::IsMember({"ended", "assigned"}));
    app.add_option("--give-up-after", o.give_up_after_s, "with --once: seconds; 0: never");
    app.add_flag("--check", o.check, "compare the ledger with every cabinet; 1: they disagree");
    app.add_option("--patience", o.patience_s, "with --check: seconds for what is on its way")
        ->check(CLI::Range(1U, 3'600U));
}

std::string text_of(const std::filesystem::path& file, const std::string& option) {
    if (file.empty()) throw Failure{option + " FILE is needed", exit_code::usage};
    std::ifstream in{file};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (text.empty()) {
        throw Failure{option + " " + file.string() + ": cannot read it, or it is empty",
                      exit_code::no_input};
    }
    return text;
}

std::set<protocol::CabinetId> cabinets_of(const Options& o) {
    std::set<protocol::CabinetId> cabinets;
    for (const auto& name : o.cabinets) {
        auto id = protocol::CabinetId::parse(name);
        if (!id) throw Failure{"--cabinets " + name + ": not a cabinet's id", exit_code::usage};
        cabinets.insert(std::move(id).value());
    }
    if (cabinets.size() > cabinets_most) {
        throw Failure{fmt::format("--cabinets: {} are more than 20", cabinets.size()),
                      exit_code::usage};
    }
    return cabinets;
}

std::vector<Request> requests_of(const Options& o) {
    if (o.requests.empty()) return {};
    if (o.requests == "-") return read_requests(std::cin, "standard input");
    std::ifstream in{o.requests};
    if (!in) {
        throw Failure{"--requests " + o.requests.string() + ": cannot read it",
                      exit_code::no_input};
    }
    return read_requests(in, o.requests.string());
}

// Two dispatchers on one ledger would take each other's session, and ask everything twice.
int lock_of(const std::filesystem::path& ledger) {
    const auto file = ledger.string() + ".lock";
    const int fd = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) throw Failure{file + ": cannot make it", exit_code::no_input};
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    throw Failure{ledger.string() + ": another dispatcher works on this ledger", exit_code::usage};
}

int run(const Options& o) {
    if (!protocol::is_root(o.link.broker.root)) {
        throw Failure{"--root " + o.link.broker.root + ": 1 to 8 levels of a-z A-Z 0-9 - _",
                      exit_code::usage};
    }
    const auto cabinets = cabinets_of(o);
    if (o.check) {
        if (!std::filesystem::exists(o.ledger)) {
            throw Failure{o.ledger.string() + ": there is no ledger", exit_code::no_input};
        }
        Ledger ledger{o.ledger};
        return check(ledger, o.link, cabinets, std::chrono::seconds{o.patience_s});
    }
    auto key = protocol::SigningKey::parse(text_of(o.key_file, "--key"));
    if (!key) {
        throw Failure{"--key " + o.key_file.string() + ": expected one line, an id and a seed",
                      exit_code::no_input};
    }
    auto sealing_keys = text_of(o.sealing_keys, "--sealing-keys");
    const auto requests = requests_of(o);
    lock_of(o.ledger);  // until the process ends
    Ledger ledger{o.ledger};
    boost::asio::io_context io;
    Dispatcher dispatcher{io,
                          {.key = std::move(key).value(),
                           .sealing_keys = std::move(sealing_keys),
                           .cabinets = cabinets,
                           .validity = std::chrono::minutes{o.valid_minutes},
                           .once = o.once,
                           .until_assigned = o.until == "assigned",
                           .give_up_after = std::chrono::seconds{o.give_up_after_s}},
                          ledger,
                          o.link};
    dispatcher.take(requests);
    return dispatcher.run();
}

}  // namespace

int main(int argc, char** argv) {
    if (::sodium_init() < 0) return exit_code::broken;
    CLI::App app{"Assigns deliveries over the cabinets of a library, and follows them."};
    Options options;
    add_options(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool asked = error.get_exit_code() == 0;  // --help and --version
        app.exit(error);
        return asked ? exit_code::done : exit_code::usage;
    }
    try {
        return run(options);
    } catch (const Failure& failure) {
        std::fprintf(stderr, "reference-dispatcher: %s\n", failure.what());
        return failure.exit_code();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "reference-dispatcher: %s\n", error.what());
        return exit_code::broken;
    }
}
