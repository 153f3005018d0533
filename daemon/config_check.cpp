#include "daemon/config_check.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <sys/stat.h>

#include "daemon/clock.hpp"
#include "daemon/config_table.hpp"
#include "daemon/credentials.hpp"
#include "daemon/exit_codes.hpp"
#include "tls/files.hpp"
#include "tls/small_file.hpp"

namespace lucheng::daemon {
namespace {

constexpr std::size_t named_file_bytes_max =
    1'048'576;  // a system's bundle of authorities is 220 KB

// Empty: nothing is wrong.
std::string trouble_with(const NamedFile& file) {
    if (file.use == FileUse::code_key) {
        const auto key = read_code_key(code_key_path(file.path));
        const auto* none = std::get_if<NoKey>(&key);
        return none == nullptr ? std::string{} : none->why;
    }
    const auto content = tls::read_small_file(file.path, named_file_bytes_max);
    if (!content.trouble.empty()) return fmt::format("{} {}", file.path.string(), content.trouble);
    if (content.bytes.empty()) return fmt::format("{} is empty", file.path.string());
    if (file.use == FileUse::secret && (content.mode & S_IRWXO) != 0) {
        return fmt::format("{} has mode {:04o}, so everybody can read or change it: chmod o= it",
                           file.path.string(), content.mode & 07777U);
    }
    return {};
}

std::string plural(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string summary_of(const Config& config) {
    const auto& all = config.cabinet.compartments;
    const auto of_size = [&](protocol::SizeClass size) {
        return std::count_if(all.begin(), all.end(),
                             [&](const auto& compartment) { return compartment.size == size; });
    };
    return fmt::format("cabinet {}: {} ({} small, {} medium, {} large), {}, {}",
                       config.cabinet.id.str(), plural(all.size(), "compartment"),
                       of_size(protocol::SizeClass::small), of_size(protocol::SizeClass::medium),
                       of_size(protocol::SizeClass::large), plural(config.keys.size(), "key"),
                       config.link.uri);
}

}  // namespace

std::vector<Problem> check_files(const LoadedConfig& loaded,
                                 const std::filesystem::path& config_file) {
    std::vector<Problem> problems;
    for (const auto& file : loaded.files) {
        const auto trouble = trouble_with(file);
        if (trouble.empty()) continue;
        problems.push_back({.file = config_file.string(),
                            .line = file.line,
                            .column = file.column,
                            .message = fmt::format("{}: {}", file.key, trouble)});
    }
    // Files that cannot be read are named already.
    if (!problems.empty()) return problems;
    const auto& link = loaded.config.link;
    const auto reading = tls::read_files({.ca = link.ca_file,
                                          .certificate = link.certificate_file,
                                          .private_key = link.private_key_file},
                                         wall_time());
    for (const auto& trouble : reading.troubles) {
        const auto key = fmt::format("broker.{}", trouble.key);
        const auto file = std::find_if(loaded.files.begin(), loaded.files.end(),
                                       [&](const NamedFile& named) { return named.key == key; });
        if (file == loaded.files.end()) continue;
        problems.push_back({.file = config_file.string(),
                            .line = file->line,
                            .column = file->column,
                            .message = fmt::format("{}: {}", key, trouble.why)});
    }
    return problems;
}

Farewell refuse_to_start(const std::vector<Problem>& problems) {
    Farewell farewell{.exit_code = exit_code::config};
    for (const auto& problem : problems) farewell.text += describe(problem) + '\n';
    farewell.text += plural(problems.size(), "problem") + '\n';
    return farewell;
}

Farewell check_config(const std::filesystem::path& config_file, bool simulate) {
    auto loaded = load_config(config_file, simulate);
    auto in_files = check_files(loaded, config_file);
    loaded.problems.insert(loaded.problems.end(), in_files.begin(), in_files.end());
    sort_by_place(loaded.problems);
    if (!loaded.problems.empty()) return refuse_to_start(loaded.problems);
    return {.text = fmt::format("{}: {}\n", config_file.string(), summary_of(loaded.config))};
}

}  // namespace lucheng::daemon
