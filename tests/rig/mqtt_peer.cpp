#include "tests/rig/mqtt_peer.hpp"

#include <array>
#include <charconv>
#include <condition_variable>
#include <fmt/core.h>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <set>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "tests/rig/socket_address.hpp"
#include "tests/rig/wire_record.hpp"

namespace lucheng::rig {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto answer_within = std::chrono::seconds{10};
constexpr int first_error_reason = 0x80;

std::uint16_t port_of(const std::string& uri) {
    constexpr std::string_view scheme = "tcp://127.0.0.1:";
    std::uint16_t port = 0;
    const char* end = uri.data() + uri.size();
    if (!uri.starts_with(scheme) ||
        std::from_chars(uri.data() + scheme.size(), end, port).ptr != end) {
        throw std::invalid_argument("not a loopback broker: " + uri);
    }
    return port;
}

int open_socket(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(port);
    const int on = 1;
    if (fd >= 0 && ::connect(fd, generic(address), sizeof address) == 0 &&
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0) {
        return fd;
    }
    if (fd >= 0) ::close(fd);
    throw std::runtime_error(fmt::format("no broker on port {}", port));
}

}  // namespace

class MqttPeer::Session {
public:
    explicit Session(PeerOptions options) : options_{std::move(options)} {}
    ~Session() { close(); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    bool open();
    void close();
    int ask(const std::string& what, const std::function<std::string(std::uint16_t)>& packet);
    void send(const std::string& bytes);
    void publish_counted(const Outgoing& message);

    template <class Done>
    bool wait_until(Done done, Timeout timeout) {
        std::unique_lock lock(mutex_);
        return changed_.wait_until(lock, Clock::now() + timeout, done);
    }

    PeerOptions options_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Received> received_;
    WireRecord record_;
    bool connected_ = false;

private:
    void receive();
    void handle(const packet::Packet& packet);
    std::uint16_t new_id();  // with the lock held

    std::mutex sending_;
    int fd_ = -1;
    std::thread receiver_;
    std::optional<packet::Connack> connack_;
    std::uint16_t last_id_ = 0;
    std::map<std::uint16_t, std::optional<int>> asked_;  // the answer's reason, once it is there
    std::set<std::uint16_t> unacknowledged_;             // published, and nobody waits
};

bool MqttPeer::Session::open() {
    close();
    fd_ = open_socket(port_of(options_.uri));
    connack_.reset();
    receiver_ = std::thread([this] { receive(); });
    send(packet::connect(options_));
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, Clock::now() + answer_within,
                        [this] { return connack_.has_value(); });
    if (!connack_ || connack_->reason >= first_error_reason) {
        const int reason = connack_ ? connack_->reason : -1;
        lock.unlock();
        close();
        throw std::runtime_error(fmt::format("the broker refuses to connect: {:#x}", reason));
    }
    return connack_->session_present;
}

void MqttPeer::Session::close() {
    if (fd_ < 0) return;
    ::shutdown(fd_, SHUT_RDWR);
    receiver_.join();
    ::close(std::exchange(fd_, -1));
    asked_.clear();
    unacknowledged_.clear();
}

void MqttPeer::Session::send(const std::string& bytes) {
    const std::lock_guard lock(sending_);
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const ssize_t sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0) throw std::runtime_error("the broker is gone");
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::uint16_t MqttPeer::Session::new_id() {
    do {
        ++last_id_;
    } while (last_id_ == 0 || asked_.contains(last_id_) || unacknowledged_.contains(last_id_));
    return last_id_;
}

int MqttPeer::Session::ask(const std::string& what,
                           const std::function<std::string(std::uint16_t)>& packet) {
    std::unique_lock lock(mutex_);
    const std::uint16_t id = new_id();
    asked_.emplace(id, std::nullopt);
    lock.unlock();
    send(packet(id));
    lock.lock();
    changed_.wait_until(lock, Clock::now() + answer_within,
                        [&] { return asked_.at(id).has_value() || !connected_; });
    const auto reason = asked_.at(id);
    asked_.erase(id);
    if (!reason) throw std::runtime_error("the broker does not answer: " + what);
    if (*reason >= first_error_reason) {
        throw std::runtime_error(fmt::format("the broker refuses: {}, {:#x}", what, *reason));
    }
    return *reason;
}

void MqttPeer::Session::publish_counted(const Outgoing& message) {
    std::unique_lock lock(mutex_);
    const bool room = changed_.wait_until(lock, Clock::now() + answer_within, [this] {
        return !connected_ || unacknowledged_.size() < connack_->receive_maximum;
    });
    if (!room) throw std::runtime_error("the broker acknowledges nothing");
    const std::uint16_t id = new_id();
    unacknowledged_.insert(id);
    lock.unlock();
    send(packet::publish(message, id));
}

void MqttPeer::Session::receive() {
    std::string waiting;
    std::array<char, 65'536> buffer;
    try {
        for (ssize_t count = 1; count > 0;) {
            count = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (count > 0) waiting.append(buffer.data(), static_cast<std::size_t>(count));
            while (const auto packet = packet::take(waiting)) handle(*packet);
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", options_.client_id, error.what());
    }
    const std::lock_guard lock(mutex_);
    connected_ = false;
    if (!connack_) connack_ = packet::Connack{.reason = first_error_reason};
    changed_.notify_all();
}

void MqttPeer::Session::handle(const packet::Packet& packet) {
    using packet::Type;
    std::optional<std::uint16_t> acknowledge;
    {
        const std::lock_guard lock(mutex_);
        switch (packet.type) {
            case Type::connack:
                connack_ = packet::read_connack(packet);
                connected_ = connack_->reason < first_error_reason;
                break;
            case Type::publish: {
                auto publish = packet::read_publish(packet);
                if (publish.message.qos > 0) acknowledge = publish.id;
                publish.message.index = received_.size();
                record_.add(publish.message.topic, publish.message.payload);
                received_.push_back(std::move(publish.message));
                break;
            }
            case Type::puback:
            case Type::suback:
            case Type::unsuback: {
                const auto ack = packet::read_ack(packet);
                if (const auto waiter = asked_.find(ack.id); waiter != asked_.end()) {
                    waiter->second = ack.reason;
                }
                unacknowledged_.erase(ack.id);
                break;
            }
            case Type::disconnect: break;  // the closed connection follows
            case Type::connect:
            case Type::subscribe:
            case Type::unsubscribe:
                throw std::runtime_error("the broker sent what only clients send");
        }
        changed_.notify_all();
    }
    if (acknowledge) send(packet::puback(*acknowledge));
}

MqttPeer::MqttPeer(std::string uri, std::string client_id)
    : MqttPeer{PeerOptions{.uri = std::move(uri), .client_id = std::move(client_id)}} {}

MqttPeer::MqttPeer(PeerOptions options) : session_{std::make_unique<Session>(std::move(options))} {
    connect();
}

MqttPeer::~MqttPeer() {
    try {
        if (connected()) disconnect();
    } catch (const std::exception&) {
        // The broker went first.
    }
}

bool MqttPeer::connect() { return session_->open(); }

void MqttPeer::disconnect() {
    session_->send(packet::disconnect());
    session_->close();
}

void MqttPeer::abandon() { session_->close(); }

bool MqttPeer::connected() const {
    const std::lock_guard lock(session_->mutex_);
    return session_->connected_;
}

bool MqttPeer::wait_until_disconnected(Timeout timeout) const {
    return session_->wait_until([this] { return !session_->connected_; }, timeout);
}

void MqttPeer::subscribe(const std::string& filter, int qos) {
    session_->ask("subscribe " + filter,
                  [&](std::uint16_t id) { return packet::subscribe(filter, qos, id); });
}

void MqttPeer::unsubscribe(const std::string& filter) {
    session_->ask("unsubscribe " + filter,
                  [&](std::uint16_t id) { return packet::unsubscribe(filter, id); });
}

int MqttPeer::publish(const Outgoing& message) {
    if (message.qos == 0) {
        session_->send(packet::publish(message, 0));
        return 0;
    }
    return session_->ask("publish " + message.topic,
                         [&](std::uint16_t id) { return packet::publish(message, id); });
}

int MqttPeer::publish(std::string topic, std::string payload, int qos, bool retained) {
    return publish(Outgoing{.topic = std::move(topic),
                            .payload = std::move(payload),
                            .qos = qos,
                            .retained = retained});
}

void MqttPeer::publish_without_waiting(const Outgoing& message) {
    if (message.qos == 0) {
        publish(message);
    } else {
        session_->publish_counted(message);
    }
}

std::optional<Received> MqttPeer::wait_for(const Predicate& predicate, Timeout timeout,
                                           std::size_t from) const {
    std::optional<Received> found;
    std::size_t next = from;
    session_->wait_until(
        [&] {
            for (; next < session_->received_.size() && !found; ++next) {
                if (predicate(session_->received_[next])) found = session_->received_[next];
            }
            return found.has_value();
        },
        timeout);
    return found;
}

std::optional<Received> MqttPeer::wait_for_topic(const std::string& topic, Timeout timeout,
                                                 std::size_t from) const {
    return wait_for([&](const Received& received) { return received.topic == topic; }, timeout,
                    from);
}

bool MqttPeer::wait_for_count(std::size_t count, Timeout timeout) const {
    return session_->wait_until([&] { return session_->received_.size() >= count; }, timeout);
}

std::vector<Received> MqttPeer::received() const {
    const std::lock_guard lock(session_->mutex_);
    return session_->received_;
}

std::size_t MqttPeer::received_count() const {
    const std::lock_guard lock(session_->mutex_);
    return session_->received_.size();
}

}  // namespace lucheng::rig
