// cabinetctl: asks cabinets over MQTT, and the cabinet that it runs on over its own socket.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <lucheng/version.hpp>
#include <sodium.h>

#include "tools/cabinetctl/conformance_command.hpp"
#include "tools/cabinetctl/local.hpp"
#include "tools/cabinetctl/provision_command.hpp"
#include "tools/cabinetctl/reports.hpp"
#include "tools/cabinetctl/test_run.hpp"

namespace {

using namespace lucheng::cabinetctl;

void add_common(CLI::App& app, Common& common) {
    lucheng::broker::add_options(app, common.broker);
    app.get_option("--broker")->envname("CABINETCTL_BROKER");
    app.get_option("--root")->envname("CABINETCTL_ROOT");
    app.add_option("--cabinet", common.cabinet, "such as KS-017")->envname("CABINETCTL_CABINET");
    app.add_option("--key", common.key_file, "file of the key that signs commands")
        ->envname("CABINETCTL_KEY");
    app.add_option("--sealing-keys", common.sealing_keys,
                   "file with a line a cabinet, to whose keys codes and cards are sealed")
        ->envname("CABINETCTL_SEALING_KEYS");
    app.add_option("--timeout", common.timeout_s, "seconds to wait for an answer")
        ->check(CLI::Range(1U, 3'600U));
    app.add_option("--id", common.id, "of the command; the same id is done once");
    app.add_option("--boot", common.boot, "quote this run, when the cabinet's time is not trusted");
    app.add_option("--valid-minutes", common.valid_minutes, "how long the command may be late")
        ->check(CLI::Range(1U, 10'080U));
    app.add_flag("--json", common.json, "print JSON, one document a line");
}

}  // namespace

int main(int argc, char** argv) {
    if (::sodium_init() < 0) return 70;
    CLI::App app{"Asks the cabinets of a library, and tells what they say."};
    app.set_version_flag("--version", std::string{lucheng::version});
    app.require_subcommand(1);
    app.fallthrough();
    Common common;
    Run run;
    add_common(app, common);
    add_reports(app, common, run);
    add_orders(app, common, run);
    add_keys(app, common, run);
    add_kiosk(app, common, run);
    add_tests(app, common, run);
    add_provision(app, common, run);
    add_conformance(app, common, run);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool asked = error.get_exit_code() == 0;  // --help and --version
        app.exit(error);
        return asked ? exit_code::done : exit_code::usage;
    }
    try {
        return run();
    } catch (const Failure& failure) {
        std::fprintf(stderr, "cabinetctl: %s\n", failure.what());
        return failure.exit_code();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cabinetctl: %s\n", error.what());
        return 70;
    }
}
