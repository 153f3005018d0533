#include "tools/cabinetctl/local.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <sstream>
#include <unistd.h>

#include "protocol/codec_kiosk.hpp"
#include "tools/cabinetctl/local_socket.hpp"

namespace lucheng::cabinetctl {

std::vector<protocol::TrustedKey> trusted_keys_in(const std::filesystem::path& file) {
    std::ifstream in{file};
    if (!in) throw Failure{file.string() + ": cannot read this list of keys", exit_code::no_input};
    std::vector<protocol::TrustedKey> keys;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty() || line.front() == '#') continue;
        std::istringstream words{line};
        std::string id, role, key;
        words >> id >> role >> key;
        const auto bytes = protocol::from_base64(key);
        protocol::TrustedKey read;
        const bool fits = bytes && bytes->size() == read.key.size() && protocol::role_of(role);
        if (!fits) {
            throw Failure{fmt::format("{}:{}: expected an id, dispatch or operations, and a public "
                                      "key in base64, as `keys show --line` prints them",
                                      file.string(), number),
                          exit_code::no_input};
        }
        read.id =
            taken(protocol::KeyId::parse(id), fmt::format("{}:{}", file.string(), number), id);
        read.role = *protocol::role_of(role);
        std::copy(bytes->begin(), bytes->end(), read.key.begin());
        keys.push_back(std::move(read));
    }
    return keys;
}

namespace {

// Created for its owner alone, and never over another key.
void write_new(const std::filesystem::path& file, const std::string& text) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        throw Failure{file.string() + ": " + std::strerror(errno), exit_code::no_input};
    }
    const ssize_t written = ::write(fd, text.data(), text.size());
    const bool durable = ::fsync(fd) == 0;
    ::close(fd);
    if (written == static_cast<ssize_t>(text.size()) && durable) return;
    ::unlink(file.c_str());
    throw Failure{file.string() + ": the key could not be written", exit_code::no_input};
}

// A line of the list that `keys set` sends, and the same for a cabinet's configuration.
void print_public(const protocol::SigningKey& key, const std::string& role, bool line) {
    if (line) {
        fmt::print("{} {} {}\n", key.id().str(), role, protocol::base64(key.public_key()));
        return;
    }
    fmt::print("[[key]]\nid = \"{}\"\nrole = \"{}\"\npublic_key = \"{}\"\n", key.id().str(), role,
               protocol::base64(key.public_key()));
}

void add_key_list(CLI::App& keys, const Common& common, Run& run) {
    struct Options {
        std::filesystem::path list;
        std::uint64_t serial = 0;
    };
    const auto o = std::make_shared<Options>();
    auto* set = keys.add_subcommand("set", "have a cabinet trust these keys and no other");
    set->add_option("list", o->list, "lines of id, role and public key")->required();
    set->add_option("--serial", o->serial, "higher than that of the list before")->required();
    set->callback([&run, &common, o] {
        run = [&common, o] {
            return order(common,
                         protocol::SetKeys{.serial = o->serial, .keys = trusted_keys_in(o->list)});
        };
    });
}

int say(const Common& common, const std::string& bytes) {
    const auto outcome = protocol::decode_outcome(bytes);
    const Printer printer{common.json};
    if (common.json || !outcome) {
        printer.line(bytes);
        return outcome && outcome.value().refusal ? exit_code::no : exit_code::done;
    }
    const auto& said = outcome.value();
    std::string line;
    if (said.refusal) {
        const auto& text = protocol::text_of(said.refusal->reason);
        line = printer.in(Ink::look_here, fmt::format("{} ({}", text.chinese, text.english));
        if (!said.refusal->argument.empty()) line += ": " + said.refusal->argument;
        line += ")";
    }
    if (!said.screen.empty()) {
        if (!line.empty()) line += "  ";
        line += "screen: " + said.screen;
        if (said.compartment != 0) line += fmt::format(" {}", said.compartment);
        for (const auto& item : said.items) line += "\n  " + item;
    }
    printer.line(line.empty() ? "done" : line);
    return said.refusal ? exit_code::no : exit_code::done;
}

}  // namespace

void add_keys(CLI::App& app, const Common& common, Run& run) {
    struct Options {
        std::string id, role = "dispatch";
        std::filesystem::path file;
        bool line = false;
    };
    const auto o = std::make_shared<Options>();
    auto* keys =
        app.add_subcommand("keys", "signing keys: make, show, and name those that cabinets trust")
            ->require_subcommand(1);
    const CLI::IsMember roles{{"dispatch", "operations", "authority"}};
    auto* make = keys->add_subcommand("new", "make a key; prints what the cabinet's config needs");
    make->add_option("id", o->id, "who signs: dispatch-2026, or a person")->required();
    make->add_option("--out", o->file, "the secret key's file")->required();
    make->add_option("--role", o->role)->check(roles);
    make->add_flag("--line", o->line, "print it as a line for `keys set`");
    make->callback([&run, o] {
        run = [o] {
            const auto key =
                protocol::SigningKey::make(taken(protocol::KeyId::parse(o->id), "id", o->id));
            write_new(o->file, key.file_text());
            print_public(key, o->role, o->line);
            return exit_code::done;
        };
    });
    auto* show = keys->add_subcommand("show", "the public part of a key file");
    show->add_option("file", o->file)->required();
    show->add_option("--role", o->role)->check(roles);
    show->add_flag("--line", o->line, "print it as a line for `keys set`");
    show->callback([&run, o] {
        run = [o] {
            Common one;
            one.key_file = o->file;
            print_public(key_of(one), o->role, o->line);
            return exit_code::done;
        };
    });
    add_key_list(*keys, common, run);
}

namespace {

struct AtCabinet {
    std::filesystem::path socket = "/run/cabinetd/control.sock";
    std::string value, fault, on = "on";
    std::uint16_t compartment = 0, other = 0;
    std::uint32_t books = 1;
};
using Text = std::function<std::string()>;

// Subcommands of one parent, each of which is one request.
class Requests {
public:
    Requests(CLI::App& parent, const Common& common, Run& run)
        : parent_{parent}, common_{common}, run_{run} {
        parent.require_subcommand(1);
        parent.add_option("--socket", given->socket, "the cabinet's kiosk.control_socket");
    }
    CLI::App* add(const char* name, const char* text, const char* method, Text target, Text body) {
        auto* sub = parent_.add_subcommand(name, text);
        sub->callback([this_run = &run_, common = &common_, o = given, method, target, body] {
            *this_run = [common, o, method, target, body] {
                return say(*common, request(o->socket, method, target(), body()));
            };
        });
        return sub;
    }
    // What a person types, as one field of the body.
    void add_field(const char* name, const char* text, const char* key) {
        add(
            name, text, "POST", [name] { return fmt::format("/api/{}", name); },
            [o = given, key] { return fmt::format(R"({{"{}":"{}"}})", key, o->value); })
            ->add_option(key, given->value)
            ->required();
    }
    CLI::App* add_hand(const char* name, const char* text, Text body) {
        const auto target = [o = given, name] {
            return fmt::format("/api/simulated/{}/{}", o->compartment, name);
        };
        auto* sub = add(name, text, "POST", target, std::move(body));
        sub->add_option("compartment", given->compartment)->required();
        return sub;
    }

    const std::shared_ptr<AtCabinet> given = std::make_shared<AtCabinet>();

private:
    CLI::App& parent_;
    const Common& common_;
    Run& run_;
};

void add_simulated(CLI::App& app, const Common& common, Run& run) {
    auto* simulated = app.add_subcommand("simulated", "hands at the simulated cabinet's doors");
    Requests requests{*simulated, common, run};
    const auto o = requests.given;
    const auto empty = [] { return std::string{"{}"}; };
    simulated->add_subcommand("look", "doors, books and coils, as JSON")->callback([&run, o] {
        run = [o] {
            Printer{true}.line(request(o->socket, "GET", "/api/simulated", {}));
            return exit_code::done;
        };
    });
    requests.add_hand("shut", "push a door shut", empty);
    requests.add_hand("force", "open a door without leave", empty);
    requests.add_hand("take", "take everything out", empty);
    auto* put = requests.add_hand("put", "put books in",
                                  [o] { return fmt::format(R"({{"books":{}}})", o->books); });
    put->add_option("--books", o->books);
    auto* fault = requests.add_hand(
        "fault", "jam, stick_switch, stick_sensor, bounce, invert or vanish",
        [o] { return fmt::format(R"({{"fault":"{}","on":{}}})", o->fault, o->on == "on"); });
    fault->add_option("fault", o->fault)->required();
    auto* swap = requests.add_hand("swap", "wire lock and switch of each to the other's door",
                                   [o] { return fmt::format(R"({{"with":{}}})", o->other); });
    swap->add_option("other", o->other)->required();
    fault->add_option("on", o->on, "on or off")->check(CLI::IsMember({"on", "off"}));
}

}  // namespace

void add_kiosk(CLI::App& app, const Common& common, Run& run) {
    auto* kiosk = app.add_subcommand("kiosk", "what a person does at the cabinet's screen");
    Requests requests{*kiosk, common, run};
    requests.add(
        "screen", "what the screen shows", "GET", [] { return "/api/screen"; },
        [] { return std::string{}; });
    requests.add_field("code", "type a code", "code");
    requests.add_field("card", "show a card", "card");
    requests.add_field("choose", "scan or touch a parcel", "delivery");
    requests.add_field("answer",
                       "done, again, later, too_large, damaged, still_there, help, leave, stay",
                       "answer");
    add_simulated(app, common, run);
}

}  // namespace lucheng::cabinetctl
