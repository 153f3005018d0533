// Reading a file that a person wrote: whole, bounded, and with the reason when it cannot be read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <sys/types.h>

namespace lucheng::tls {

struct SmallFile {
    std::string bytes{};
    mode_t mode = 0;        // as of the open file, so that nobody can swap it in between
    std::string trouble{};  // why it was not read; empty: it was
};

// Never waits on a pipe or a device: only a regular file is read.
[[nodiscard]] SmallFile read_small_file(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace lucheng::tls
