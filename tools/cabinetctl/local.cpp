#include "tools/cabinetctl/local.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include "protocol/codec_kiosk.hpp"
#include "tools/cabinetctl/local_socket.hpp"

namespace lucheng::cabinetctl {
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

void print_public(const protocol::SigningKey& key, const std::string& role) {
    fmt::print("[[key]]\nid = \"{}\"\nrole = \"{}\"\npublic_key = \"{}\"\n", key.id().str(), role,
               protocol::base64(key.public_key()));
}

int say(const Common& common, const std::string& bytes) {
    const auto outcome = protocol::decode_outcome(bytes);
    const Printer printer{common.json};
    if (common.json || !outcome) {
        printer.line(bytes);
        return outcome && outcome.value().refusal ? exit_code::refused : exit_code::done;
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
    return said.refusal ? exit_code::refused : exit_code::done;
}

}  // namespace

void add_keys(CLI::App& app, Run& run) {
    struct Options {
        std::string id, role = "dispatch";
        std::filesystem::path file;
    };
    const auto o = std::make_shared<Options>();
    auto* keys = app.add_subcommand("keys", "signing keys")->require_subcommand(1);
    auto* make = keys->add_subcommand("new", "make a key; prints what the cabinet's config needs");
    make->add_option("id", o->id, "who signs: dispatch-2026, or a person")->required();
    make->add_option("--out", o->file, "the secret key's file")->required();
    make->add_option("--role", o->role)->check(CLI::IsMember({"dispatch", "operations"}));
    make->callback([&run, o] {
        run = [o] {
            const auto key =
                protocol::SigningKey::make(taken(protocol::KeyId::parse(o->id), "id", o->id));
            write_new(o->file, key.file_text());
            print_public(key, o->role);
            return exit_code::done;
        };
    });
    auto* show = keys->add_subcommand("show", "the public part of a key file");
    show->add_option("file", o->file)->required();
    show->add_option("--role", o->role)->check(CLI::IsMember({"dispatch", "operations"}));
    show->callback([&run, o] {
        run = [o] {
            Common common;
            common.key_file = o->file;
            print_public(key_of(common), o->role);
            return exit_code::done;
        };
    });
}

void add_kiosk(CLI::App& app, const Common& common, Run& run) {
    struct Options {
        std::filesystem::path socket = "/run/cabinetd/control.sock";
        std::string value, action, fault, on = "on";
        std::uint16_t compartment = 0;
        std::uint32_t books = 1;
    };
    const auto o = std::make_shared<Options>();
    const auto add = [&](CLI::App* parent, const char* name, const char* text, const char* method,
                         std::function<std::string()> target, std::function<std::string()> body) {
        auto* sub = parent->add_subcommand(name, text);
        sub->callback([&run, &common, o, method, target, body] {
            run = [&common, o, method, target, body] {
                return say(common, request(o->socket, method, target(), body()));
            };
        });
        return sub;
    };
    const auto field = [o](const char* key) {
        return [o, key] { return fmt::format(R"({{"{}":"{}"}})", key, o->value); };
    };
    const auto path = [](const char* target) { return [target] { return std::string{target}; }; };
    const auto nothing = [] { return std::string{}; };
    auto* kiosk = app.add_subcommand("kiosk", "what a person does at the cabinet's screen");
    kiosk->require_subcommand(1);
    kiosk->add_option("--socket", o->socket, "the cabinet's kiosk.control_socket");
    add(kiosk, "screen", "what the screen shows", "GET", path("/api/screen"), nothing);
    add(kiosk, "code", "type a code", "POST", path("/api/code"), field("code"))
        ->add_option("digits", o->value)
        ->required();
    add(kiosk, "card", "show a card", "POST", path("/api/card"), field("card"))
        ->add_option("number", o->value)
        ->required();
    add(kiosk, "choose", "scan or touch a parcel", "POST", path("/api/choose"), field("delivery"))
        ->add_option("delivery", o->value)
        ->required();
    add(kiosk, "answer", "done, again, later, too_large, damaged, still_there, help, leave", "POST",
        path("/api/answer"), field("answer"))
        ->add_option("answer", o->value)
        ->required();

    auto* simulated = app.add_subcommand("simulated", "hands at the simulated cabinet's doors");
    simulated->require_subcommand(1);
    simulated->add_option("--socket", o->socket, "the cabinet's kiosk.control_socket");
    const auto at = [o](const char* what) {
        return [o, what] { return fmt::format("/api/simulated/{}/{}", o->compartment, what); };
    };
    const auto hand = [&](const char* name, const char* text, std::function<std::string()> body) {
        auto* sub = add(simulated, name, text, "POST", at(name), std::move(body));
        sub->add_option("compartment", o->compartment)->required();
        return sub;
    };
    const auto empty = [] { return std::string{"{}"}; };
    simulated->add_subcommand("look", "doors, books and coils, as JSON")->callback([&run, o] {
        run = [o] {
            Printer{true}.line(request(o->socket, "GET", "/api/simulated", {}));
            return exit_code::done;
        };
    });
    hand("shut", "push a door shut", empty);
    hand("force", "open a door without leave", empty);
    hand("take", "take everything out", empty);
    hand("put", "put books in", [o] {
        return fmt::format(R"({{"books":{}}})", o->books);
    })->add_option("--books", o->books);
    auto* fault = hand("fault", "jam, stick_switch, stick_sensor, bounce or vanish", [o] {
        return fmt::format(R"({{"fault":"{}","on":{}}})", o->fault, o->on == "on");
    });
    fault->add_option("fault", o->fault)->required();
    fault->add_option("on", o->on, "on or off")->check(CLI::IsMember({"on", "off"}));
}

}  // namespace lucheng::cabinetctl
