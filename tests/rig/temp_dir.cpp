#include "tests/rig/temp_dir.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>
#include <string>
#include <system_error>

namespace lucheng::rig {

TempDir::TempDir(std::string_view purpose) {
    std::string name =
        (std::filesystem::temp_directory_path() / fmt::format("lucheng-{}-XXXXXX", purpose))
            .string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
    }
    path_ = name;
}

TempDir::~TempDir() {
    if (std::getenv("KEEP_TEMP") != nullptr) {
        fmt::print(stderr, "kept: {}\n", path_.string());
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace lucheng::rig
