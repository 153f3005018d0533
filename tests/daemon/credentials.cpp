#include "daemon/credentials.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <sys/stat.h>

#include "tests/daemon/config_rig.hpp"

namespace lucheng::daemon {
namespace {

using protocol::CodeKey;

constexpr auto bytes = [] {
    protocol::Digest key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 7 + 1);
    return key;
}();

struct KeyFile {
    rig::TempDir directory{"code-key"};
    std::filesystem::path path = directory / "code.key";

    void write(std::string_view text, mode_t mode = 0600) const {
        std::filesystem::remove(path);
        test::write_file(path, text);
        REQUIRE(::chmod(path.c_str(), mode) == 0);
    }
    // Empty: it is the key of the test.
    [[nodiscard]] std::string trouble() const {
        const auto read = read_code_key(path);
        if (const auto* none = std::get_if<NoKey>(&read)) {
            auto why = none->why;
            const auto at = why.find(path.string());
            REQUIRE(at != std::string::npos);
            return why.replace(at, path.string().size(), "FILE");
        }
        CHECK(std::get<CodeKey>(read).hash("code", "1") == CodeKey{bytes}.hash("code", "1"));
        return {};
    }
};

TEST_CASE("a code key is read as hexadecimal, as base64 and as it is") {
    const KeyFile file;
    file.write(protocol::hex(bytes));
    CHECK(file.trouble().empty());
    file.write(" " + protocol::hex(bytes) + "\r\n");
    CHECK(file.trouble().empty());
    file.write(protocol::base64(bytes) + "\n");
    CHECK(file.trouble().empty());
    file.write(std::string{bytes.begin(), bytes.end()});
    CHECK(file.trouble().empty());
}

TEST_CASE("what is not 32 random bytes is no code key, and is not shown") {
    const KeyFile file;
    const std::string form =
        "the code key FILE must hold 32 random bytes as 64 hexadecimal digits, "
        "as base64 or as they are";
    for (const std::string_view text :
         {"", "secret", "correct horse battery staple 123", "000102030405060708090a0b0c0d0e0f"}) {
        INFO(text);
        file.write(text);
        CHECK(file.trouble() == form);
    }
    file.write(std::string(64, '0'));
    CHECK(file.trouble() == form + "; this one is not random");
    file.write(std::string(1'000, 'a'));
    CHECK(file.trouble() == "the code key FILE is larger than 256 bytes");
}

TEST_CASE("a code key that others can read or change is refused") {
    const KeyFile file;
    for (const mode_t mode : {0604U, 0602U, 0620U, 0644U}) {
        file.write(protocol::hex(bytes), mode);
        CHECK(file.trouble().find("so others than its owner can read or change it") !=
              std::string::npos);
    }
    file.write(protocol::hex(bytes), 0640);  // a group of its own may read it
    CHECK(file.trouble().empty());
    file.write(protocol::hex(bytes), 0400);
    CHECK(file.trouble().empty());
}

TEST_CASE("a code key that is not there is told with the system's reason") {
    const KeyFile file;
    CHECK(file.trouble() == "the code key FILE cannot be opened: No such file or directory");
}

TEST_CASE("a new code key is its owner's alone, and never replaces one") {
    const KeyFile file;
    CHECK(make_code_key(file.path).empty());
    struct stat facts {};
    REQUIRE(::stat(file.path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777U) == 0600);
    CHECK(std::holds_alternative<CodeKey>(read_code_key(file.path)));
    const auto first = test::read_file(file.path);
    CHECK(make_code_key(file.path).ends_with("cannot be made: File exists"));
    CHECK(test::read_file(file.path) == first);
    CHECK(make_code_key(file.directory / "none/code.key")
              .ends_with("cannot be made: No such file or directory"));
}

TEST_CASE("the key that systemd hands over goes before the configured one") {
    const KeyFile file;
    CHECK(code_key_path("/configured") == "/configured");
    ::setenv("CREDENTIALS_DIRECTORY", file.directory.path().c_str(), 1);
    CHECK(code_key_path("/configured") == "/configured");
    test::write_file(file.directory / "code-key", "x");
    CHECK(code_key_path("/configured") == file.directory / "code-key");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace
}  // namespace lucheng::daemon
