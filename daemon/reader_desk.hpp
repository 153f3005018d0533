// The readers at this cabinet, and what they do to the loop. What they read is never told.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/log.hpp"
#include "daemon/loop.hpp"
#include "hal/readers.hpp"

namespace lucheng::daemon {

class ReaderDesk {
public:
    // `uptime`: the clock that does not jump.
    ReaderDesk(boost::asio::io_context& io, const Log& log, Loop& loop,
               std::vector<hal::ReaderPlace> places, std::function<core::Uptime()> uptime);

    // Nothing: none is configured.
    [[nodiscard]] std::optional<std::uint64_t> missing() const;

private:
    [[nodiscard]] hal::Readers::Listener listener();

    const Log& log_;
    Loop& loop_;
    std::vector<std::string> names_;
    hal::Readers readers_;
};

}  // namespace lucheng::daemon
