// The parts of load_config(), by section. Only config*.cpp include this.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/config.hpp"
#include "daemon/config_document.hpp"
#include "daemon/config_table.hpp"

namespace lucheng::daemon {

// One [section], or none. Reports [[section]] and `section = 1`.
[[nodiscard]] const Value* section_of(const Value& root, std::string_view name, Problems& problems);
// All tables of [[section]]. Reports [section] and `section = 1`.
[[nodiscard]] std::vector<const Value*> tables_of(const Value& root, std::string_view name,
                                                  Problems& problems);
// Remembers the file that the key names, by default too, for check_files().
void note_file(const Table& table, std::string_view key, FileUse use,
               std::vector<NamedFile>& files);

// 127.0.0.0/8, ::1; with `names` also localhost.
[[nodiscard]] bool is_loopback(const std::string& host, bool names);

// [broker]; wants the cabinet's id already in the config.
void read_broker(const Value& root, LoadedConfig& loaded, Problems& problems);
// [[compartment]], [[bank]], [buzzer], [mains_fail], [tamper]
void read_compartments(const Value& root, bool simulate, Config& config, Problems& problems);
// [screen]; wants the compartments and their columns already in the config.
void read_front(const Value& root, Config& config, Problems& problems);
// [[reader]], [[format]]
void read_readers(const Value& root, Config& config, Problems& problems);
// [limits]; wants the compartments already in the config.
void read_limits(const Value& root, Config& config, Problems& problems);

}  // namespace lucheng::daemon
