// The JSON interface at the cabinet: over the loopback for its screen, over a Unix socket for
// cabinetctl. Turns requests into inputs and screens into JSON; decides nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/input.hpp"
#include "core/screen.hpp"
#include "hal/simulated_cabinet.hpp"
#include "protocol/codec_kiosk.hpp"
#include "protocol/codec_staff.hpp"
#include "protocol/report.hpp"
#include "protocol/self_test.hpp"

namespace lucheng::daemon {

struct KioskLimits {
    std::chrono::milliseconds request_within{10'000};  // all of it, from its first byte
    std::chrono::milliseconds idle{30'000};            // between two requests
    std::chrono::milliseconds taken_within{30'000};    // an answer or a push, by who gets it
    std::size_t connections = 32;  // of both sockets; then the one that matters least goes
};

struct KioskOptions {
    std::string address;                    // 127.0.0.1
    std::uint16_t port = 0;                 // 0: none
    std::filesystem::path socket{};         // empty: none
    std::filesystem::path web_directory{};  // the page's files, read once; empty: no page
    std::string cabinet_name{}, help_telephone{}, version{};
    protocol::PlanMessage plan{};  // of the doors, for pictures of them
    KioskLimits limits{};
};

struct KioskHandlers {
    // Hashes, decides, commits; answers after the commit with the refusal, if any, and the screen.
    struct Outcome {
        std::optional<protocol::Refusal> refusal{};
        core::Screen screen{};
    };
    using Done = std::function<void(Outcome)>;
    std::function<void(std::string digits, Done)> code;
    std::function<void(std::string number, Done)> card;
    std::function<void(protocol::DeliveryId, Done)> choose;
    std::function<void(core::Answer, Done)> answer;
    std::function<void(Done)> bring_back;  // 还书
    std::function<void(core::SizeClass, Done)> size;
    std::function<void(Done)> collect;  // 收取还书
    std::function<void(Done)> walk;     // 逐格清点
    // Self-test and commissioning: from the control socket alone.
    std::function<void(protocol::TestOrder, Done)> begin_test;
    std::function<void(protocol::TestAnswer, Done)> answer_test;
    std::function<void(Done)> stop_test;
    // Answers when the report is newer than that revision, or nothing is under way.
    using TestSeen = std::function<void(protocol::TestReport)>;
    std::function<void(std::uint64_t after, TestSeen)> test;
    // What staff ask at the screen; refused to every other session.
    using JournalSeen = std::function<void(std::vector<protocol::JournalLine>)>;
    struct Staff {
        std::function<void(protocol::CompartmentNumber, Done)> open;
        std::function<void(protocol::SetService, Done)> service;
        std::function<void(bool on, Done)> maintenance;
        std::function<void(protocol::TestOrder, Done)> begin_test;
        std::function<void(protocol::TestAnswer, Done)> answer_test;
        std::function<void(Done)> stop_test;
        std::function<protocol::TestReport()> test;
        std::function<void(JournalSeen)> journal;  // its newest entries
    };
    Staff staff;
    std::function<core::Screen()> screen;
    std::function<protocol::StateReport()> state;
    std::function<bool()> staff_told;      // dispatch knows of the door that does not open
    std::function<bool()> online;          // the link to dispatch stands
    std::function<bool()> stalled;         // the disk does not answer: nothing opens until it does
    hal::SimulatedWorld* world = nullptr;  // with --simulate only: its doors and books
};

class KioskServer {
public:
    // Throws std::system_error when an address is taken, std::invalid_argument when it is not of
    // this machine alone.
    KioskServer(boost::asio::io_context& loop, KioskOptions options, KioskHandlers handlers);
    ~KioskServer();
    // Pushes to whoever listens; free when nobody does. Also when the link or, simulated, a door
    // has changed.
    void screen_changed();
    void stop();  // closes everything at once; a request that waits gets no answer

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace lucheng::daemon
