// One reader that is plugged in: a keyboard that is held alone, or a serial line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/time.hpp"
#include "hal/reader_line.hpp"

namespace lucheng::hal {

// By all three: the same model in another socket is somebody else's.
struct KeyboardPlace {
    std::uint16_t vendor = 0, product = 0;
    std::string name{};  // as the device says it
    std::string port{};  // physical: usb-0000:00:14.0-2/input0
    bool operator==(const KeyboardPlace&) const = default;
};
struct SerialPlace {
    std::filesystem::path path{};  // below /dev/serial, which names the device or the socket
    unsigned baud = 9'600;         // 8 data bits, no parity, one stop bit
};
struct ReaderPlace {
    std::string id{};  // in the log and the journal
    std::variant<KeyboardPlace, SerialPlace> at{};
};

// Where the kernel shows its input devices; tests show others.
struct InputFolders {
    std::filesystem::path sys = "/sys/class/input";
    std::filesystem::path dev = "/dev/input";
};

// A device of the kernel's, by what sysfs says: it was not opened for this.
struct InputDevice {
    std::string node{};  // event7
    KeyboardPlace place{};
};
[[nodiscard]] std::vector<InputDevice> look_at_inputs(const InputFolders& folders);

enum class ReadEnd : std::uint8_t {
    waits,  // all that had come was taken
    more,   // not all of it yet
    gone,
};

class ReaderDevice {
public:
    ReaderDevice() = default;
    virtual ~ReaderDevice() = default;
    ReaderDevice(const ReaderDevice&) = delete;
    ReaderDevice& operator=(const ReaderDevice&) = delete;

    [[nodiscard]] virtual int fd() const = 0;
    // Takes some of what has come, never so much that a door would wait.
    [[nodiscard]] virtual ReadEnd read(ReaderLine& line, core::Uptime now) = 0;
};

// None: `why` says so to an operator.
[[nodiscard]] std::unique_ptr<ReaderDevice> open_keyboard(const KeyboardPlace& place,
                                                          const InputFolders& folders,
                                                          std::string& why);
[[nodiscard]] std::unique_ptr<ReaderDevice> open_serial(const SerialPlace& place, std::string& why);

[[nodiscard]] bool is_serial_speed(std::int64_t baud);

}  // namespace lucheng::hal
