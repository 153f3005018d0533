#include "tls/sight.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "tls/certificate.hpp"
#include "tls/openssl_parts.hpp"
#include "tls/words.hpp"

namespace lucheng::tls {
namespace {

using std::chrono::milliseconds;

// A broker that refuses us says so at once; one that lets us in says nothing before MQTT begins.
constexpr milliseconds verdict_within{2'000};

class Deadline {
public:
    Deadline(const Look& look, milliseconds within) : look_{look}, end_{look.uptime() + within} {}
    [[nodiscard]] int left_ms() const {
        return static_cast<int>(std::max(end_ - look_.uptime(), milliseconds{0}).count());
    }

private:
    const Look& look_;
    milliseconds end_;
};

class Socket {
public:
    explicit Socket(int fd = -1) : fd_{fd} {}
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

bool wait_for(int fd, short events, const Deadline& deadline) {
    pollfd wanted{fd, events, 0};
    for (;;) {
        const int ready = ::poll(&wanted, 1, deadline.left_ms());
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

struct Connection {
    Socket socket{};
    std::string why{};  // there is none
};

Connection connect_to(const addrinfo& address, const Deadline& deadline) {
    Socket socket{::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const auto failed = [](int error) {
        return Connection{.why = std::system_category().message(error)};
    };
    if (socket.fd() < 0) return failed(errno);
    if (::connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0)
        return {std::move(socket)};
    if (errno != EINPROGRESS) return failed(errno);
    if (!wait_for(socket.fd(), POLLOUT, deadline)) return failed(ETIMEDOUT);
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return failed(errno);
    if (error != 0) return failed(error);
    return {std::move(socket)};
}

Connection connect_to(const Look& look) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto port = std::to_string(look.port);
    if (const int error = ::getaddrinfo(look.host.c_str(), port.c_str(), &hints, &found)) {
        return {.why = fmt::format("the name is not found: {}", ::gai_strerror(error))};
    }
    const std::unique_ptr<addrinfo, Freed<::freeaddrinfo>> all{found};
    const Deadline deadline{look, look.within};
    Connection last;
    for (const auto* one = all.get(); one != nullptr; one = one->ai_next) {
        last = connect_to(*one, deadline);
        if (last.why.empty()) break;
    }
    return last;
}

// One handshake and what it showed.
class Handshake {
public:
    explicit Handshake(const Look& look) : look_{look} {}
    Sight run();

private:
    [[nodiscard]] bool prepare();
    void expect_host();
    [[nodiscard]] bool shake_hands(const Deadline& deadline);
    void await_verdict();
    // After a call that did not succeed: true, to be tried again.
    [[nodiscard]] bool goes_on(int result, const Deadline& deadline);
    void note_expiries();
    void note_failure();
    static int verified(int well, X509_STORE_CTX* store);

    const Look& look_;
    Sight sight_{};
    Socket socket_{};
    SslContextPtr context_{};
    SslPtr ssl_{};
    bool timed_out_ = false;
    std::string distrust_{};  // why the broker's certificate is refused
};

int Handshake::verified(int well, X509_STORE_CTX* store) {
    if (well == 1) return 1;
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& self = *static_cast<Handshake*>(SSL_get_app_data(ssl));
    if (self.distrust_.empty()) {
        self.distrust_ =
            words_of_distrust({.error = X509_STORE_CTX_get_error(store),
                               .certificate = X509_STORE_CTX_get_current_cert(store),
                               .is_brokers = X509_STORE_CTX_get_error_depth(store) == 0,
                               .host = self.look_.host,
                               .files = self.look_.files,
                               .now = self.look_.now});
    }
    return 0;
}

void Handshake::expect_host() {
    in6_addr address{};
    const bool is_address = ::inet_pton(AF_INET, look_.host.c_str(), &address) == 1 ||
                            ::inet_pton(AF_INET6, look_.host.c_str(), &address) == 1;
    if (is_address) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), look_.host.c_str());
    } else {
        SSL_set1_host(ssl_.get(), look_.host.c_str());
        // As SSL_set_tlsext_host_name does, whose macro casts in the old style.
        SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(look_.host.c_str()));
    }
}

bool Handshake::prepare() {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    auto* context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // In its place the library would ask the terminal, and wait for ever.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, verified);
    bool well = look_.files.ca.empty()
                    ? SSL_CTX_set_default_verify_paths(context) == 1
                    : SSL_CTX_load_verify_locations(context, look_.files.ca.c_str(), nullptr) == 1;
    if (!look_.files.certificate.empty()) {
        well = well &&
               SSL_CTX_use_certificate_chain_file(context, look_.files.certificate.c_str()) == 1;
    }
    if (!look_.files.private_key.empty()) {
        well = well && SSL_CTX_use_PrivateKey_file(context, look_.files.private_key.c_str(),
                                                   SSL_FILETYPE_PEM) == 1;
    }
    if (!well) return false;
    ssl_.reset(SSL_new(context));
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_fd(ssl_.get(), socket_.fd());
    expect_host();
    return true;
}

bool Handshake::goes_on(int result, const Deadline& deadline) {
    const int error = SSL_get_error(ssl_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
    const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    timed_out_ = !wait_for(socket_.fd(), events, deadline);
    return !timed_out_;
}

bool Handshake::shake_hands(const Deadline& deadline) {
    for (;;) {
        ERR_clear_error();
        const int result = SSL_connect(ssl_.get());
        if (result == 1) return true;
        if (!goes_on(result, deadline)) return false;
    }
}

void Handshake::await_verdict() {
    const Deadline deadline{look_, std::min(look_.within, verdict_within)};
    for (;;) {
        ERR_clear_error();
        char byte = 0;
        const int result = SSL_read(ssl_.get(), &byte, 1);
        if (result > 0) return;  // it speaks, so it has let us in
        if (goes_on(result, deadline)) continue;
        if (!timed_out_) note_failure();
        return;
    }
}

void Handshake::note_failure() {
    const auto address = fmt::format("{}:{}", look_.host, look_.port);
    if (timed_out_) {
        sight_.trouble = fmt::format(
            "{} takes the connection but does not answer in TLS within {} s: the broker hangs, or "
            "something else listens there",
            address, std::chrono::ceil<std::chrono::seconds>(look_.within).count());
    } else if (!distrust_.empty()) {
        sight_.trouble = distrust_;
    } else {
        sight_.trouble = words_of_refusal(ERR_peek_error(), address, look_.files, look_.now);
    }
}

void Handshake::note_expiries() {
    const auto* chain = SSL_get0_verified_chain(ssl_.get());
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        const auto* certificate = sk_X509_value(chain, i);
        const auto whose = i == 0 ? "the broker's certificate" : "the authority over the broker";
        sight_.expiries.push_back(
            {fmt::format("{} ({})", whose, subject_of(certificate)), end_of(certificate)});
    }
}

Sight Handshake::run() {
    auto connection = connect_to(look_);
    if (!connection.why.empty()) {
        sight_.trouble = fmt::format("the broker at {}:{} cannot be reached: {}", look_.host,
                                     look_.port, connection.why);
        return std::move(sight_);
    }
    socket_ = std::move(connection.socket);
    if (!prepare()) {
        const auto reading = read_files(look_.files, look_.now);
        sight_.trouble = reading.troubles.empty() ? "the files for TLS cannot be used"
                                                  : reading.troubles.front().why;
    } else if (!shake_hands(Deadline{look_, look_.within})) {
        note_failure();
    } else {
        note_expiries();
        if (look_.await_verdict) await_verdict();
    }
    ERR_clear_error();
    return std::move(sight_);
}

}  // namespace

Sight look_at_broker(const Look& look) { return Handshake{look}.run(); }

}  // namespace lucheng::tls
