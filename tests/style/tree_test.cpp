#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/style/rules.hpp"

namespace fs = std::filesystem;
using namespace lucheng::style;  // NOLINT(google-build-using-namespace)

namespace {

// Built, fetched, or kept by git: nobody wrote these by hand.
bool is_foreign(const fs::path& folder) {
    static constexpr std::array<std::string_view, 6> names{"build", ".git",   "node_modules",
                                                           "dist",  ".cache", "__pycache__"};
    return std::find(names.begin(), names.end(), folder.filename().string()) != names.end();
}

bool is_checked(const std::string& path) {
    static constexpr std::array<std::string_view, 9> endings{
        "CMakeLists.txt", ".cmake", ".md", ".service", ".conf", ".toml", ".example", ".tsx", ".ts"};
    return is_cpp(path) || is_shell(path) ||
           std::any_of(endings.begin(), endings.end(),
                       [&](auto ending) { return path.ends_with(ending); });
}

std::string read(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

struct Tree {
    std::size_t files = 0;
    Violations found;
};

Tree check_tree(const fs::path& top) {
    Tree tree;
    for (auto entry = fs::recursive_directory_iterator{top}; entry != fs::end(entry); ++entry) {
        if (entry->is_directory() && is_foreign(entry->path())) {
            entry.disable_recursion_pending();
        }
        const std::string path = fs::relative(entry->path(), top).generic_string();
        if (!entry->is_regular_file() || !is_checked(path)) continue;
        ++tree.files;
        const Violations found = check_file(path, read(entry->path()));
        tree.found.insert(tree.found.end(), found.begin(), found.end());
    }
    return tree;
}

}  // namespace

TEST_CASE("the tree keeps the rules of style") {
    const Tree tree = check_tree(LUCHENG_SOURCE_DIR);
    // Not by INFO, which would break the lines an editor can jump to.
    for (const Violation& violation : tree.found) std::puts(violation.text().c_str());
    CHECK(tree.found.empty());
    CHECK(tree.files > 20);  // it looked at something
}
