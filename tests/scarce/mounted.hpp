// A file system that is there as long as the object.
#pragma once

#include <string>

#include "tests/rig/temp_dir.hpp"

namespace lucheng::scarce {

class Mounted {
public:
    // Of a kind that needs no device: tmpfs, cgroup2. Throws std::system_error.
    Mounted(const std::string& kind, const std::string& options);
    ~Mounted();
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

private:
    rig::TempDir directory_{"mounted"};
};

}  // namespace lucheng::scarce
