// A kiosk server on real sockets, with its own loop on a thread of its own, in front of handlers
// that write down what they were asked.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/kiosk_server.hpp"
#include "tests/rig/http_client.hpp"
#include "tests/rig/temp_dir.hpp"

namespace lucheng::test {

class KioskRig {
public:
    explicit KioskRig(daemon::KioskLimits limits = {});
    ~KioskRig();
    KioskRig(const KioskRig&) = delete;
    KioskRig& operator=(const KioskRig&) = delete;

    // Before start(): what the loop's thread reads.
    void write_page(const std::string& name, const std::string& bytes) const;
    void simulate();
    void start();

    [[nodiscard]] rig::HttpResponse get(std::string_view target,
                                        const rig::HttpHeaders& headers = {}) const;
    [[nodiscard]] rig::HttpResponse post(std::string_view target, std::string_view body,
                                         const rig::HttpHeaders& headers = {}) const;
    [[nodiscard]] rig::LoopbackPort tcp() const { return {options_.port}; }
    [[nodiscard]] std::string host() const;  // as an honest client says it
    [[nodiscard]] const std::filesystem::path& socket() const { return options_.socket; }
    [[nodiscard]] hal::SimulatedWorld& world() { return *world_; }

    // Runs on the loop's thread, and waits for it.
    void on_loop(const std::function<void()>& what);
    void show(core::Screen screen);  // and says that it has changed
    void answer_with(protocol::Refusal refusal);
    void hold_answers();  // from now on handlers keep their Done
    void answer_held();
    void stop();
    void destroy();  // the server; what was held is still there
    [[nodiscard]] std::vector<std::string> asked();
    void wait_until_asked(std::size_t times);

private:
    [[nodiscard]] daemon::KioskHandlers handlers();
    [[nodiscard]] daemon::KioskHandlers::Staff staff_handlers();
    void take(std::string what, daemon::KioskHandlers::Done done);
    void listen();

    rig::TempDir directory_{"kiosk"};
    std::optional<hal::SimulatedWorld> world_{};
    daemon::KioskOptions options_;
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<daemon::KioskServer> server_{};
    core::Screen screen_{};
    std::optional<protocol::Refusal> refusal_{};
    std::vector<std::string> asked_{};
    std::vector<daemon::KioskHandlers::Done> held_{};
    bool holds_ = false;
    std::thread thread_{};
};

// A blocking connection that says what an honest client does not, or not at once. Whatever takes
// longer than ten seconds throws.
class Wire {
public:
    explicit Wire(const rig::HttpServer& server);
    // Whoever sends to it soon finds that it does not read.
    struct NarrowTag {};
    Wire(const rig::HttpServer& server, NarrowTag narrow);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    void send(std::string_view bytes) const;
    // Up to and with `end`; throws when the server closes before.
    [[nodiscard]] std::string read_until(std::string_view end);
    [[nodiscard]] std::string read_response();  // head and the body of its Content-Length
    [[nodiscard]] std::string read_message();   // of a WebSocket, unfragmented text
    [[nodiscard]] bool ended();                 // waits for the end; false: bytes came instead
    void read_to_the_end();                     // whatever comes, until the server closes

private:
    void connect(const rig::HttpServer& server, int receive_bytes);
    [[nodiscard]] bool fill();  // false: the server has closed
    void read_at_least(std::size_t bytes);

    int socket_ = -1;
    std::string in_{};
};

// Does the WebSocket handshake.
void begin_to_listen(Wire& wire, const KioskRig& kiosk);
[[nodiscard]] std::unique_ptr<Wire> listener_of(const KioskRig& kiosk);

}  // namespace lucheng::test
