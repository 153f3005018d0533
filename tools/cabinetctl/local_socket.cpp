#include "tools/cabinetctl/local_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/cabinetctl/session.hpp"

namespace lucheng::cabinetctl {
namespace {

constexpr timeval patience{.tv_sec = 30, .tv_usec = 0};  // a commit may wait for a stalled disk

class Socket {
public:
    explicit Socket(const std::filesystem::path& path)
        : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        const std::string name = path.string();
        if (name.size() >= sizeof address.sun_path) fail(path, "the path is too long");
        std::memcpy(address.sun_path, name.data(), name.size());
        const void* generic = &address;
        if (::connect(fd_, static_cast<const sockaddr*>(generic), sizeof address) != 0) {
            fail(path, std::strerror(errno));
        }
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~Socket() { ::close(fd_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void send(const std::string& bytes) const {
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) return;  // the answer, or its absence, tells more
            sent += static_cast<std::size_t>(n);
        }
    }
    [[nodiscard]] std::string receive() const {
        std::string bytes;
        std::array<char, 4096> room{};
        for (;;) {
            const ssize_t n = ::recv(fd_, room.data(), room.size(), 0);
            if (n <= 0) return bytes;
            bytes.append(room.data(), static_cast<std::size_t>(n));
        }
    }

private:
    [[noreturn]] static void fail(const std::filesystem::path& path, const std::string& why) {
        throw Failure{path.string() + ": " + why +
                          "; is cabinetd running here, and is --socket its kiosk.control_socket?",
                      exit_code::unavailable};
    }
    int fd_;
};

}  // namespace

std::string request(const std::filesystem::path& socket, const std::string& method,
                    const std::string& target, const std::string& body) {
    const Socket connection{socket};
    connection.send(method + " " + target +
                    " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    "Content-Type: application/json\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string answer = connection.receive();
    const auto end_of_head = answer.find("\r\n\r\n");
    if (end_of_head == std::string::npos) {
        throw Failure{socket.string() + ": no answer", exit_code::in_vain};
    }
    return answer.substr(end_of_head + 4);
}

}  // namespace lucheng::cabinetctl
