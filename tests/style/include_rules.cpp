// The arrows: protocol <- core <- db, hal <- daemon; tools and pages see the protocol alone. What
// daemon and tools both know of a broker's address and certificates is in tls.
#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "tests/style/rules.hpp"

namespace lucheng::style {

namespace {

struct Layer {
    std::string_view folder;                      // the first that fits a path is its layer
    std::array<std::string_view, 7> may_include;  // folders of this tree
    std::string_view why;
};

constexpr std::array<Layer, 11> layers{{
    {"hal/keeper/", {"hal/keeper/"}, "the lock keeper stands alone: its memory is locked"},
    {"protocol/", {"protocol/"}, "the protocol knows nobody"},
    {"tls/", {"tls/", "protocol/"}, "certificates and addresses know the protocol alone"},
    {"core/", {"core/", "protocol/"}, "the core knows the protocol alone"},
    {"db/", {"db/", "core/", "protocol/"}, "storage knows the core, never the hardware"},
    {"hal/", {"hal/", "core/", "protocol/"}, "hardware knows the core, never storage"},
    {"daemon/",
     {"daemon/", "db/", "hal/", "core/", "tls/", "protocol/", "lucheng/"},
     "the daemon does not depend on tools or tests"},
    {"tools/bench/",
     {"tools/", "hal/", "core/", "tls/", "protocol/", "lucheng/", "tests/rig/"},
     "a bench measures a cabinet from outside: its wire and its world"},
    {"tools/",
     {"tools/", "tls/", "protocol/", "lucheng/"},
     "tools speak to a cabinet over the protocol"},
    {"tests/slow_disk/", {"tests/slow_disk/"}, "it is loaded into other programs"},
    {"tests/rig/",
     {"tests/rig/", "tests/slow_disk/", "protocol/"},
     "the rig sees a cabinet from outside"},
}};

// Nothing here does I/O, starts a thread, reads a clock or rolls dice.
const std::set<std::string_view>& pure_headers() {
    static const std::set<std::string_view> headers{
        "algorithm",  "array",        "bit",       "bitset",        "cassert",
        "cctype",     "charconv",     "chrono",    "climits",       "cmath",
        "compare",    "concepts",     "cstddef",   "cstdint",       "cstdlib",
        "cstring",    "deque",        "exception", "functional",    "iterator",
        "limits",     "list",         "map",       "memory",        "new",
        "numeric",    "optional",     "queue",     "ratio",         "set",
        "span",       "stdexcept",    "string",    "string_view",   "system_error",
        "tuple",      "type_traits",  "typeindex", "unordered_map", "unordered_set",
        "utility",    "variant",      "vector",    "version",       "initializer_list",
        "fmt/core.h", "fmt/format.h",
    };
    return headers;
}

struct Include {
    std::string path;
    bool quoted = false;
};

// Of a line like: #include "core/cabinet.hpp"
bool read_include(const std::string& code, const std::string& raw, Include& include) {
    const std::size_t hash = code.find_first_not_of(' ');
    if (hash == std::string::npos || code[hash] != '#') return false;
    const std::size_t word = code.find_first_not_of(' ', hash + 1);
    if (word == std::string::npos || code.compare(word, 7, "include") != 0) return false;
    const std::size_t open = raw.find_first_of("<\"", word);
    if (open == std::string::npos) return false;
    const std::size_t close = raw.find_first_of(">\"", open + 1);
    if (close == std::string::npos) return false;
    include = {raw.substr(open + 1, close - open - 1), raw[open] == '"'};
    return true;
}

const Layer* layer_of(std::string_view path) {
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) {
        return path.starts_with(layer.folder);
    });
    return found == layers.end() ? nullptr : &*found;
}

bool may_include(const Layer& layer, std::string_view path) {
    return std::any_of(layer.may_include.begin(), layer.may_include.end(),
                       [&](auto folder) { return !folder.empty() && path.starts_with(folder); });
}

std::string arrow_trouble(std::string_view path, const Include& include) {
    if (!include.quoted) return {};
    if (include.path.starts_with("..")) return "name a file from the top of the tree";
    if (include.path.find('/') == std::string::npos) return {};  // a neighbour in the same folder
    const Layer* const layer = layer_of(path);
    if (layer == nullptr || may_include(*layer, include.path)) return {};
    return std::string{layer->why};
}

// The codec's own files know JSON. Tests and tools read and write it as anybody on the wire does.
std::string json_trouble(std::string_view path, const Include& include) {
    if (path.starts_with("tests/") || path.starts_with("tools/")) return {};
    const bool codec = path.starts_with("protocol/codec_") || path == "protocol/codec.cpp";
    const bool json = include.path.starts_with("boost/json");
    const bool part_of_codec = include.path == "protocol/codec_json.hpp";
    if (codec || (!json && !part_of_codec)) return {};
    return "JSON is known to protocol/codec alone";
}

std::string purity_trouble(std::string_view path, const Include& include) {
    const bool pure = path.starts_with("core/");
    if (pure && !include.quoted && !pure_headers().contains(include.path)) {
        return "the core has no I/O, threads, clocks, randomness, storage or JSON";
    }
    static const std::set<std::string_view> moving{
        "atomic",   "condition_variable", "fstream",  "future",
        "iostream", "filesystem",         "mutex",    "random",
        "thread",   "sqlite3.h",          "unistd.h",
    };
    if (path.starts_with("protocol/") && moving.contains(include.path)) {
        return "the protocol has no I/O and no state";
    }
    return {};
}

std::string storage_trouble(std::string_view path, const Include& include) {
    // The dispatcher's ledger is dispatch's own; it knows nothing of the cabinet's.
    const bool allowed = path.starts_with("db/") || path.starts_with("tests/") ||
                         path.starts_with("tools/bench/") ||
                         path.starts_with("tools/dispatcher/ledger.");
    if (include.path != "sqlite3.h" || allowed) return {};
    return "SQLite is known to db alone";
}

}  // namespace

void check_includes(std::string_view path, const SourceText& source, Violations& found) {
    for (std::size_t i = 0; i < source.code.size(); ++i) {
        Include include;
        if (!read_include(source.code[i], source.raw[i], include)) continue;
        for (const auto& trouble :
             {arrow_trouble(path, include), json_trouble(path, include),
              purity_trouble(path, include), storage_trouble(path, include)}) {
            if (trouble.empty()) continue;
            found.push_back({std::string{path}, i + 1, "include of " + include.path, trouble});
        }
    }
}

}  // namespace lucheng::style
