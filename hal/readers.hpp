// Scanner and card reader, plugged in and out at any time. A keyboard that is not one of ours is
// neither opened nor read.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "hal/reader_device.hpp"

namespace lucheng::hal {

class Readers {
public:
    struct Parts {
        std::vector<ReaderPlace> places;
        std::function<core::Uptime()> uptime;  // the clock that does not jump
        InputFolders inputs{};
    };
    // All from the loop; a reader is its position in `places`.
    struct Listener {
        // A whole line. It is overwritten when this returns, and must be copied into nothing that
        // is not.
        std::function<void(std::size_t reader, std::string_view line)> scanned;
        // Told at the start of each, and whenever it comes or goes.
        std::function<void(std::size_t reader, bool there)> changed;
        // Half lines, garbage, too much at once: how many since the last call.
        std::function<void(std::size_t reader, std::uint64_t lines)> dropped;
        // What an operator should read: why one is not there.
        std::function<void(std::string)> trouble;
    };

    Readers(boost::asio::io_context& loop, Parts parts, Listener listener);
    ~Readers();
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t present() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace lucheng::hal
