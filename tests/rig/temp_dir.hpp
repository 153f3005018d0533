#pragma once

#include <filesystem>
#include <string_view>

namespace lucheng::rig {

// A directory of its own below TMPDIR, gone with the object. With KEEP_TEMP set it stays, and its
// name goes to stderr, so that a failed run can be looked into.
class TempDir {
public:
    explicit TempDir(std::string_view purpose = "rig");
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

}  // namespace lucheng::rig
