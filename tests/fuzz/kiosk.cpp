// Any bytes on a connection to the kiosk server, and any body on every path of its interface: what
// reaches the cabinet is well formed, every answer is HTTP, nothing is left when the client goes.
#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "daemon/kiosk_hub.hpp"
#include "tests/fuzz/scratch.hpp"

namespace {

using namespace lucheng;
namespace asio = boost::asio;
using Done = daemon::KioskHandlers::Done;

// In an input it stands for a pause: what comes behind it is sent when all before has been read.
constexpr char pause = '\x1e';

void check(bool holds) {
    if (!holds) std::abort();
}

std::vector<core::CompartmentSpec> compartments() {
    return {{.number = core::CompartmentNumber{1}, .has_sensor = true},
            {.number = core::CompartmentNumber{2}, .has_sensor = true}};
}

hal::SimulatedWorld& world() {
    static const fuzz::Scratch scratch;
    static hal::SimulatedWorld doors{scratch / "simulated-cabinet", compartments()};
    return doors;
}

void is_code(const std::string& digits) {
    check(digits.size() >= 4 && digits.size() <= 16);
    for (const char c : digits) check(c >= '0' && c <= '9');
}

void is_card(const std::string& number) {
    check(!number.empty() && number.size() <= 64);
    for (const char c : number) check(c > ' ' && c <= '~');
}

daemon::KioskHandlers handlers(bool simulated) {
    daemon::KioskHandlers made;
    made.code = [](const std::string& digits, const Done& done) {
        is_code(digits);
        done({.refusal = protocol::Refusal{protocol::Reason::code_unknown, {}}});
    };
    made.card = [](const std::string& number, const Done& done) {
        is_card(number);
        done({});
    };
    made.choose = [](const protocol::DeliveryId& delivery, const Done& done) {
        check(protocol::is_id(delivery.str()));
        done({});
    };
    made.answer = [](core::Answer, const Done& done) { done({}); };
    made.begin_test = [](const protocol::TestOrder&, const Done& done) { done({}); };
    made.answer_test = [](const protocol::TestAnswer&, const Done& done) { done({}); };
    made.stop_test = [](const Done& done) { done({}); };
    made.test = [](std::uint64_t, const daemon::KioskHandlers::TestSeen& seen) { seen({}); };
    made.staff.open = [](protocol::CompartmentNumber, const Done& done) { done({}); };
    made.staff.service = [](const protocol::SetService&, const Done& done) { done({}); };
    made.staff.begin_test = [](const protocol::TestOrder& order, const Done& done) {
        check(order.by.empty());
        done({});
    };
    made.staff.answer_test = [](const protocol::TestAnswer&, const Done& done) { done({}); };
    made.staff.stop_test = [](const Done& done) { done({}); };
    made.staff.test = [] { return protocol::TestReport{}; };
    made.staff.journal = [](const daemon::KioskHandlers::JournalSeen& seen) { seen({}); };
    // Staff are logged in before a real cabinet, nobody before a simulated one.
    made.screen = [simulated] {
        core::Screen screen;
        if (!simulated) screen.role = protocol::PersonRole::staff;
        return screen;
    };
    made.state = [] { return protocol::StateReport{.cabinet = protocol::CabinetId::of("KS-017")}; };
    made.staff_told = [] { return false; };
    made.online = [] { return true; };
    made.stalled = [] { return false; };
    if (simulated) made.world = &world();
    return made;
}

struct Server {
    explicit Server(bool simulated)
        : hub{std::make_shared<daemon::KioskHub>(loop, daemon::KioskOptions{},
                                                 handlers(simulated))} {
        hub->start();
    }
    // All that can happen without waiting.
    void settle() {
        loop.restart();
        while (loop.poll() > 0) continue;
    }
    asio::io_context loop{1};
    std::shared_ptr<daemon::KioskHub> hub;
};

std::string all_that_came(int socket) {
    std::string bytes;
    std::array<char, 16'384> part{};
    for (;;) {
        const auto got = ::recv(socket, part.data(), part.size(), MSG_DONTWAIT);
        if (got <= 0) return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(got));
    }
}

void converse(Server& server, std::string_view bytes, bool local) {
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    daemon::KioskSocket socket{server.loop};
    socket.assign(asio::generic::stream_protocol{AF_UNIX, 0}, ends[1]);
    const auto peer = daemon::start_connection(std::move(socket), local, server.hub);
    std::string heard;
    while (!bytes.empty()) {
        const auto part = bytes.substr(0, bytes.find(pause));
        // It may have closed on us.
        static_cast<void>(::send(ends[0], part.data(), part.size(), MSG_NOSIGNAL));
        bytes.remove_prefix(std::min(part.size() + 1, bytes.size()));
        server.settle();
        server.hub->screen_changed();
        server.settle();
        heard += all_that_came(ends[0]);
    }
    check(heard.empty() || heard.starts_with("HTTP/1.1 "));
    ::close(ends[0]);
    peer->close();
    server.hub->gone(peer.get());
    server.settle();
}

constexpr std::array<std::string_view, 13> paths{"/api/code",
                                                 "/api/card",
                                                 "/api/choose",
                                                 "/api/answer",
                                                 "/api/test",
                                                 "/api/test/answer",
                                                 "/api/test/stop",
                                                 "/api/simulated/1/put",
                                                 "/api/simulated/2/fault",
                                                 "/api/simulated/1/swap",
                                                 "/api/simulated/2/shut",
                                                 "/api/simulated/1/take",
                                                 "/api/simulated/1/force"};

void post_everywhere(Server& server, std::string_view body) {
    for (const auto path : paths) {
        daemon::KioskRequest request{};
        request.method = "POST";
        request.target = path;
        request.content_type = "application/json";
        request.body = body;
        request.local_socket = true;
        check(!server.hub->refuses(request));
        int answers = 0;
        server.hub->serve(request, [&answers](const daemon::KioskResponse& response) {
            ++answers;
            check(response.status == 200 || response.status == 400 || response.status == 404);
            check(response.body != nullptr && !response.body->empty());
        });
        check(answers == 1);
    }
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Server real{false};
    static Server simulated{true};
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    converse(real, bytes, false);
    converse(simulated, bytes, true);
    if (size <= daemon::kiosk_body_bytes_max) post_everywhere(simulated, bytes);
    return 0;
}
