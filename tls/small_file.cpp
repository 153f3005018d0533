#include "tls/small_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lucheng::tls {
namespace {

class OpenFile {
public:
    explicit OpenFile(const std::filesystem::path& path)
        : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

std::string why(std::string_view what) {
    return fmt::format("{}: {}", what, std::system_category().message(errno));
}

// True when the whole file fitted.
bool read_all(int fd, std::size_t bytes_max, SmallFile& file) {
    file.bytes.resize(bytes_max + 1);
    std::size_t have = 0;
    while (have < file.bytes.size()) {
        const ssize_t got = ::read(fd, file.bytes.data() + have, file.bytes.size() - have);
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            file.trouble = why("cannot be read");
            return false;
        }
        have += static_cast<std::size_t>(got);
    }
    file.bytes.resize(have);
    if (have > bytes_max) file.trouble = fmt::format("is larger than {} bytes", bytes_max);
    return file.trouble.empty();
}

}  // namespace

SmallFile read_small_file(const std::filesystem::path& path, std::size_t bytes_max) {
    SmallFile file;
    const OpenFile open{path};
    struct stat facts {};
    if (open.fd() < 0 || ::fstat(open.fd(), &facts) != 0) {
        file.trouble = why("cannot be opened");
        return file;
    }
    file.mode = facts.st_mode;
    if (!S_ISREG(facts.st_mode)) {
        file.trouble =
            S_ISDIR(facts.st_mode) ? "is a directory, not a file" : "is not a plain file";
        return file;
    }
    if (!read_all(open.fd(), bytes_max, file)) file.bytes.clear();
    return file;
}

}  // namespace lucheng::tls
