#include "tests/gpio-coils/frozen_disk.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <system_error>
#include <unistd.h>

namespace lucheng::hal {
namespace {

constexpr const char* mount_script = R"(
set -e
truncate -s 16M "$0/image"
mkfs.ext2 -q "$0/image"
mkdir "$0/disk"
mount -o loop "$0/image" "$0/disk"
)";

}  // namespace

FrozenDisk::FrozenDisk() {
    std::string name = std::filesystem::temp_directory_path() / "lucheng-disk-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    const std::string command = "sh -c '" + std::string{mount_script} + "' " + name;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the test's own few words
    if (std::system(command.c_str()) != 0) throw std::runtime_error{"no disk could be mounted"};
    directory_ = std::filesystem::path{name} / "disk";
    fd_ = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "disk"};
}

FrozenDisk::~FrozenDisk() {
    thaw();
    ::close(fd_);
    ::umount2(directory_.c_str(), MNT_DETACH);
}

void FrozenDisk::freeze() {
    if (::ioctl(fd_, FIFREEZE, 0) != 0) {
        throw std::system_error{errno, std::generic_category(), "FIFREEZE"};
    }
    frozen_ = true;
}

void FrozenDisk::thaw() {
    if (frozen_) ::ioctl(fd_, FITHAW, 0);
    frozen_ = false;
}

}  // namespace lucheng::hal
