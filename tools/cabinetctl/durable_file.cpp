#include "tools/cabinetctl/durable_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include "tools/cabinetctl/session.hpp"

namespace lucheng::cabinetctl {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw Failure{file.string() + ": " + std::strerror(errno), exit_code::no_input};
}

class Opened {
public:
    Opened(const std::filesystem::path& file, int flags, mode_t mode = 0)
        : fd_{::open(file.c_str(), flags | O_CLOEXEC, mode)} {
        if (fd_ < 0) fail(file);
    }
    ~Opened() { ::close(fd_); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

}  // namespace

void write_durably(const std::filesystem::path& file, const std::string& text, bool secret) {
    const auto part = file.string() + ".part";
    ::unlink(part.c_str());  // of an earlier run that was interrupted; perhaps of another mode
    {
        const Opened out{part, O_WRONLY | O_CREAT | O_EXCL, secret ? mode_t{0600} : mode_t{0644}};
        for (std::size_t done = 0; done < text.size();) {
            const auto wrote = ::write(out.fd(), text.data() + done, text.size() - done);
            if (wrote < 0 && errno != EINTR) fail(part);
            if (wrote > 0) done += static_cast<std::size_t>(wrote);
        }
        if (::fsync(out.fd()) != 0) fail(part);
    }
    if (::rename(part.c_str(), file.c_str()) != 0) fail(file);
    const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
    const Opened folder{parent, O_RDONLY | O_DIRECTORY};
    if (::fsync(folder.fd()) != 0) fail(file);
}

std::string text_of_file(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return {};
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in.is_open() || in.bad()) fail(file);
    return text;
}

void make_folder(const std::filesystem::path& folder) {
    if (std::filesystem::exists(folder)) return;
    std::filesystem::create_directories(folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

}  // namespace lucheng::cabinetctl
