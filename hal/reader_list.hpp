// What this machine has of readers, beside those that are configured: for people.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hal/reader_device.hpp"

namespace lucheng::hal {

struct ReaderList {
    std::string text;
    bool all_there = true;  // those that are configured
};
[[nodiscard]] ReaderList list_readers(const std::vector<ReaderPlace>& wanted,
                                      const InputFolders& inputs = {},
                                      const std::filesystem::path& serial = "/dev/serial");

}  // namespace lucheng::hal
