// The files that TLS needs, as they lie there now: what is wrong with them, until when they serve.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/time.hpp"

namespace lucheng::tls {

// How the reader of a sentence knows our side: by default as cabinetd's configuration names it.
struct Names {
    std::string_view our_certificate = "the cabinet's certificate";
    std::string_view certificate = "broker.certificate_file";
    std::string_view ca = "broker.ca_file";
    std::string_view uri = "broker.uri";
};

struct Files {
    std::filesystem::path ca{}, certificate{}, private_key{};  // any may be empty
    Names names{};
};

struct Expiry {
    std::string what;  // as in: `what` expires on
    protocol::WallTime at{};
};

struct Trouble {
    std::string_view key;  // of [broker]: ca_file, certificate_file, private_key_file
    std::string why;       // a sentence that names the file
    // With such files no connection can be tried; with the others the broker decides.
    bool hopeless = false;
};

struct Reading {
    std::vector<Trouble> troubles{};
    std::vector<Expiry> expiries{};  // of the cabinet's own certificate, and of the authority's
};

// May wait for the disk. Never asks for a passphrase.
[[nodiscard]] Reading read_files(const Files& files, protocol::WallTime now);

// Changes whenever one of the files is replaced or rewritten.
struct FileStamp {
    std::uint64_t inode = 0, size = 0;
    std::int64_t changed_s = 0, changed_ns = 0;
    bool operator==(const FileStamp&) const = default;
};
using Stamp = std::array<FileStamp, 4>;  // ca, certificate, private key, password
[[nodiscard]] Stamp stamp_of(const Files& files, const std::filesystem::path& password);

// Whole days from `now` to the first of them, rounded down; 0: today, or it is over.
[[nodiscard]] std::optional<std::uint64_t> days_left(const std::vector<Expiry>& expiries,
                                                     protocol::WallTime now);

}  // namespace lucheng::tls
