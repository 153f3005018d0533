#include "tests/rig/http_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fmt/core.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

#include "tests/rig/socket_address.hpp"

namespace lucheng::rig {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) ==
               std::tolower(static_cast<unsigned char>(y));
    });
}

class Connection {
public:
    Connection(const HttpServer& server, Clock::time_point deadline) : deadline_(deadline) {
        const auto* path = std::get_if<std::filesystem::path>(&server);
        fd_ = ::socket(path != nullptr ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd_ < 0) {
            fail("socket");
        }
        const bool connected =
            path != nullptr ? connect_to(*path) : connect_to(std::get<LoopbackPort>(server));
        if (!connected) {
            const int error = errno;
            ::close(fd_);
            throw std::system_error(error, std::generic_category(), "connect");
        }
    }
    ~Connection() { ::close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            wait_for(POLLOUT);
            const ssize_t sent =
                ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) {
                // It may have answered and closed before it read everything: the answer counts.
                if (errno == EPIPE || errno == ECONNRESET) {
                    return;
                }
                fail("send");
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    std::string receive_all() {
        std::string all;
        std::array<char, 16'384> buffer;
        while (true) {
            wait_for(POLLIN);
            const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (count == 0 || (count < 0 && errno == ECONNRESET && !all.empty())) {
                return all;
            }
            if (count < 0) {
                fail("recv");
            }
            all.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }

private:
    bool connect_to(const LoopbackPort& server) {
        sockaddr_in address = loopback(server.port);
        return ::connect(fd_, generic(address), sizeof address) == 0;
    }

    bool connect_to(const std::filesystem::path& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.string().size() >= sizeof address.sun_path) {
            throw std::invalid_argument("too long for a socket: " + path.string());
        }
        std::strcpy(address.sun_path, path.c_str());
        return ::connect(fd_, generic(address), sizeof address) == 0;
    }

    void wait_for(short events) const {
        pollfd ready{.fd = fd_, .events = events, .revents = 0};
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0) {
            throw std::runtime_error("the server did not answer in time");
        }
    }

    Clock::time_point deadline_;
    int fd_ = -1;
};

[[noreturn]] void malformed(std::string_view what) {
    throw std::runtime_error(fmt::format("not an HTTP/1.1 answer: {}", what));
}

// Takes what stands before the separator off the front of `rest`.
std::string_view take_until(std::string_view& rest, std::string_view separator) {
    const auto end = rest.find(separator);
    if (end == std::string_view::npos) {
        malformed("it is cut off");
    }
    const auto taken = rest.substr(0, end);
    rest.remove_prefix(end + separator.size());
    return taken;
}

std::size_t number(std::string_view digits, int base) {
    std::size_t value = 0;
    const auto* end = digits.data() + digits.size();
    if (std::from_chars(digits.data(), end, value, base).ptr != end || digits.empty()) {
        malformed(digits);
    }
    return value;
}

std::string joined_chunks(std::string_view rest) {
    std::string body;
    while (true) {
        std::string_view line = take_until(rest, "\r\n");
        const std::size_t size = number(line.substr(0, line.find(';')), 16);
        if (size == 0) {
            return body;
        }
        if (rest.size() < size + 2) {
            malformed("a chunk is cut off");
        }
        body += rest.substr(0, size);
        rest.remove_prefix(size + 2);
    }
}

HttpResponse parse(std::string_view rest, std::string_view method) {
    HttpResponse response;
    std::string_view head = take_until(rest, "\r\n\r\n");
    const std::string with_last_line_end = std::string(head) + "\r\n";
    head = with_last_line_end;
    const std::string_view status_line = take_until(head, "\r\n");
    if (!status_line.starts_with("HTTP/1.1 ") || status_line.size() < 12) {
        malformed(status_line);
    }
    response.status = static_cast<int>(number(status_line.substr(9, 3), 10));
    while (!head.empty()) {
        std::string_view line = take_until(head, "\r\n");
        const std::string_view name = take_until(line, ":");
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        response.headers.emplace_back(name, line);
    }
    if (response.status == 100) {
        return parse(rest, method);
    }
    const std::string length = response.header("Content-Length");
    if (same_name(response.header("Transfer-Encoding"), "chunked")) {
        response.body = joined_chunks(rest);
    } else if (!length.empty() && method != "HEAD") {
        const std::size_t size = number(length, 10);
        if (rest.size() != size) {
            malformed(fmt::format("{} bytes of body where {} were said", rest.size(), size));
        }
        response.body = rest;
    } else {
        response.body = rest;
    }
    return response;
}

std::string exchange(const HttpServer& server, std::string_view bytes,
                     std::chrono::milliseconds timeout) {
    Connection connection(server, Clock::now() + timeout);
    connection.send(bytes);
    return connection.receive_all();
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (same_name(key, name)) {
            return value;
        }
    }
    return {};
}

HttpResponse http_request(const HttpServer& server, std::string_view method,
                          std::string_view target, std::string_view body,
                          const HttpHeaders& headers, std::chrono::milliseconds timeout) {
    const auto given = [&](std::string_view name) {
        return std::any_of(headers.begin(), headers.end(),
                           [&](const auto& header) { return same_name(header.first, name); });
    };
    std::string request = fmt::format("{} {} HTTP/1.1\r\nConnection: close\r\n", method, target);
    if (!given("Host")) {
        const auto* loopback_port = std::get_if<LoopbackPort>(&server);
        request += loopback_port != nullptr
                       ? fmt::format("Host: 127.0.0.1:{}\r\n", loopback_port->port)
                       : "Host: localhost\r\n";
    }
    if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        request += fmt::format("Content-Length: {}\r\n", body.size());
        if (!body.empty() && !given("Content-Type")) {
            request += "Content-Type: application/json\r\n";
        }
    }
    for (const auto& [name, value] : headers) {
        request += fmt::format("{}: {}\r\n", name, value);
    }
    request += "\r\n";
    request += body;
    return parse(exchange(server, request, timeout), method);
}

std::string raw_exchange(const HttpServer& server, std::string_view bytes,
                         std::chrono::milliseconds timeout) {
    return exchange(server, bytes, timeout);
}

}  // namespace lucheng::rig
