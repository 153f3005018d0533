// A small file system of its own that can be frozen: every write to it then waits, and whoever
// waits cannot be killed.
#pragma once

#include <filesystem>

namespace lucheng::hal {

class FrozenDisk {
public:
    // Throws std::runtime_error when this machine cannot mount one.
    FrozenDisk();
    ~FrozenDisk();
    FrozenDisk(const FrozenDisk&) = delete;
    FrozenDisk& operator=(const FrozenDisk&) = delete;

    void freeze();
    void thaw();
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

private:
    std::filesystem::path directory_;
    int fd_ = -1;
    bool frozen_ = false;
};

}  // namespace lucheng::hal
