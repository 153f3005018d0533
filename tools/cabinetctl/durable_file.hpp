// Files that are whole or not there, whatever happens while they are written.
#pragma once

#include <filesystem>
#include <string>

namespace lucheng::cabinetctl {

// Written beside its place, synced, and moved there; readable by its owner alone when secret.
void write_durably(const std::filesystem::path& file, const std::string& text, bool secret);
// Empty: there is none. Throws Failure when it cannot be read.
[[nodiscard]] std::string text_of_file(const std::filesystem::path& file);
void make_folder(const std::filesystem::path& folder);  // for its owner alone, with those above it

}  // namespace lucheng::cabinetctl
