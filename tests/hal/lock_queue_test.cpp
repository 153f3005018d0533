#include "hal/lock_queue.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "tests/hal/simulated_rig.hpp"

namespace lucheng::hal {
namespace {

using core::PulseEnd;
using namespace std::chrono_literals;

// A queue whose keeper is any program at all.
struct Bench {
    boost::asio::io_context loop;
    std::vector<std::pair<std::uint64_t, PulseEnd>> ended;
    std::vector<std::string> trouble;
    int released = 0;
    std::unique_ptr<LockQueue> queue;

    explicit Bench(const std::filesystem::path& program, std::vector<std::string> arguments = {}) {
        LockQueue::Parts parts;
        parts.keeper = {program, std::move(arguments), -1};
        parts.pulse = 200ms;
        parts.gap = 100ms;
        parts.uptime = contract::uptime;
        parts.release_all = [this] { ++released; };
        queue = std::make_unique<LockQueue>(loop, std::move(parts));
        queue->start({[this](core::AuthorisationId id, PulseEnd end) {
                          ended.emplace_back(protocol::number_of(id), end);
                      },
                      [this](std::string what) { trouble.push_back(std::move(what)); }});
    }
    void pulse(std::uint64_t id, core::Milliseconds within) {
        queue->pulse(
            {core::CompartmentNumber{1}, core::AuthorisationId{id}, 1, contract::uptime() + within},
            0);
    }
};

TEST_CASE("a keeper that keeps dying is started ever more rarely, and no pulse waits for ever") {
    Bench bench{"/bin/true"};
    bench.pulse(1, 500ms);
    bench.loop.run_for(1'500ms);
    // At 0, 0 and then 0.25, 0.5 and 1 s apart.
    CHECK(bench.trouble.size() >= 2);
    CHECK(bench.trouble.size() <= 4);
    CHECK(bench.released >= 3);
    CHECK_FALSE(bench.queue->healthy());
    REQUIRE(bench.ended.size() == 1);
    CHECK(bench.ended[0] == std::pair{std::uint64_t{1}, PulseEnd::lapsed});
}

TEST_CASE("a program that is no keeper is not taken for one") {
    Bench bench{"/bin/cat"};
    bench.loop.run_for(200ms);
    CHECK_FALSE(bench.queue->healthy());
    bench.pulse(1, 50ms);
    CHECK(bench.ended.empty());  // never from inside the call
    bench.loop.run_for(200ms);
    REQUIRE(bench.ended.size() == 1);
    CHECK(bench.ended[0].second == PulseEnd::lapsed);
}

TEST_CASE("an executable that breaks is named once for each try") {
    Folder folder;
    { std::ofstream{folder / "broken"} << "neither a script nor a program"; }
    std::filesystem::permissions(folder / "broken", std::filesystem::perms::owner_all);
    Bench bench{folder / "broken"};
    bench.loop.run_for(100ms);
    REQUIRE_FALSE(bench.trouble.empty());
    CHECK(bench.trouble[0].find("could not be executed") != std::string::npos);
}

TEST_CASE("a pulse that the keeper refuses is lost and named, and the next one goes on") {
    Folder folder;
    const auto spec = spec_of(2);
    SimulatedWorld world{folder / "world", spec.compartments};
    Bench bench{keeper_program(), {"--simulated", folder / "world"}};
    bench.queue->pulse(
        {core::CompartmentNumber{9}, core::AuthorisationId{1}, 1, contract::uptime() + 5s}, 9);
    bench.pulse(2, 5s);
    const auto deadline = contract::uptime() + 5s;
    while (bench.ended.size() < 2 && contract::uptime() < deadline) bench.loop.run_one_for(10ms);
    REQUIRE(bench.ended.size() == 2);
    CHECK(bench.ended[0] == std::pair{std::uint64_t{1}, PulseEnd::lost});
    CHECK(bench.ended[1] == std::pair{std::uint64_t{2}, PulseEnd::done});
    REQUIRE(bench.trouble.size() == 1);
    CHECK(bench.trouble[0].find("no such line") != std::string::npos);
}

}  // namespace
}  // namespace lucheng::hal
