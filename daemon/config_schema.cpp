// style: table
#include "daemon/config_schema.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "core/limits.hpp"

namespace lucheng::daemon {
namespace {

constexpr std::int64_t hours_bytes_max = 120;  // a line on the smallest screen

constexpr auto section_table = std::to_array<SectionRow>({
    {"cabinet", SectionShape::once, true, "Which cabinet this is."},
    {"broker", SectionShape::once, true, "The MQTT 5 broker through which dispatch speaks."},
    {"key", SectionShape::repeated, true,
     "A public key whose signature a command may carry; at least one has the role `dispatch`."},
    {"secrets", SectionShape::once, false, "What must not lie in this file."},
    {"kiosk", SectionShape::once, false,
     "Where the cabinet's own screen and `cabinetctl` reach it."},
    {"reader", SectionShape::repeated, false,
     "A scanner or card reader; a keyboard that is none of these is never read."},
    {"format", SectionShape::repeated, false,
     "What a reader reads and what it means; the first of a reader's formats that fits counts."},
    {"clock", SectionShape::once, false, "Whether the time of day is to be believed."},
    {"log", SectionShape::once, false, "How much is told."},
    {"limits", SectionShape::once, false, "Every time and number by which the cabinet behaves."},
    {"compartment", SectionShape::repeated, false,
     "One compartment and the lines that belong to it; 1 to 96 of them, banks included."},
    {"bank", SectionShape::repeated, false,
     "A run of equal compartments without wiring, for `--simulate` alone."},
    {"screen", SectionShape::once, false,
     "Where the screen is in its own picture of the cabinet; every compartment has a `column` "
     "then."},
    {"site", SectionShape::once, false,
     "The place that the cabinet stands at: what its screen says of it, and whether it takes "
     "returns."},
    {"buzzer", SectionShape::output, false, "An output that sounds when a door stays open."},
    {"mains_fail", SectionShape::input, false, "An input that is active while the mains are gone."},
    {"tamper", SectionShape::input, false, "An input that is active while the case is open."},
});

constexpr KeyRow text(std::string_view section, std::string_view key, std::int64_t most,
                      std::string_view standard, std::string_view allowed, std::string_view why) {
    return {.section = section,
            .key = key,
            .kind = KeyKind::text,
            .least = 1,
            .most = most,
            .standard = standard,
            .allowed = allowed,
            .why = why};
}
constexpr KeyRow path(std::string_view section, std::string_view key, std::int64_t most,
                      std::string_view standard, std::string_view why) {
    return {.section = section,
            .key = key,
            .kind = KeyKind::path,
            .least = 1,
            .most = most,
            .standard = standard,
            .why = why};
}
constexpr KeyRow number(std::string_view section, std::string_view key, std::int64_t least,
                        std::int64_t most, std::int64_t standard, std::string_view why) {
    return {.section = section,
            .key = key,
            .kind = KeyKind::number,
            .least = least,
            .most = most,
            .number = standard,
            .why = why};
}
constexpr KeyRow flag(std::string_view section, std::string_view key, std::string_view standard,
                      std::string_view why) {
    return {
        .section = section, .key = key, .kind = KeyKind::flag, .standard = standard, .why = why};
}
constexpr KeyRow choice(std::string_view section, std::string_view key, std::string_view standard,
                        std::string_view allowed, std::string_view why) {
    return {.section = section,
            .key = key,
            .kind = KeyKind::choice,
            .standard = standard,
            .allowed = allowed,
            .why = why};
}
constexpr KeyRow of_kind(KeyKind kind, std::string_view section, std::string_view key,
                         std::string_view why) {
    return {.section = section, .key = key, .kind = kind, .why = why};
}
constexpr KeyRow required(KeyRow row) {
    row.required = true;
    return row;
}

constexpr std::int64_t path_max = 1'023;
constexpr std::int64_t socket_path_max = 107;  // what a Unix socket's address holds
constexpr std::int64_t label_max = 31;         // what the kernel keeps of a chip's or line's name

constexpr auto key_table = std::to_array<KeyRow>({
    required(of_kind(KeyKind::id, "cabinet", "id",
                     "stands in every topic, message and journal entry; never change it")),
    text("cabinet", "name", 120, "", "", "for people, on the screen; by default the id"),
    required(text("cabinet", "help_telephone", 40, "", "digits, spaces, + - ( )",
                  "the screen shows it when a door does not open and nobody else can help")),
    path("cabinet", "state_directory", path_max, "/var/lib/cabinetd",
         "holds the journal; on a disk of its own if there is a choice"),

    required(text("broker", "uri", 300, "", "mqtts://host:port or mqtt://host:port",
                  "the port is 8883 with TLS and 1883 without, unless it is given")),
    flag("broker", "without_tls", "false",
         "true allows mqtt:// to another machine, for a network that is closed in itself"),
    text("broker", "root", 255, "lucheng/v1", "1 to 8 levels of a-z, A-Z, 0-9, - and _",
         "what all topics begin with"),
    text("broker", "client_id", 128, "", "printable ASCII without spaces",
         "by default cabinetd- and the cabinet's id; two clients of one id throw each other out"),
    text("broker", "username", 255, "", "", "where the broker asks for one"),
    path("broker", "password_file", path_max, "",
         "its first line is the password; not readable by others"),
    path("broker", "ca_file", path_max, "",
         "PEM: who may vouch for the broker; by default whom the system trusts"),
    path("broker", "certificate_file", path_max, "",
         "PEM: the cabinet's own certificate, one per cabinet"),
    path("broker", "private_key_file", path_max, "", "PEM: its key; not readable by others"),
    number("broker", "keep_alive_s", 5, 600, 30,
           "a dead connection is noticed within one and a half times this"),
    number("broker", "will_delay_s", 0, 300, 5, "a short outage is not told as a loss"),
    number("broker", "session_expiry_h", 1, 8'760, 168,
           "how long the broker keeps commands for a cabinet that is away"),
    number("broker", "reconnect_least_ms", 100, 60'000, 500,
           "the first wait after a lost connection"),
    number("broker", "reconnect_most_s", 1, 3'600, 60,
           "waits double up to this, so that a fleet does not storm a broker that comes back"),

    required(of_kind(KeyKind::id, "key", "id", "commands name it; the journal says who asked")),
    required(choice("key", "role", "", "dispatch, operations, authority",
                    "dispatch assigns and keeps the ledger, operations opens and services, "
                    "authority signs lists of keys that take the place of all but itself")),
    required(text("key", "public_key", 64, "", "base64 of 32 bytes",
                  "an Ed25519 public key; its private half never comes here")),

    path("secrets", "code_key_file", path_max, "/etc/cabinetd/credentials/code.key",
         "32 bytes under which codes and card numbers are hashed; systemd's credential `code-key` "
         "goes before it"),

    text("kiosk", "address", 45, "127.0.0.1", "an address of the loopback",
         "whoever reaches it can type codes: never another machine"),
    number("kiosk", "port", 0, 65'535, 0, "0: no screen"),
    path("kiosk", "control_socket", socket_path_max, "",
         "a Unix socket for `cabinetctl` on this machine; by default none"),
    flag("kiosk", "sounds", "false",
         "true: the screen's browser sounds when a door opens, is shut, or must be looked at"),

    required(of_kind(KeyKind::id, "reader", "id", "in the log and the journal; formats name it")),
    required(
        choice("reader", "connection", "", "keyboard, serial",
               "most USB readers pose as a keyboard, unless they are set up as a serial line")),
    text("reader", "usb_id", 9, "", "vendor:product, as 0c2e:0b61",
         "of a keyboard, see `cabinetd --list-readers`"),
    text("reader", "name", 120, "", "", "of a keyboard, as the device says it"),
    text("reader", "port", 120, "", "",
         "of a keyboard: the socket, so that the same model elsewhere is a stranger's"),
    path("reader", "path", path_max, "",
         "of a serial line: below /dev/serial/by-path or by-id, which stay over a restart"),
    number("reader", "baud", 1'200, 115'200, 9'600,
           "of a serial line: 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200"),

    required(of_kind(KeyKind::id, "format", "reader", "whose")),
    required(choice("format", "meaning", "", "code, token, card, reader_card, courier_card, parcel",
                    "card: of a patron or a courier, whoever has this number; reader_card and "
                    "courier_card are never taken for each other")),
    text("format", "prefix", 16, "", "", "what it begins with; no part of the number"),
    choice("format", "characters", "any", "any, digits, hex, alphanumeric", "of what follows"),
    number("format", "shortest", 1, 64, 1, "characters that follow"),
    number("format", "longest", 1, 64, 64, "characters that follow"),
    choice("format", "number", "text", "text, hex, decimal",
           "how this reader writes a card's number: as printed, or its bytes in hex or decimal"),
    choice("format", "byte_order", "as_read", "as_read, reversed",
           "reversed where this reader begins with the last byte"),
    number("format", "bytes", 0, 10, 0,
           "of a card's number; 0: as many as come, which decimal cannot tell"),

    choice("clock", "source", "kernel", "kernel, assume",
           "kernel: trusted once it was synchronised; assume: always, for laptops and tests"),
    choice("log", "level", "info", "error, warning, notice, info, debug",
           "what is less urgent is left out; a reload changes it"),

    required(number("compartment", "number", 1, 999, 0, "as printed on the door")),
    required(choice("compartment", "size", "", "small, medium, large", "a delivery asks for one")),
    required(number("compartment", "height_mm", 0, 3'000, 0,
                    "of its floor above the ground; decides who can reach it")),
    number(
        "compartment", "column", 0, 96, 0,
        "from the left, from 1, for the picture on the screen: of all compartments or of none; 0: "
        "none"),
    of_kind(KeyKind::output, "compartment", "lock", "active: the coil is energised"),
    of_kind(KeyKind::input, "compartment", "door", "active: the door is open"),
    of_kind(KeyKind::input, "compartment", "sensor",
            "active: something lies inside; may be left out"),
    of_kind(KeyKind::output, "compartment", "lamp", "may be left out"),

    required(number("bank", "first", 1, 999, 0, "number of the first door")),
    required(number("bank", "count", 1, 96, 0, "how many there are")),
    required(choice("bank", "size", "", "small, medium, large", "of each")),
    required(number("bank", "height_mm", 0, 3'000, 0, "of each one's floor above the ground")),
    number("bank", "column", 0, 96, 0, "of the first; the others follow to the right"),
    flag("bank", "sensor", "true", "whether each senses what lies inside"),

    required(number("screen", "column", 1, 96, 0, "the leftmost that it covers")),
    number("screen", "columns", 1, 96, 1, "how many it covers"),
    required(number("screen", "height_mm", 0, 3'000, 0, "of its lower edge above the ground")),
    number("screen", "tall_mm", 50, 2'000, 400, "from its lower edge to its upper"),

    text("site", "hours_zh", hours_bytes_max, "", "",
         "when people may come, on the start screen; by default as in hours_en, or nothing"),
    text("site", "hours_en", hours_bytes_max, "", "",
         "the same in English; by default as in hours_zh"),
    text(
        "site", "returns_key", 64, "", "base64 of 32 bytes",
        "dispatch's X25519 public key: who brings books back is sealed to it, so that nothing here "
        "can read it; without it this cabinet takes no returns, nor without a reader of cards"),
    text("site", "returns_elsewhere", 120, "", "",
         "where else books can be returned; the screen says it when there is no space"),

    required(text("output", "chip", label_max, "", "a label, see gpiodetect",
                  "gpiochip numbers change from boot to boot; labels stay")),
    required(of_kind(KeyKind::line, "output", "line", "see gpioinfo")),
    flag("output", "active_low", "false", "true: active is the low level"),
    choice("output", "bias", "as_is", "as_is, disabled, pull_up, pull_down",
           "of the chip's own resistor"),
    choice("output", "drive", "push_pull", "push_pull, open_drain, open_source",
           "how it is driven"),

    required(text("input", "chip", label_max, "", "a label, see gpiodetect",
                  "gpiochip numbers change from boot to boot; labels stay")),
    required(of_kind(KeyKind::line, "input", "line", "see gpioinfo")),
    flag("input", "active_low", "false", "true: active is the low level"),
    choice("input", "bias", "as_is", "as_is, disabled, pull_up, pull_down",
           "of the chip's own resistor"),
    number("input", "debounce_ms", 0, 1'000, 20, "switches bounce; each edge comes later by this"),
});

std::int64_t default_of(const core::LimitRow& row) {
    const core::Limits limits;
    return row.duration == nullptr ? limits.*row.number
                                   : (limits.*row.duration).count() / row.unit_ms;
}

std::vector<KeyRow> with_limits() {
    std::vector<KeyRow> all;
    for (const auto& section : section_table) {
        for (const auto& row : key_table) {
            if (row.section == section.name) all.push_back(row);
        }
        if (section.name != "limits") continue;
        for (const auto& row : core::limit_table()) {
            all.push_back(
                number("limits", row.key, row.least, row.most, default_of(row), row.reason));
        }
    }
    for (const auto& row : key_table) {
        if (row.section == "output" || row.section == "input") all.push_back(row);
    }
    return all;
}

}  // namespace

std::span<const SectionRow> sections() { return section_table; }

std::span<const KeyRow> keys() {
    static const auto all = with_limits();
    return all;
}

std::vector<KeyRow> keys_of(std::string_view section) {
    std::vector<KeyRow> rows;
    std::copy_if(keys().begin(), keys().end(), std::back_inserter(rows),
                 [&](const KeyRow& row) { return row.section == section; });
    return rows;
}

std::string_view unit_of(std::string_view key) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> units{
        {{"_ms", "ms"}, {"_s", "s"}, {"_h", "h"}, {"_mm", "mm"}, {"_mb", "MB"}, {"_d", "d"}}};
    for (const auto& [ending, unit] : units) {
        if (key.ends_with(ending)) return unit;
    }
    return {};
}

std::string with_unit(std::int64_t number, std::string_view key) {
    const auto unit = unit_of(key);
    return unit.empty() ? fmt::format("{}", number) : fmt::format("{} {}", number, unit);
}

std::vector<std::string_view> words_of(std::string_view allowed) {
    std::vector<std::string_view> words;
    while (!allowed.empty()) {
        const auto comma = allowed.find(", ");
        words.push_back(allowed.substr(0, comma));
        if (comma == std::string_view::npos) break;
        allowed.remove_prefix(comma + 2);
    }
    return words;
}

}  // namespace lucheng::daemon
