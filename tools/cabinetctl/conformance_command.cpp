#include "tools/cabinetctl/conformance_command.hpp"

#include <array>
#include <fmt/format.h>
#include <memory>
#include <sodium.h>

#include "protocol/sealing.hpp"
#include "tools/cabinetctl/conformance.hpp"
#include "tools/cabinetctl/durable_file.hpp"
#include "tools/cabinetctl/local.hpp"

namespace lucheng::cabinetctl {

namespace {

struct Given {
    std::filesystem::path keys, code_key;
    std::uint32_t within_s = 60, quiet_s = 10;
    std::size_t deliveries = 7;
    bool print_sealing_key = false;
};

// As a cabinet has one: 64 hexadecimal digits. Made where there is none.
protocol::CodeKey code_key_in(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) {
        protocol::Digest fresh{};
        ::randombytes_buf(fresh.data(), fresh.size());
        write_durably(file, protocol::hex(fresh) + '\n', true);
    }
    const auto text = text_of_file(file);
    const auto key = protocol::digest_from_hex(std::string_view{text}.substr(0, 64));
    if (key) return protocol::CodeKey{*key};
    throw Failure{file.string() + " is not a code key: expected 64 hexadecimal digits",
                  exit_code::no_input};
}

int conform(const Common& common, const Given& given) {
    const auto cabinet = cabinet_of(common);
    const auto code_key = code_key_in(given.code_key);
    if (given.print_sealing_key) {
        fmt::print("{}",
                   protocol::sealing_line(cabinet, protocol::SealingKey{code_key}.public_key()));
        return exit_code::done;
    }
    if (given.keys.empty()) {
        throw Failure{
            "whose commands are right? Give --trust FILE, lines as `cabinetctl keys show --line` "
            "prints them",
            exit_code::usage};
    }
    const ConformanceOptions options{.cabinet = cabinet,
                                     .keys = trusted_keys_in(given.keys),
                                     .code_key = code_key,
                                     .within = std::chrono::seconds{given.within_s},
                                     .quiet = std::chrono::seconds{given.quiet_s},
                                     .deliveries = given.deliveries};
    Session session = connect(common);
    const Printer printer{common.json};
    return Conformance{session, options, printer}.run();
}

}  // namespace

void add_conformance(CLI::App& app, const Common& common, Run& run) {
    const auto o = std::make_shared<Given>();
    auto* command = app.add_subcommand(
        "conformance", "play a cabinet against a dispatcher, and report what that did wrong");
    command->add_option("--trust", o->keys, "lines of id, role and public key: who may sign");
    command->add_option("--code-key", o->code_key, "the played cabinet's; made if it is not there")
        ->required();
    command->add_flag("--print-sealing-key", o->print_sealing_key,
                      "print the line for the dispatcher's file of sealing keys, and end");
    command->add_option("--within", o->within_s, "seconds for whatever the dispatcher must do")
        ->check(CLI::Range(1U, 3'600U));
    command->add_option("--quiet", o->quiet_s, "seconds for what it must not do any more")
        ->check(CLI::Range(1U, 3'600U));
    command->add_option("--deliveries", o->deliveries, "how many it will be asked for")
        ->check(CLI::Range(0U, 24U));
    command->callback([&run, &common, o] { run = [&common, o] { return conform(common, *o); }; });
}

}  // namespace lucheng::cabinetctl
