// A directory of this process, in memory where the machine has such a place; gone with the process.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace lucheng::fuzz {

class Scratch {
public:
    Scratch() {
        std::error_code none;
        std::string name = std::filesystem::is_directory("/dev/shm", none)
                               ? std::string{"/dev/shm"}
                               : std::filesystem::temp_directory_path().string();
        name += "/lucheng-fuzz.";
        name.append(6, 'X');  // which mkdtemp replaces
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace lucheng::fuzz
