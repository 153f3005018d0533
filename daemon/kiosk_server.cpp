#include "daemon/kiosk_server.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <type_traits>
#include <utility>

#include "daemon/kiosk_hub.hpp"

namespace lucheng::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds pause_after_failure{1};
constexpr mode_t only_this_user = 0600;
// Left to itself the kernel keeps megabytes for a listener that does not read.
constexpr int send_buffer_bytes = 65'536;

// The lock keeper, should it have to be started again, must not inherit a socket.
void keep_from_children(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

// A socket file that a killed daemon has left behind refuses the bind.
void remove_if_stale(asio::io_context& loop, const std::filesystem::path& file) {
    if (!std::filesystem::is_socket(std::filesystem::symlink_status(file))) return;
    asio::local::stream_protocol::socket probe{loop};
    boost::system::error_code error;
    probe.connect({file.string()}, error);
    if (error == asio::error::connection_refused) std::filesystem::remove(file);
}

// `prepare` comes between bind and listen: until then nobody can connect.
template <class Acceptor, class Prepare>
void listen_on(Acceptor& acceptor, const typename Acceptor::endpoint_type& endpoint,
               const std::string& what, const Prepare& prepare) {
    try {
        acceptor.open(endpoint.protocol());
        keep_from_children(acceptor.native_handle());
        acceptor.set_option(asio::socket_base::reuse_address{true});
        acceptor.bind(endpoint);
        prepare();
        acceptor.listen();
    } catch (const boost::system::system_error& trouble) {
        throw std::system_error{trouble.code(), what};
    }
}

}  // namespace

KioskHub::KioskHub(asio::io_context& loop, KioskOptions options, KioskHandlers handlers)
    : loop_{loop},
      options_{std::move(options)},
      handlers_{std::move(handlers)},
      guard_{options_.port},
      tcp_{loop},
      local_{loop} {}

void KioskHub::start() {
    routes_ = std::make_shared<KioskRoutes>(options_, handlers_, [hub = weak_from_this()] {
        if (const auto self = hub.lock()) self->screen_changed();
    });
    if (options_.port != 0) listen_tcp();
    if (!options_.socket.empty()) listen_local();
    if (tcp_.acceptor.is_open()) accept(tcp_);
    if (local_.acceptor.is_open()) accept(local_);
}

void KioskHub::listen_tcp() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    const auto what = fmt::format("kiosk address {}:{}", options_.address, options_.port);
    if (error) throw std::invalid_argument{what + ": not an IP address"};
    if (!address.is_loopback()) {
        throw std::invalid_argument{
            what +
            ": only a loopback address is allowed, because whoever reaches it may type codes"};
    }
    const Tcp::endpoint endpoint{address, options_.port};
    listen_on(tcp_.acceptor, endpoint, what, [] {});
}

void KioskHub::listen_local() {
    const auto what = fmt::format("control socket {}", options_.socket.string());
    remove_if_stale(loop_, options_.socket);
    listen_on(local_.acceptor, Local::endpoint{options_.socket.string()}, what, [&] {
        owns_socket_file_ = true;
        if (::chmod(options_.socket.c_str(), only_this_user) != 0) {
            throw std::system_error{errno, std::generic_category(), what};
        }
    });
}

template <class Protocol>
void KioskHub::accept(Entrance<Protocol>& entrance) {
    using Socket = typename Protocol::socket;
    constexpr bool local = std::is_same_v<Protocol, Local>;
    entrance.acceptor.async_accept([self = shared_from_this(), &entrance](
                                       const boost::system::error_code& error, Socket socket) {
        if (!entrance.acceptor.is_open()) return;
        if (error) {
            // Out of descriptors: the connection stays in the queue, and asking at once would spin.
            entrance.pause.expires_after(pause_after_failure);
            entrance.pause.async_wait([self, &entrance](const boost::system::error_code&) {
                if (entrance.acceptor.is_open()) self->accept(entrance);
            });
            return;
        }
        keep_from_children(socket.native_handle());
        boost::system::error_code ignored;
        socket.set_option(asio::socket_base::send_buffer_size{send_buffer_bytes}, ignored);
        if constexpr (!local) socket.set_option(Tcp::no_delay{true}, ignored);
        self->admit(KioskSocket{std::move(socket)}, local);
        self->accept(entrance);
    });
}

void KioskHub::admit(KioskSocket socket, bool local) {
    if (!make_room()) return;
    peers_.push_back(start_connection(std::move(socket), local, shared_from_this()));
}

// The oldest of those who matter least goes. Who awaits a decision never does.
bool KioskHub::make_room() {
    if (peers_.size() < options_.limits.connections) return true;
    const auto least =
        std::min_element(peers_.begin(), peers_.end(),
                         [](const auto& a, const auto& b) { return a->state() < b->state(); });
    if ((*least)->state() == PeerState::answering) return false;
    const auto dropped = *least;
    peers_.erase(least);
    dropped->close();
    return true;
}

void KioskHub::replace(const KioskPeer* old, std::shared_ptr<KioskPeer> by) {
    gone(old);
    peers_.push_back(std::move(by));
}

void KioskHub::gone(const KioskPeer* peer) {
    std::erase_if(peers_, [peer](const auto& one) { return one.get() == peer; });
}

std::shared_ptr<const std::string> KioskHub::push_message() const {
    return std::make_shared<const std::string>(routes_->push_message());
}

void KioskHub::screen_changed() {
    const auto listens = [](const auto& peer) { return peer->state() == PeerState::listening; };
    if (std::none_of(peers_.begin(), peers_.end(), listens)) return;
    const auto message = push_message();
    const auto peers = peers_;  // one may go meanwhile
    for (const auto& peer : peers) peer->push(message);
}

void KioskHub::stop() {
    boost::system::error_code ignored;
    tcp_.acceptor.close(ignored);
    local_.acceptor.close(ignored);
    tcp_.pause.cancel();
    local_.pause.cancel();
    if (std::exchange(owns_socket_file_, false)) {
        std::error_code gone_already;
        std::filesystem::remove(options_.socket, gone_already);
    }
    for (const auto& peer : std::exchange(peers_, {})) peer->close();
}

class KioskServer::Impl : public KioskHub {
public:
    using KioskHub::KioskHub;
};

KioskServer::KioskServer(asio::io_context& loop, KioskOptions options, KioskHandlers handlers)
    : impl_{std::make_shared<Impl>(loop, std::move(options), std::move(handlers))} {
    impl_->start();
}

KioskServer::~KioskServer() { impl_->stop(); }

void KioskServer::screen_changed() { impl_->screen_changed(); }

void KioskServer::stop() { impl_->stop(); }

}  // namespace lucheng::daemon
