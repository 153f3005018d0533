#include "tests/far/street.hpp"

#include <chrono>
#include <sstream>
#include <stdexcept>

#include "tests/rig/process.hpp"

namespace lucheng::far {

namespace {

using namespace std::chrono_literals;

// A command line whose words have no spaces in them; its end is awaited.
bool done(const std::string& line) {
    std::istringstream words{line};
    std::vector<std::string> argv;
    for (std::string word; words >> word;) argv.push_back(word);
    rig::Process process{{.argv = argv, .env = {}, .working_directory = {}, .output_file = {}}};
    const auto end = process.wait_for_exit(20s);
    return end && end->clean();
}

void must(const std::string& line) {
    if (!done(line)) throw std::runtime_error("failed: " + line);
}

}  // namespace

Street::Street() {
    must("ip netns add street");
    must("ip link add library type veth peer name cabinet netns street");
    must("ip address add 10.9.0.1/24 dev library");
    must("ip -n street address add 10.9.0.2/24 dev cabinet");
    must("ip -n street link set lo up");
    must("ip -n street link set cabinet up");
    must("ip link set library up");
}

Street::~Street() { static_cast<void>(done("ip netns delete street")); }

void Street::make_wire(const std::string& bad) {
    must("tc qdisc replace dev library root netem " + bad);
    must("ip netns exec street tc qdisc replace dev cabinet root netem " + bad);
}

void Street::cut() { make_wire("loss 100%"); }
void Street::mend() { make_wire("delay 1ms"); }

std::vector<std::string> Street::stands_there() { return {"ip", "netns", "exec", "street"}; }

}  // namespace lucheng::far
