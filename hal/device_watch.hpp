// Tells when a device file of a kind comes, goes, or is given to another group.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

namespace lucheng::hal {

class DeviceWatch {
public:
    // Of all files in the folder whose names begin with `prefix`. `changed` comes from the loop.
    // Where the kernel has no watch left, or there is no such folder, it never comes; whoever
    // depends on it looks by themselves, too.
    DeviceWatch(boost::asio::io_context& loop, const std::string& folder, std::string prefix,
                std::function<void()> changed);
    ~DeviceWatch();
    DeviceWatch(const DeviceWatch&) = delete;
    DeviceWatch& operator=(const DeviceWatch&) = delete;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace lucheng::hal
