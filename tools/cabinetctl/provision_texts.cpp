// What provisioning writes for people to read: the cabinets' configuration, who may do what.
#include <array>
#include <fmt/format.h>

#include "tools/cabinetctl/durable_file.hpp"
#include "tools/cabinetctl/provision.hpp"

namespace lucheng::cabinetctl {
namespace {

constexpr std::string_view access_of_cabinets =
    R"(# Made by `cabinetctl provision`; changes here are lost. Read again by mosquitto on SIGHUP.

# A cabinet says what is under its own name, and hears the commands to it.
pattern write {0}/%u/status
pattern write {0}/%u/state
pattern write {0}/%u/reply
pattern write {0}/%u/reply/#
pattern write {0}/%u/event
pattern write {0}/%u/health
pattern read {0}/%u/command
)";

constexpr std::string_view access_of_person = R"(
user {1}
topic read {0}/+/status
topic read {0}/+/state
topic read {0}/+/reply
topic read {0}/+/reply/#
topic read {0}/+/event
topic read {0}/+/health
topic write {0}/+/command
)";

constexpr std::string_view config =
    R"(# Cabinet {id}, made by `cabinetctl provision`. cabinetd.toml(5) tells every key.

[cabinet]
id = "{id}"
help_telephone = "{telephone}"

[broker]
uri = "mqtts://{host}:{port}"
root = "{root}"
ca_file = "{directory}/ca.pem"
certificate_file = "{directory}/cabinet.pem"
private_key_file = "{directory}/cabinet.key"

[secrets]
code_key_file = "{directory}/credentials/code.key"

[kiosk]
port = 8080
control_socket = "/run/cabinetd/control.sock"

{keys}{wiring})";

// One column of the cabinet of 24 that the wiring guide shows, from the top.
struct Row {
    const char* size;
    int height_mm;
};
constexpr std::array<Row, 8> column{{{"small", 1780},
                                     {"small", 1630},
                                     {"small", 1480},
                                     {"medium", 1230},
                                     {"medium", 980},
                                     {"medium", 730},
                                     {"small", 580},
                                     {"large", 230}}};
constexpr int columns = 3;

std::string wiring_of_24() {
    std::string text;
    int number = 0;
    for (int i = 0; i < columns; ++i) {
        for (const auto& row : column) {
            ++number;
            text += fmt::format(
                "[[compartment]]\nnumber = {0}\nsize = \"{1}\"\nheight_mm = {2}\n"
                "lock = {{ chip = \"mcp23017\", line = \"lock-{0:02}\" }}\n"
                "door = {{ chip = \"mcp23017\", line = \"door-{0:02}\", bias = \"pull_up\" }}\n"
                "sensor = {{ chip = \"mcp23017\", line = \"sensor-{0:02}\", active_low = true, "
                "debounce_ms = 50 }}\n\n",
                number, row.size, row.height_mm);
        }
    }
    return text;
}

}  // namespace

std::string Provision::access_list() const {
    auto text = fmt::format(access_of_cabinets, fleet_.root);
    text += fmt::format(access_of_person, fleet_.root, fleet_.dispatch);
    for (const auto& name : fleet_.operators) {
        text += fmt::format(access_of_person, fleet_.root, name);
    }
    // A connection that stands is not ended by the list of revoked certificates: this mutes it.
    for (const auto& name : fleet_.decommissioned) {
        text += fmt::format("\nuser {}\ntopic deny #\n", name);
    }
    return text;
}

std::string Provision::trusted_keys() const {
    std::string keys = text_of_file(folder_ / "authority/key.toml") + '\n' +
                       text_of_file(folder_ / "dispatch/key.toml") + '\n';
    for (const auto& name : fleet_.operators) {
        keys += text_of_file(folder_ / person_folder(name) / "key.toml") + '\n';
    }
    return keys;
}

std::string Provision::cabinet_config(const std::string& id) const {
    auto directory = fleet_.cabinet_directory;
    if (const auto at = directory.find("{cabinet}"); at != std::string::npos) {
        directory.replace(at, std::string_view{"{cabinet}"}.size(), id);
    }
    const auto wiring = text_of_file(folder_ / "wiring.toml");
    const auto& host = fleet_.hosts.front();
    const bool six = host.find(':') != std::string::npos;
    return fmt::format(config, fmt::arg("id", id), fmt::arg("telephone", fleet_.telephone),
                       fmt::arg("host", six ? "[" + host + "]" : host),
                       fmt::arg("port", fleet_.port), fmt::arg("root", fleet_.root),
                       fmt::arg("directory", directory), fmt::arg("keys", trusted_keys()),
                       fmt::arg("wiring", wiring.empty() ? wiring_of_24() : wiring));
}

}  // namespace lucheng::cabinetctl
