#include "daemon/config.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include "daemon/config_sections.hpp"
#include "protocol/digest.hpp"
#include "protocol/sodium_ready.hpp"
#include "tls/small_file.hpp"

namespace lucheng::daemon {
namespace {

constexpr std::size_t file_bytes_max = 262'144;  // 96 compartments with all lines take 60 KiB
constexpr std::size_t keys_max = 64;

void check_sections(const Value& root, Problems& problems) {
    std::vector<std::string_view> known;
    for (const auto& row : sections()) {
        known.push_back(row.name);
        if (!row.required || root.find(row.name) != nullptr) continue;
        const bool repeated = row.shape == SectionShape::repeated;
        problems.add({}, repeated ? fmt::format("[[{}]] is missing: {}", row.name, row.what)
                                  : fmt::format("[{}] is missing: {}", row.name, row.what));
    }
    for (const auto& item : root.items) {
        if (std::find(known.begin(), known.end(), item.key) != known.end()) continue;
        const bool section = item.shape == Shape::table || item.shape == Shape::list;
        problems.add(item.key_at, fmt::format("{} is not a known {}; {}", printable(item.key),
                                              section ? "section" : "key, and no section is open",
                                              instead_of(item.key, known)));
    }
}

void read_cabinet(const Value& root, Config& config, Problems& problems) {
    const Table table{section_of(root, "cabinet", problems), "cabinet", "cabinet.", problems};
    if (table.has("id")) config.cabinet.id = protocol::CabinetId::of(table.text("id"));
    config.name = table.has("name") ? table.text("name") : config.cabinet.id.str();
    config.help_telephone = table.text("help_telephone");
    if (config.help_telephone.find_first_not_of("0123456789 +-()") != std::string::npos) {
        table.refuse("help_telephone", "allowed are digits, spaces and + - ( )");
    }
    config.state_directory = table.text("state_directory");
}

std::optional<protocol::PublicKey> public_key(const std::string& text) {
    protocol::sodium_ready();
    const auto bytes = protocol::from_base64(text);
    protocol::PublicKey key{};
    if (!bytes || bytes->size() != key.size()) return std::nullopt;
    std::transform(bytes->begin(), bytes->end(), key.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    return key;
}

struct ReadKey {
    protocol::TrustedKey key;
    Place at{};
};

void refuse_doubles(const Table& table, const protocol::TrustedKey& key,
                    const std::vector<ReadKey>& earlier) {
    for (const auto& other : earlier) {
        if (table.has("id") && other.key.id == key.id) {
            table.refuse("id", fmt::format("the key at line {} has this id too", other.at.line));
        }
        if (table.has("public_key") && other.key.key == key.key) {
            table.refuse("public_key",
                         fmt::format("the key at line {} is the same: one key, one id and one role",
                                     other.at.line));
        }
    }
}

void read_keys(const Value& root, Config& config, Problems& problems) {
    std::vector<ReadKey> read;
    bool dispatch = false;
    const auto tables = tables_of(root, "key", problems);
    for (const auto* value : tables) {
        const auto* id = value->find("id");
        const bool named = id != nullptr && id->shape == Shape::text;
        const Table table{value, "key",
                          named ? fmt::format("key {}: ", printable(id->text))
                                : fmt::format("[[key]] no. {}: ", read.size() + 1),
                          problems};
        protocol::TrustedKey key;
        if (table.has("id")) key.id = protocol::KeyId::of(table.text("id"));
        key.role = protocol::role_of(table.text("role")).value_or(protocol::Role::dispatch);
        dispatch = dispatch || !table.has("role") || key.role == protocol::Role::dispatch;
        if (const auto bytes = public_key(table.text("public_key"))) {
            key.key = *bytes;
            refuse_doubles(table, key, read);
            if (!protocol::is_public_key(key.key)) {
                table.refuse("public_key", "no Ed25519 public key has these bytes");
            }
        } else if (table.has("public_key")) {
            table.refuse("public_key", "base64 of 32 bytes is expected, 44 characters");
        }
        read.push_back({key, value->at});
        config.keys.push_back(std::move(key));
    }
    if (!tables.empty() && !dispatch) {
        problems.add({},
                     "no [[key]] has the role dispatch, so nothing could ever be assigned here");
    }
    if (tables.size() > keys_max) {
        problems.add(tables[keys_max]->at, fmt::format("{} keys; allowed are {}: every command is "
                                                       "tried against one of them",
                                                       tables.size(), keys_max));
    }
}

void read_kiosk(const Value& root, Config& config, Problems& problems) {
    const Table table{section_of(root, "kiosk", problems), "kiosk", "kiosk.", problems};
    config.kiosk_address = table.text("address");
    if (!is_loopback(config.kiosk_address, false)) {
        table.refuse("address", fmt::format("an address of the loopback is expected, 127.0.0.1 or "
                                            "::1 ({})",
                                            "whoever reaches it can type codes"));
    }
    config.kiosk_port = static_cast<std::uint16_t>(table.number("port"));
    config.kiosk_sounds = table.flag("sounds");
    config.control_socket = table.text("control_socket");
}

void read_site(const Value& root, Config& config, Problems& problems) {
    const Table table{section_of(root, "site", problems), "site", "site.", problems};
    config.hours.chinese = table.text("hours_zh");
    config.hours.english = table.text("hours_en");
    config.cabinet.returns_elsewhere = table.text("returns_elsewhere");
    if (!table.has("returns_key")) return;
    config.returns_key = protocol::sealing_key_of(table.text("returns_key"));
    config.cabinet.takes_returns = config.returns_key.has_value();
    if (!config.returns_key) {
        table.refuse("returns_key",
                     "the base64 of an X25519 public key is expected, 44 characters");
    }
}

void read_secrets(const Value& root, LoadedConfig& loaded, Problems& problems) {
    const Table table{section_of(root, "secrets", problems), "secrets", "secrets.", problems};
    loaded.config.code_key_file = table.text("code_key_file");
    note_file(table, "code_key_file", FileUse::code_key, loaded.files);
}

void read_clock_and_log(const Value& root, Config& config, Problems& problems) {
    const Table clock{section_of(root, "clock", problems), "clock", "clock.", problems};
    config.clock = clock.text("source") == "assume" ? ClockSource::assume : ClockSource::kernel;
    const Table log{section_of(root, "log", problems), "log", "log.", problems};
    config.log_level = log.text("level");
}

}  // namespace

const Value* section_of(const Value& root, std::string_view name, Problems& problems) {
    const auto* value = root.find(name);
    if (value == nullptr || value->shape == Shape::table) return value;
    problems.add(value->key_at, fmt::format("{0} must be one section, written [{0}]", name));
    return nullptr;
}

std::vector<const Value*> tables_of(const Value& root, std::string_view name, Problems& problems) {
    const auto* value = root.find(name);
    std::vector<const Value*> tables;
    if (value == nullptr) return tables;
    bool right = value->shape == Shape::list;
    for (const auto& item : value->items) right = right && item.shape == Shape::table;
    if (!right) {
        problems.add(value->key_at,
                     fmt::format("{0} may stand more than once, so it is written [[{0}]]", name));
        return tables;
    }
    for (const auto& item : value->items) tables.push_back(&item);
    return tables;
}

void note_file(const Table& table, std::string_view key, FileUse use,
               std::vector<NamedFile>& files) {
    if (table.text(key).empty()) return;
    files.push_back({.key = table.prefix() + std::string{key},
                     .path = table.text(key),
                     .line = table.at(key).line,
                     .column = table.at(key).column,
                     .use = use});
}

bool is_loopback(const std::string& host, bool names) {
    in_addr four{};
    in6_addr six{};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24U == 127U;
    if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six) != 0;
    return names && host == "localhost";
}

LoadedConfig load_config(const std::filesystem::path& file, bool simulate) {
    LoadedConfig loaded;
    Problems problems{file.string()};
    const auto content = tls::read_small_file(file, file_bytes_max);
    const auto document = content.trouble.empty() ? parse_document(content.bytes) : Document{};
    if (!content.trouble.empty()) {
        problems.add({}, content.trouble);
    } else if (!document.trouble.empty()) {
        problems.add(document.trouble_at, document.trouble);
    } else {
        check_sections(document.root, problems);
        read_cabinet(document.root, loaded.config, problems);
        read_broker(document.root, loaded, problems);
        read_keys(document.root, loaded.config, problems);
        read_kiosk(document.root, loaded.config, problems);
        read_site(document.root, loaded.config, problems);
        read_secrets(document.root, loaded, problems);
        read_clock_and_log(document.root, loaded.config, problems);
        read_compartments(document.root, simulate, loaded.config, problems);
        loaded.config.cabinet.cards_by_hand = simulate;
        read_front(document.root, loaded.config, problems);
        read_readers(document.root, loaded.config, problems);
        read_limits(document.root, loaded.config, problems);
    }
    loaded.problems = std::move(problems).in_order();
    return loaded;
}

std::string describe(const Problem& problem) {
    if (problem.line == 0) return fmt::format("{}: {}", problem.file, problem.message);
    return fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
}

}  // namespace lucheng::daemon
