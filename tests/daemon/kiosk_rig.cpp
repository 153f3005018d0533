#include "tests/daemon/kiosk_rig.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <future>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

#include "tests/rig/free_port.hpp"
#include "tests/rig/socket_address.hpp"

namespace lucheng::test {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;
constexpr int attempts_to_bind = 20;

std::vector<core::CompartmentSpec> two_compartments() {
    return {{.number = core::CompartmentNumber{1}, .size = protocol::SizeClass::small},
            {.number = core::CompartmentNumber{12}, .size = protocol::SizeClass::large}};
}

protocol::StateReport some_state() {
    protocol::StateReport state;
    state.cabinet = protocol::CabinetId::of("KS-017");
    state.boot = protocol::BootId::of("boot-1");
    state.journal.epoch = protocol::EpochId::of("epoch-1");
    state.compartments.push_back({.number = core::CompartmentNumber{12},
                                  .size = protocol::SizeClass::large,
                                  .door = protocol::Door::shut,
                                  .occupancy = protocol::Occupancy::empty});
    return state;
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

}  // namespace

KioskRig::KioskRig(daemon::KioskLimits limits) : work_{loop_.get_executor()} {
    options_.address = "127.0.0.1";
    options_.socket = directory_ / "control.sock";
    options_.web_directory = directory_ / "web";
    options_.cabinet_name = "玉山公园";
    options_.help_telephone = "0512-5757 5757";
    options_.version = "0.1.0";
    options_.plan = {.doors = {{.number = 12, .size = "large", .height_mm = 230, .column = 2}},
                     .screen = protocol::PlanMessage::Screen{1, 2, 900, 400},
                     .hours_chinese = "每日",
                     .hours_english = "Daily",
                     .sounds = true};
    options_.limits = limits;
    std::filesystem::create_directory(options_.web_directory);
}

KioskRig::~KioskRig() {
    if (thread_.joinable()) {
        boost::asio::post(loop_, [this] {
            server_.reset();
            loop_.stop();
        });
        thread_.join();
    }
}

void KioskRig::write_page(const std::string& name, const std::string& bytes) const {
    const auto file = options_.web_directory / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << bytes;
}

void KioskRig::simulate() { world_.emplace(directory_ / "world", two_compartments()); }

void KioskRig::start() {
    listen();
    thread_ = std::thread{[this] { loop_.run(); }};
}

// A free port may be taken by another test before it is bound here.
void KioskRig::listen() {
    for (int attempt = 1;; ++attempt) {
        options_.port = rig::free_port();
        try {
            server_ = std::make_unique<daemon::KioskServer>(loop_, options_, handlers());
            return;
        } catch (const std::system_error& trouble) {
            const bool taken = trouble.code() == std::errc::address_in_use;
            if (!taken || attempt == attempts_to_bind) throw;
        }
    }
}

daemon::KioskHandlers KioskRig::handlers() {
    using Done = daemon::KioskHandlers::Done;
    daemon::KioskHandlers handlers;
    handlers.code = [this](const std::string& digits, Done done) {
        take("code " + digits, std::move(done));
    };
    handlers.card = [this](const std::string& number, Done done) {
        take("card " + number, std::move(done));
    };
    handlers.choose = [this](const protocol::DeliveryId& delivery, Done done) {
        take("choose " + delivery.str(), std::move(done));
    };
    handlers.answer = [this](core::Answer answer, Done done) {
        take("answer " + std::string{core::code_of(answer)}, std::move(done));
    };
    handlers.bring_back = [this](Done done) { take("return", std::move(done)); };
    handlers.size = [this](core::SizeClass size, Done done) {
        take("size " + std::string{protocol::code_of(size)}, std::move(done));
    };
    handlers.collect = [this](Done done) { take("collect", std::move(done)); };
    handlers.walk = [this](Done done) { take("walk", std::move(done)); };
    handlers.begin_test = [this](const protocol::TestOrder& order, Done done) {
        take("test " + std::string{protocol::code_of(order.kind)} + " " + order.by.str(),
             std::move(done));
    };
    handlers.answer_test = [this](const protocol::TestAnswer& answer, Done done) {
        take("said " + std::string{protocol::code_of(answer.word)}, std::move(done));
    };
    handlers.stop_test = [this](Done done) { take("stop", std::move(done)); };
    handlers.test = [this](std::uint64_t after, const daemon::KioskHandlers::TestSeen& seen) {
        asked_.push_back("test after " + std::to_string(after));
        seen({.revision = after + 1, .cabinet = protocol::CabinetId::of("KS-017")});
    };
    handlers.staff = staff_handlers();
    handlers.screen = [this] { return screen_; };
    handlers.state = [] { return some_state(); };
    handlers.staff_told = [this] { return screen_.name == core::ScreenName::not_opened; };
    handlers.online = [] { return true; };
    handlers.stalled = [] { return false; };
    handlers.world = world_ ? &*world_ : nullptr;
    return handlers;
}

daemon::KioskHandlers::Staff KioskRig::staff_handlers() {
    using Done = daemon::KioskHandlers::Done;
    daemon::KioskHandlers::Staff staff;
    staff.open = [this](protocol::CompartmentNumber number, Done done) {
        take("staff open " + std::to_string(protocol::number_of(number)), std::move(done));
    };
    staff.service = [this](const protocol::SetService& service, Done done) {
        const auto what =
            service.compartment ? std::to_string(protocol::number_of(*service.compartment)) : "all";
        take("staff service " + what + (service.in_service ? " in" : " out"), std::move(done));
    };
    staff.maintenance = [this](bool on, Done done) {
        take(on ? "staff maintenance on" : "staff maintenance off", std::move(done));
    };
    staff.begin_test = [this](const protocol::TestOrder& order, Done done) {
        take("staff test " + std::string{protocol::code_of(order.kind)}, std::move(done));
    };
    staff.answer_test = [this](const protocol::TestAnswer& answer, Done done) {
        take("staff said " + std::string{protocol::code_of(answer.word)}, std::move(done));
    };
    staff.stop_test = [this](Done done) { take("staff stop", std::move(done)); };
    staff.test = [] {
        return protocol::TestReport{.revision = 42, .cabinet = protocol::CabinetId::of("KS-017")};
    };
    staff.journal = [](const daemon::KioskHandlers::JournalSeen& seen) {
        seen({{protocol::JournalNumber{7}, {}, "closed 12 #3"}});
    };
    return staff;
}

void KioskRig::take(std::string what, daemon::KioskHandlers::Done done) {
    asked_.push_back(std::move(what));
    if (holds_) {
        held_.push_back(std::move(done));
    } else {
        done({.refusal = refusal_, .screen = screen_});
    }
}

rig::HttpResponse KioskRig::get(std::string_view target, const rig::HttpHeaders& headers) const {
    return rig::http_request(tcp(), "GET", target, {}, headers);
}

rig::HttpResponse KioskRig::post(std::string_view target, std::string_view body,
                                 const rig::HttpHeaders& headers) const {
    return rig::http_request(tcp(), "POST", target, body, headers);
}

std::string KioskRig::host() const { return fmt::format("127.0.0.1:{}", options_.port); }

void KioskRig::on_loop(const std::function<void()>& what) {
    std::promise<void> ready;
    auto done = ready.get_future();
    boost::asio::post(loop_, [&] {
        what();
        ready.set_value();
    });
    if (done.wait_for(patience) != std::future_status::ready) {
        throw std::runtime_error{"the loop does not turn"};
    }
}

void KioskRig::show(core::Screen screen) {
    on_loop([&] {
        screen_ = std::move(screen);
        server_->screen_changed();
    });
}

void KioskRig::answer_with(protocol::Refusal refusal) {
    on_loop([&] { refusal_ = std::move(refusal); });
}

void KioskRig::hold_answers() {
    on_loop([this] { holds_ = true; });
}

void KioskRig::answer_held() {
    on_loop([this] {
        for (const auto& done : std::exchange(held_, {})) done({.screen = screen_});
    });
}

void KioskRig::stop() {
    on_loop([this] { server_->stop(); });
}

void KioskRig::destroy() {
    on_loop([this] { server_.reset(); });
}

std::vector<std::string> KioskRig::asked() {
    std::vector<std::string> copy;
    on_loop([&] { copy = asked_; });
    return copy;
}

void KioskRig::wait_until_asked(std::size_t times) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (asked().size() < times) {
        if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error{"nobody asked"};
        std::this_thread::yield();
    }
}

Wire::Wire(const rig::HttpServer& server) { connect(server, 0); }

Wire::Wire(const rig::HttpServer& server, NarrowTag) { connect(server, 4'096); }

void Wire::connect(const rig::HttpServer& server, int receive_bytes) {
    const auto* path = std::get_if<std::filesystem::path>(&server);
    socket_ = ::socket(path != nullptr ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail("socket");
    if (receive_bytes != 0) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    }
    int failed = 0;
    if (path != nullptr) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path->string().copy(address.sun_path, sizeof address.sun_path - 1);
        failed = ::connect(socket_, rig::generic(address), sizeof address);
    } else {
        auto address = rig::loopback(std::get<rig::LoopbackPort>(server).port);
        failed = ::connect(socket_, rig::generic(address), sizeof address);
    }
    if (failed != 0) fail("connect");
}

Wire::~Wire() { ::close(socket_); }

void Wire::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool Wire::fill() {
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
    if (::poll(&ready, 1, static_cast<int>(limit.count())) != 1) {
        throw std::runtime_error{"the kiosk server says nothing"};
    }
    std::array<char, 4'096> buffer;
    const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno != ECONNRESET) fail("recv");
    if (count <= 0) return false;
    in_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

void Wire::read_at_least(std::size_t bytes) {
    while (in_.size() < bytes) {
        if (!fill()) throw std::runtime_error{"the kiosk server has closed"};
    }
}

std::string Wire::read_until(std::string_view end) {
    while (in_.find(end) == std::string::npos) read_at_least(in_.size() + 1);
    const auto size = in_.find(end) + end.size();
    auto taken = in_.substr(0, size);
    in_.erase(0, size);
    return taken;
}

std::string Wire::read_response() {
    constexpr std::string_view name = "Content-Length: ";
    auto response = read_until("\r\n\r\n");
    std::size_t length = 0;
    const auto at = response.find(name);
    if (at == std::string::npos) throw std::runtime_error{"no length: " + response};
    std::from_chars(response.data() + at + name.size(), response.data() + response.size(), length);
    read_at_least(length);
    response += in_.substr(0, length);
    in_.erase(0, length);
    return response;
}

std::string Wire::read_message() {
    constexpr unsigned whole_text = 0x81, short_length_max = 125, two_bytes = 126;
    const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(in_.at(at)); };
    read_at_least(2);
    if (byte(0) != whole_text) throw std::runtime_error{"not one text frame"};
    std::size_t length = byte(1), head = 2;
    if (length == two_bytes) {
        read_at_least(4);
        length = (std::size_t{byte(2)} << 8U) + byte(3);
        head = 4;
    } else if (length > short_length_max) {
        throw std::runtime_error{"a frame of more than 64 KB"};
    }
    read_at_least(head + length);
    auto message = in_.substr(head, length);
    in_.erase(0, head + length);
    return message;
}

bool Wire::ended() { return in_.empty() && !fill(); }

void Wire::read_to_the_end() {
    while (fill()) in_.clear();
}

void begin_to_listen(Wire& wire, const KioskRig& kiosk) {
    wire.send(
        fmt::format("GET /api/events HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n"
                    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                    kiosk.host()));
    const auto head = wire.read_until("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error{"no upgrade: " + head};
}

std::unique_ptr<Wire> listener_of(const KioskRig& kiosk) {
    auto wire = std::make_unique<Wire>(kiosk.tcp());
    begin_to_listen(*wire, kiosk);
    return wire;
}

}  // namespace lucheng::test
