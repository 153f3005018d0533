#include "daemon/paho_naps.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/tcp_nodelay.hpp"

namespace {

constexpr useconds_t second_us = 1'000'000;

// Without arguments of ours, `usleep` has no other way to know.
std::atomic<std::uint64_t> socket_and_port{0};  // 0: none known; the number plus one, the port
std::atomic<useconds_t> light_nap_us{0};        // 0: as long as asked for

bool receives_for_paho() {
    char name[16]{};
    ::prctl(PR_GET_NAME, name);
    return std::string_view{name} == "MQTTAsync_rcv";
}

int sleep_for(useconds_t microseconds) {
    timespec left{static_cast<time_t>(microseconds / second_us),
                  static_cast<long>(microseconds % second_us) * 1'000};
    while (::nanosleep(&left, &left) != 0) {
        if (errno != EINTR) return -1;
    }
    return 0;
}

}  // namespace

namespace lucheng::daemon {

void nap_lightly() {
    constexpr useconds_t first_us = 1'000;
    socket_and_port = 0;
    light_nap_us = first_us;
}

void nap_until_data_from(int socket, std::uint16_t peer_port) {
    socket_and_port = (static_cast<std::uint64_t>(socket) + 1) << 16U | peer_port;
    light_nap_us = 0;
}

}  // namespace lucheng::daemon

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's is reserved.
extern "C" int usleep(useconds_t microseconds) {
    if (!receives_for_paho()) return sleep_for(microseconds);
    // Longer from nap to nap: an attempt that takes its 20 s must not wake us a thousand times.
    if (const useconds_t light = light_nap_us; light != 0 && light < microseconds) {
        light_nap_us = light * 2;
        return sleep_for(light);
    }
    const std::uint64_t known = socket_and_port;
    const int socket = static_cast<int>(known >> 16U) - 1;
    if (known == 0 || lucheng::daemon::peer_port_of(socket) != (known & 0xffffU)) {
        return sleep_for(microseconds);
    }
    pollfd wanted{socket, POLLIN, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(microseconds / 1'000));
    // Broken is not ready: the library would come back here at once.
    if (ready != 0 && (wanted.revents & POLLIN) == 0) return sleep_for(microseconds);
    return 0;
}
