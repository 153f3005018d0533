#include "daemon/credentials.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "protocol/sodium_ready.hpp"
#include "tls/small_file.hpp"

namespace lucheng::daemon {
namespace {

using protocol::Digest;

constexpr std::size_t file_bytes_max = 256;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

void wipe(std::string& text) { ::sodium_memzero(text.data(), text.size()); }

// 32 random bytes are never all printable: 32 characters are a password, or half of a key.
bool is_text(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) {
        return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
    });
}

std::optional<Digest> key_in(std::string_view bytes) {
    Digest key{};
    if (bytes.size() == key.size() && !is_text(bytes)) {
        std::transform(bytes.begin(), bytes.end(), key.begin(),
                       [](char c) { return static_cast<std::uint8_t>(c); });
        return key;
    }
    const auto text = trimmed(bytes);
    if (auto from_hex = protocol::digest_from_hex(text)) return from_hex;
    auto decoded = protocol::from_base64(text);
    if (!decoded) return std::nullopt;
    const auto found = decoded->size() == key.size() ? key_in(*decoded) : std::nullopt;
    wipe(*decoded);
    return found;
}

std::string trouble_with(const std::filesystem::path& file) {
    return fmt::format("{} cannot be made: {}", file.string(),
                       std::system_category().message(errno));
}

bool write_durably(int fd, std::string_view text) {
    return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           ::fsync(fd) == 0;
}

bool sync_directory_of(const std::filesystem::path& file) {
    const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
    const int fd = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool synced = ::fsync(fd) == 0;
    ::close(fd);
    return synced;
}

}  // namespace

std::filesystem::path code_key_path(const std::filesystem::path& configured) {
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr) return configured;
    auto given = std::filesystem::path{directory} / "code-key";
    std::error_code ignored;
    return std::filesystem::exists(given, ignored) ? given : configured;
}

std::variant<protocol::CodeKey, NoKey> read_code_key(const std::filesystem::path& file) {
    auto content = tls::read_small_file(file, file_bytes_max);
    if (!content.trouble.empty()) {
        return NoKey{fmt::format("the code key {} {}", file.string(), content.trouble)};
    }
    auto key = key_in(content.bytes);
    wipe(content.bytes);
    if ((content.mode & (S_IRWXO | S_IWGRP)) != 0) {
        return NoKey{
            fmt::format("the code key {} has mode {:04o}, so others than its owner can "
                        "read or change it: chmod 0600 it, and make a new one if anybody "
                        "had access",
                        file.string(), content.mode & 07777U)};
    }
    const bool plain = key && std::all_of(key->begin(), key->end(),
                                          [&](std::uint8_t byte) { return byte == key->front(); });
    if (!key || plain) {
        return NoKey{
            fmt::format("the code key {} must hold 32 random bytes as 64 hexadecimal "
                        "digits, as base64 or as they are{}",
                        file.string(), plain ? "; this one is not random" : "")};
    }
    protocol::CodeKey made{*key};
    ::sodium_memzero(key->data(), key->size());
    return made;
}

std::string make_code_key(const std::filesystem::path& file) {
    protocol::sodium_ready();
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return trouble_with(file);
    Digest key{};
    ::randombytes_buf(key.data(), key.size());
    auto text = protocol::hex(key) + '\n';
    const bool written = write_durably(fd, text);
    const auto trouble = written ? std::string{} : trouble_with(file);
    ::sodium_memzero(key.data(), key.size());
    wipe(text);
    ::close(fd);
    if (!written) ::unlink(file.c_str());
    if (written && !sync_directory_of(file)) return trouble_with(file);
    return trouble;
}

}  // namespace lucheng::daemon
