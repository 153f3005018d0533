#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include "hal/reader_device.hpp"

namespace lucheng::hal {
namespace {

constexpr char stx = 0x02, etx = 0x03;  // some readers put these around a line

struct Speed {
    std::int64_t baud;
    speed_t code;
};
constexpr auto speeds = std::to_array<Speed>({{1'200, B1200},
                                              {2'400, B2400},
                                              {4'800, B4800},
                                              {9'600, B9600},
                                              {19'200, B19200},
                                              {38'400, B38400},
                                              {57'600, B57600},
                                              {115'200, B115200}});

class SerialReader final : public ReaderDevice {
public:
    explicit SerialReader(int fd) : fd_{fd} {}
    ~SerialReader() override { ::close(fd_); }
    [[nodiscard]] int fd() const override { return fd_; }
    [[nodiscard]] ReadEnd read(ReaderLine& line, core::Uptime now) override;

private:
    int fd_;
};

ReadEnd SerialReader::read(ReaderLine& line, core::Uptime now) {
    std::array<char, 512> bytes;
    const ssize_t size = ::read(fd_, bytes.data(), bytes.size());
    if (size < 0) return errno == EAGAIN || errno == EINTR ? ReadEnd::waits : ReadEnd::gone;
    if (size == 0) return ReadEnd::gone;  // hung up
    for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
        const char c = bytes.at(i);
        if (c == '\r' || c == '\n' || c == '\t' || c == etx) {
            line.end(now);
        } else if (c == stx) {
            line.restart();
        } else {
            line.take(c, now);
        }
    }
    ::explicit_bzero(bytes.data(), bytes.size());
    return static_cast<std::size_t>(size) == bytes.size() ? ReadEnd::more : ReadEnd::waits;
}

// Raw, 8N1, without flow control. False: errno says why.
bool set_up(int fd, speed_t speed) {
    termios settings{};
    if (::tcgetattr(fd, &settings) != 0) return false;
    ::cfmakeraw(&settings);
    settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    if (::cfsetispeed(&settings, speed) != 0 || ::cfsetospeed(&settings, speed) != 0) return false;
    if (::tcsetattr(fd, TCSANOW, &settings) != 0) return false;
    // What was shown before anybody listened opens nothing now.
    return ::tcflush(fd, TCIFLUSH) == 0;
}

}  // namespace

bool is_serial_speed(std::int64_t baud) {
    for (const Speed& speed : speeds) {
        if (speed.baud == baud) return true;
    }
    return false;
}

std::unique_ptr<ReaderDevice> open_serial(const SerialPlace& place, std::string& why) {
    const auto refuse = [&](const char* what) {
        why = fmt::format("{}: {}: {}", place.path.string(), what, std::strerror(errno));
        return std::unique_ptr<ReaderDevice>{};
    };
    const int fd = ::open(place.path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return refuse("cannot be opened");
    auto device = std::make_unique<SerialReader>(fd);
    speed_t code = B9600;
    for (const Speed& speed : speeds) {
        if (speed.baud == place.baud) code = speed.code;
    }
    if (!set_up(fd, code)) return refuse("is no serial line");
    if (::ioctl(fd, TIOCEXCL) != 0) return refuse("cannot be held alone");
    return device;
}

}  // namespace lucheng::hal
