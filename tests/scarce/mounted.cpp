#include "tests/scarce/mounted.hpp"

#include <cerrno>
#include <sys/mount.h>
#include <system_error>

namespace lucheng::scarce {

Mounted::Mounted(const std::string& kind, const std::string& options) {
    if (::mount("none", path().c_str(), kind.c_str(), 0, options.c_str()) != 0) {
        throw std::system_error{errno, std::generic_category(), "mount " + kind};
    }
}

Mounted::~Mounted() { ::umount2(path().c_str(), MNT_DETACH); }

}  // namespace lucheng::scarce
