#include "daemon/kiosk_site.hpp"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace lucheng::daemon {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t bytes_max = 2'000'000;  // they stay in memory, which is small

const std::string packed_extension = ".gz";

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> types{{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
}};

std::string_view type_of(const fs::path& file) {
    const auto extension = file.extension().string();
    for (const auto& [known, type] : types) {
        if (extension == known) return type;
    }
    return {};
}

std::shared_ptr<const std::string> bytes_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) throw std::system_error{errno, std::generic_category(), file.string()};
    return std::make_shared<const std::string>(std::istreambuf_iterator<char>{in},
                                               std::istreambuf_iterator<char>{});
}

}  // namespace

KioskSite::KioskSite(const fs::path& directory) {
    if (directory.empty() || !fs::is_directory(directory)) return;
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator{directory}) {
        if (!entry.is_regular_file()) continue;
        const auto type = type_of(entry.path());
        if (type.empty()) continue;
        bytes += entry.file_size();
        if (bytes > bytes_max) {
            throw std::runtime_error{
                fmt::format("{}: the page has more than {} bytes", directory.string(), bytes_max)};
        }
        const auto path = "/" + entry.path().lexically_relative(directory).generic_string();
        File file{type, bytes_of(entry.path())};
        const fs::path packed = entry.path().native() + packed_extension;
        if (fs::is_regular_file(packed)) file.gzip = bytes_of(packed);
        files_.emplace(path, std::move(file));
    }
}

const KioskSite::File* KioskSite::find(std::string_view path) const {
    const auto found = files_.find(path == "/" ? std::string_view{"/index.html"} : path);
    return found == files_.end() ? nullptr : &found->second;
}

}  // namespace lucheng::daemon
