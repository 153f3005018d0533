// cabinetd: the controller of one cabinet.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <lucheng/version.hpp>
#include <string>
#include <unistd.h>
#include <utility>

#include "daemon/clock.hpp"
#include "daemon/config_check.hpp"
#include "daemon/config_reference.hpp"
#include "daemon/credentials.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/options.hpp"
#include "daemon/service.hpp"
#include "db/prefill.hpp"
#include "db/store.hpp"
#include "hal/gpio_cabinet.hpp"
#include "hal/gpio_list.hpp"
#include "hal/reader_list.hpp"
#include "hal/simulated_cabinet.hpp"
#include "protocol/sealing.hpp"

namespace {

using namespace lucheng;
using namespace lucheng::daemon;

int say(const Farewell& farewell) {
    std::fputs(farewell.text.c_str(), farewell.exit_code == exit_code::ok ? stdout : stderr);
    return farewell.exit_code;
}

// A build tree has the programs and the page beside each other; a package where FHS wants them.
std::filesystem::path beside(const std::filesystem::path& built,
                             const std::filesystem::path& installed) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) {
        const auto near = self.parent_path() / built;
        if (std::filesystem::exists(near)) return near;
    }
    return installed;
}

int verify(const Options& options, const Config& config) {
    const auto file =
        options.journal.empty() ? config.state_directory / "cabinet.db" : options.journal;
    const db::Verification result = db::verify_journal(file);
    if (result.broken) {
        std::fprintf(stderr, "%s: %s\n", file.c_str(), result.broken->c_str());
        return exit_code::broken_data;
    }
    std::printf("%s: %llu entries, the chain is whole; epoch %s, head %llu, %s\n", file.c_str(),
                static_cast<unsigned long long>(result.entries), result.head.epoch.str().c_str(),
                static_cast<unsigned long long>(protocol::number_of(result.head.number)),
                protocol::hex(result.head.hash).c_str());
    return exit_code::ok;
}

int release_locks(const Options& options, const Config& config, const Log& log) {
    if (options.simulate) {
        hal::SimulatedWorld world{config.state_directory / "simulated-cabinet",
                                  config.cabinet.compartments};
        world.release(Clock{ClockSource::assume, {}}.uptime());
        return exit_code::ok;
    }
    const auto troubles = hal::release_gpio_locks(config.wiring);
    for (const std::string& trouble : troubles) {
        log.write(Level::error, "not driven inactive: " + trouble);
    }
    return troubles.empty() ? exit_code::ok : exit_code::unavailable;
}

int list_gpio(const Config& config) {
    const hal::GpioList list = hal::list_gpio(hal::look_at_chips(), config.wiring);
    std::fputs(list.text.c_str(), stdout);
    switch (list.fit) {
        case hal::GpioFit::fits: return exit_code::ok;
        case hal::GpioFit::not_there: return exit_code::unavailable;
        case hal::GpioFit::wrong: return exit_code::config;
    }
    std::abort();
}

int list_readers(const Config& config) {
    const hal::ReaderList list = hal::list_readers(config.reader_places);
    std::fputs(list.text.c_str(), stdout);
    return list.all_there ? exit_code::ok : exit_code::unavailable;
}

int print_sealing_key(const Config& config, const Log& log) {
    const auto key = read_code_key(code_key_path(config.code_key_file));
    if (const auto* none = std::get_if<NoKey>(&key)) {
        log.write(Level::error, none->why);
        return exit_code::config;
    }
    const protocol::SealingKey sealing{std::get<protocol::CodeKey>(key)};
    std::fputs(protocol::sealing_line(config.cabinet.id, sealing.public_key()).c_str(), stdout);
    return exit_code::ok;
}

int run(const Options& options, Log& log) {
    if (options.task == Task::print_config_reference) {
        std::fputs(config_reference().c_str(), stdout);
        return exit_code::ok;
    }
    if (options.task == Task::check_config) {
        return say(check_config(options.config, options.simulate));
    }
    // A journal that is named needs no configuration.
    if (options.task == Task::verify_journal && !options.journal.empty()) {
        return verify(options, {});
    }
    LoadedConfig loaded = load_config(options.config, options.simulate);
    if (!loaded.problems.empty()) return say(refuse_to_start(loaded.problems));
    Level level = Level::info;
    if (options.log_level)
        level = *options.log_level;
    else if (!level_of(loaded.config.log_level, level))
        return exit_code::config;
    log.set_level(level);
    switch (options.task) {
        case Task::verify_journal: return verify(options, loaded.config);
        case Task::release_locks: return release_locks(options, loaded.config, log);
        case Task::list_gpio: return list_gpio(loaded.config);
        case Task::list_readers: return list_readers(loaded.config);
        case Task::print_sealing_key: return print_sealing_key(loaded.config, log);
        case Task::prefill_journal:
            db::prefill_journal(
                {.directory = loaded.config.state_directory, .cabinet = loaded.config.cabinet.id},
                static_cast<std::uint64_t>(options.prefill_entries),
                wall_time() - std::chrono::seconds{options.prefill_entries},
                !options.prefill_unsent);
            return exit_code::ok;
        case Task::serve: break;
        case Task::check_config:
        case Task::print_config_reference: return exit_code::software;
    }
    return serve(ServiceOptions{.config = std::move(loaded.config),
                                .config_file = options.config,
                                .simulate = options.simulate,
                                .keeper = beside("cabinet-lock-keeper", installed_keeper_path),
                                .web_directory = beside("web/kiosk", installed_kiosk_path)},
                 log);
}

}  // namespace

int main(int argc, char** argv) {
    const auto parsed = parse_options(argc, argv);
    if (const auto* farewell = std::get_if<Farewell>(&parsed)) return say(*farewell);
    Log log{Level::info, wall_time};
    // Caught once: a broken machine ends the process, and systemd starts it again.
    try {
        return run(std::get<Options>(parsed), log);
    } catch (const db::StoreFault& fault) {
        log.write(Level::error, fault.what(), {{"ADVICE", fault.advice()}});
        return fault.exit_code();
    } catch (const std::exception& error) {
        log.write(Level::error, error.what());
        return exit_code::os_error;
    }
}
