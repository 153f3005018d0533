// The configuration file, read once at start and wholly checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/spec.hpp"
#include "daemon/clock.hpp"
#include "daemon/link.hpp"
#include "hal/reader_device.hpp"
#include "hal/wiring.hpp"
#include "protocol/sealing.hpp"
#include "protocol/signature.hpp"

namespace lucheng::daemon {

// The cabinet as it stands before people, for the picture on its screen.
struct FrontPlan {
    struct Screen {
        std::uint16_t column = 0, columns = 0;     // from the left, from 1; how many it covers
        std::uint16_t height_mm = 0, tall_mm = 0;  // of its lower edge above the ground; its own
    };
    std::map<protocol::CompartmentNumber, std::uint16_t> columns{};  // of all doors or of none
    std::optional<Screen> screen{};
};

// When people may come. Where a language is missing the page tells the other.
struct SiteHours {
    std::string chinese, english;
};

struct Config {
    core::CabinetSpec cabinet;  // id, compartments by their numbers, limits, readers
    std::string name;           // for people: 玉山公园
    std::string help_telephone;
    std::filesystem::path state_directory;
    std::filesystem::path code_key_file;  // see credentials.hpp for the one that systemd gives
    LinkOptions link;
    std::vector<protocol::TrustedKey> keys;
    hal::Wiring wiring;                           // of the compartments that have one
    std::vector<hal::ReaderPlace> reader_places;  // of cabinet.readers, one by one
    FrontPlan front;
    // What returns' card numbers are sealed to; without it no returns are taken.
    std::optional<protocol::SealingPublicKey> returns_key;
    std::string kiosk_address;     // loopback only
    std::uint16_t kiosk_port = 0;  // 0: no kiosk
    bool kiosk_sounds = false;
    std::filesystem::path control_socket;  // empty: none
    SiteHours hours;
    ClockSource clock = ClockSource::kernel;
    std::string log_level = "info";
};

struct Problem {
    std::string file;
    std::uint32_t line = 0, column = 0;  // from 1; 0: the file as a whole
    std::string message;                 // what, the offending value, what is allowed, a suggestion
};

// Another file that the configuration names.
enum class FileUse : std::uint8_t { plain, secret, code_key };
struct NamedFile {
    std::string key;  // broker.ca_file
    std::filesystem::path path;
    std::uint32_t line = 0, column = 0;
    FileUse use{};
};

struct LoadedConfig {
    Config config;
    std::vector<Problem> problems;  // any: the config must not be used
    std::vector<NamedFile> files;   // for check_files() of config_check.hpp
};

// Never throws for what stands in the file. Every problem at once, in the order of the file.
// With `simulate` the wiring may be missing.
[[nodiscard]] LoadedConfig load_config(const std::filesystem::path& file, bool simulate);
[[nodiscard]] std::string describe(const Problem& problem);  // file:line:column: message

}  // namespace lucheng::daemon
