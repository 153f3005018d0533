#include "daemon/options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <fmt/format.h>
#include <lucheng/version.hpp>
#include <vector>

#include "daemon/exit_codes.hpp"

namespace lucheng::daemon {
namespace {

constexpr const char* examples = R"(Examples:
  cabinetd --check-config                        name every mistake in the configuration
  cabinetd --simulate --config demo.toml         run a cabinet that needs no hardware
  cabinetd --verify-journal                      prove that no journal entry was altered
  cabinetd --list-gpio                           show every line, its holder and its use
  cabinetd --list-readers                        show what a [[reader]] must say
  systemctl reload cabinetd                      read certificates and the log level anew

Exit status: 0 done, 64 wrong command line, 65 the journal is broken, 69 a GPIO line
or a reader is missing or taken, 74 the disk refuses, 78 the configuration must be mended.
See cabinetd(8) and cabinetd.toml(5).
)";

constexpr std::int64_t prefill_entries_max = 100'000'000;

struct Given {
    std::string config, log_level, journal, prefill;
    bool check_config = false, release_locks = false, list_gpio = false, list_readers = false,
         print_config_reference = false, print_sealing_key = false;
};

struct Choice {
    CLI::Option* option;
    Task task;
};

// What `given` and `options` are filled from when the line is parsed.
std::vector<Choice> describe_to(CLI::App& app, Options& options, Given& given) {
    app.add_option("--config", given.config,
                   fmt::format("The configuration to use, by default\n{}", options.config.string()))
        ->type_name("FILE");
    app.add_flag("--simulate", options.simulate,
                 "Drive a simulated cabinet; the configuration\nneeds no wiring then");
    app.add_option("--log-level", given.log_level,
                   "error, warning, notice, info or debug,\nwhatever the configuration says")
        ->type_name("LEVEL");
    auto* check = app.add_flag("--check-config", given.check_config,
                               "Name every problem of the configuration\nwith its line, and leave");
    auto* verify = app.add_option("--verify-journal", given.journal,
                                  "Check the journal's hash chain while no daemon\n"
                                  "runs, and leave; without FILE the one of the\n"
                                  "configured cabinet")
                       ->type_name("[FILE]")
                       ->expected(0, 1);
    auto* release = app.add_flag("--release-locks", given.release_locks,
                                 "Drive every lock line inactive, and leave");
    auto* list = app.add_flag("--list-gpio", given.list_gpio,
                              "Show every GPIO line of this machine and what\n"
                              "the configuration wants of it, and leave");
    auto* readers = app.add_flag("--list-readers", given.list_readers,
                                 "Show every device that may be a scanner or card\n"
                                 "reader as the configuration names it, and leave");
    auto* sealing = app.add_flag("--print-sealing-key", given.print_sealing_key,
                                 "Print the public key to which dispatch seals codes\n"
                                 "for this cabinet, and leave");
    auto* reference = app.add_flag("--print-config-reference", given.print_config_reference,
                                   "Print every key with default, range and reason\n"
                                   "as Markdown, and leave");
    auto* prefill = app.add_option("--prefill-journal", given.prefill)->type_name("N")->group("");
    app.add_flag("--prefill-unsent", options.prefill_unsent)->group("");
    return {{check, Task::check_config},
            {verify, Task::verify_journal},
            {release, Task::release_locks},
            {list, Task::list_gpio},
            {readers, Task::list_readers},
            {sealing, Task::print_sealing_key},
            {reference, Task::print_config_reference},
            {prefill, Task::prefill_journal}};
}

bool read_count(std::string_view text, std::int64_t& count) {
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    return error == std::errc{} && stop == end && count >= 1 && count <= prefill_entries_max;
}

Farewell misused(std::string_view what) {
    return {.exit_code = exit_code::usage,
            .text = fmt::format("cabinetd: {}\nTry 'cabinetd --help'.\n", what)};
}

}  // namespace

std::variant<Options, Farewell> parse_options(int argc, const char* const* argv) {
    Options options;
    Given given;
    CLI::App app{"Controller of one smart book locker: serves its doors, its screen and dispatch.",
                 "cabinetd"};
    app.footer(examples);
    app.get_formatter()->column_width(28);
    app.set_version_flag("--version", fmt::format("cabinetd {}", version), "Print the version");
    app.set_help_flag("--help", "Print this help");
    const auto choices = describe_to(app, options, given);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return Farewell{.exit_code = exit_code::ok, .text = app.help()};
    } catch (const CLI::CallForVersion&) {
        return Farewell{.exit_code = exit_code::ok, .text = app.version() + '\n'};
    } catch (const CLI::ParseError& error) {
        return misused(error.what());
    }

    const CLI::Option* chosen = nullptr;
    for (const auto& choice : choices) {
        if (choice.option->count() == 0) continue;
        if (chosen != nullptr) {
            return misused(fmt::format("{} and {} cannot be asked for together", chosen->get_name(),
                                       choice.option->get_name()));
        }
        chosen = choice.option;
        options.task = choice.task;
    }
    if (!given.config.empty()) options.config = given.config;
    options.journal = given.journal;
    if (options.task == Task::prefill_journal &&
        !read_count(given.prefill, options.prefill_entries)) {
        return misused(fmt::format("--prefill-journal {}: a number from 1 to {} is expected",
                                   given.prefill, prefill_entries_max));
    }
    if (!given.log_level.empty() && !level_of(given.log_level, options.log_level.emplace())) {
        return misused(fmt::format("--log-level {} is none of error, warning, notice, info, debug",
                                   given.log_level));
    }
    return options;
}

}  // namespace lucheng::daemon
