#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <libevdev/libevdev.h>
#include <unistd.h>
#include <utility>

#include "hal/key_layout.hpp"
#include "hal/reader_device.hpp"

namespace lucheng::hal {
namespace {

constexpr int events_at_once = 256;

class KeyboardReader final : public ReaderDevice {
public:
    explicit KeyboardReader(int fd) : fd_{fd} {}
    ~KeyboardReader() override {
        if (device_ != nullptr) ::libevdev_free(device_);
        ::close(fd_);
    }
    // 0, or -errno.
    [[nodiscard]] int take_hold() {
        const int failed = ::libevdev_new_from_fd(fd_, &device_);
        return failed != 0 ? failed : ::libevdev_grab(device_, LIBEVDEV_GRAB);
    }
    [[nodiscard]] KeyboardPlace place() const;
    [[nodiscard]] int fd() const override { return fd_; }
    [[nodiscard]] ReadEnd read(ReaderLine& line, core::Uptime now) override;

private:
    void hear(const input_event& event, ReaderLine& line, core::Uptime now);

    int fd_;
    ::libevdev* device_ = nullptr;
    KeyLayout layout_{};
};

std::string text_or_nothing(const char* text) { return text == nullptr ? "" : text; }

KeyboardPlace KeyboardReader::place() const {
    return {.vendor = static_cast<std::uint16_t>(::libevdev_get_id_vendor(device_)),
            .product = static_cast<std::uint16_t>(::libevdev_get_id_product(device_)),
            .name = text_or_nothing(::libevdev_get_name(device_)),
            .port = text_or_nothing(::libevdev_get_phys(device_))};
}

void KeyboardReader::hear(const input_event& event, ReaderLine& line, core::Uptime now) {
    if (event.type != EV_KEY) return;
    const Typed typed = layout_.typed(event.code, event.value);
    switch (typed.stroke) {
        case KeyStroke::nothing: return;
        case KeyStroke::character: return line.take(typed.character, now);
        case KeyStroke::end: return line.end(now);
        case KeyStroke::garbage: return line.garbage(now);
    }
    std::abort();
}

ReadEnd KeyboardReader::read(ReaderLine& line, core::Uptime now) {
    input_event event{};
    for (int i = 0; i < events_at_once; ++i) {
        const int result = ::libevdev_next_event(device_, LIBEVDEV_READ_FLAG_NORMAL, &event);
        if (result == LIBEVDEV_READ_STATUS_SUCCESS) {
            hear(event, line, now);
        } else if (result == LIBEVDEV_READ_STATUS_SYNC) {
            // The kernel has dropped keys: of this line, nobody knows which.
            while (::libevdev_next_event(device_, LIBEVDEV_READ_FLAG_SYNC, &event) ==
                   LIBEVDEV_READ_STATUS_SYNC) {}
            layout_.release_all();
            line.garbage(now);
        } else {
            return result == -EAGAIN || result == -EINTR ? ReadEnd::waits : ReadEnd::gone;
        }
    }
    return ReadEnd::more;
}

std::string line_of(const std::filesystem::path& file) {
    std::array<char, 256> bytes{};
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const ssize_t size = ::read(fd, bytes.data(), bytes.size());
    ::close(fd);
    const std::string text{bytes.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
    return text.substr(0, text.find('\n'));
}

std::uint16_t hex_in(const std::filesystem::path& file) {
    const std::string text = line_of(file);
    std::uint16_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, 16);
    return number;
}

std::string shown(const KeyboardPlace& place) {
    return fmt::format("{:04x}:{:04x} \"{}\" at {}", place.vendor, place.product, place.name,
                       place.port.empty() ? "no port" : place.port);
}

// What is not there, and what is there in its stead.
std::string missing(const KeyboardPlace& place, const std::vector<InputDevice>& devices) {
    std::string text = "there is no " + shown(place);
    for (const auto& device : devices) {
        const bool alike =
            device.place.vendor == place.vendor && device.place.product == place.product;
        if (alike) text += fmt::format("; {} is not it, and is left alone", shown(device.place));
    }
    return text;
}

}  // namespace

std::vector<InputDevice> look_at_inputs(const InputFolders& folders) {
    std::vector<InputDevice> devices;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator{folders.sys, none}) {
        const std::string node = entry.path().filename().string();
        if (!node.starts_with("event")) continue;
        const auto device = entry.path() / "device";
        devices.push_back({.node = node,
                           .place = {.vendor = hex_in(device / "id/vendor"),
                                     .product = hex_in(device / "id/product"),
                                     .name = line_of(device / "name"),
                                     .port = line_of(device / "phys")}});
    }
    std::sort(devices.begin(), devices.end(), [](const InputDevice& a, const InputDevice& b) {
        return std::pair{a.node.size(), a.node} < std::pair{b.node.size(), b.node};
    });
    return devices;
}

std::unique_ptr<ReaderDevice> open_keyboard(const KeyboardPlace& place, const InputFolders& folders,
                                            std::string& why) {
    const auto devices = look_at_inputs(folders);
    const auto found = std::find_if(devices.begin(), devices.end(),
                                    [&](const InputDevice& one) { return one.place == place; });
    if (found == devices.end()) {
        why = missing(place, devices);
        return nullptr;
    }
    const auto file = folders.dev / found->node;
    const int fd = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        why = fmt::format("{}: cannot be opened: {}", file.string(), std::strerror(errno));
        return nullptr;
    }
    auto device = std::make_unique<KeyboardReader>(fd);
    if (const int failed = device->take_hold(); failed != 0) {
        why = fmt::format("{}: cannot be held alone: {}", file.string(), std::strerror(-failed));
        return nullptr;
    }
    // The name of the file may have gone to another one meanwhile.
    if (device->place() != place) {
        why = missing(place, {});
        return nullptr;
    }
    return device;
}

}  // namespace lucheng::hal
