// The page's files, read once at start: no request reaches the file system.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace lucheng::daemon {

class KioskSite {
public:
    struct File {
        std::string_view type;
        std::shared_ptr<const std::string> bytes;
        std::shared_ptr<const std::string> gzip{};  // what lies beside it as name.gz; null: nothing
    };
    // Takes files of known kinds, to a limit of 2 MB together. Throws std::runtime_error when
    // there is more, std::system_error when one cannot be read. No such directory: no page.
    explicit KioskSite(const std::filesystem::path& directory);
    // Null: no such file. "/" is index.html.
    [[nodiscard]] const File* find(std::string_view path) const;

private:
    std::map<std::string, File, std::less<>> files_;
};

}  // namespace lucheng::daemon
