// Which keyboard is a reader: told by what sysfs says, before any is opened. That they are read is
// shown where the kernel can make some: tests/gpio.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "hal/reader_device.hpp"
#include "hal/reader_list.hpp"
#include "tests/hal/simulated_rig.hpp"

namespace lucheng::hal {
namespace {

const KeyboardPlace scanner{0x0c2e, 0x0b61, "Honeywell Scanner", "usb-0000:00:14.0-2/input0"};

// A /sys/class/input and a /dev/input of plain files.
struct Machine {
    Folder folder;
    InputFolders folders{folder / "sys", folder / "dev"};

    Machine() {
        std::filesystem::create_directories(folders.sys);
        std::filesystem::create_directories(folders.dev);
    }
    void has(const std::string& node, const std::string& vendor, const std::string& product,
             const std::string& name, const std::string& port) const {
        const auto device = folders.sys / node / "device";
        std::filesystem::create_directories(device / "id");
        std::ofstream{device / "id/vendor"} << vendor << '\n';
        std::ofstream{device / "id/product"} << product << '\n';
        std::ofstream{device / "name"} << name << '\n';
        std::ofstream{device / "phys"} << port << '\n';
    }
    // Why it was not opened.
    [[nodiscard]] std::string refused() const {
        std::string why;
        CHECK(open_keyboard(scanner, folders, why) == nullptr);
        return why;
    }
};

TEST_CASE("a keyboard is told by its vendor, product, name and port, without being opened") {
    const Machine machine;
    machine.has("event10", "0c2e", "0b61", "Honeywell Scanner", "usb-0000:00:14.0-2/input0");
    machine.has("event9", "046d", "c31c", "Logitech USB Keyboard", "usb-0000:00:14.0-4/input0");
    machine.has("mouse0", "046d", "c077", "Mouse", "usb-0000:00:14.0-5/input0");
    const auto devices = look_at_inputs(machine.folders);
    REQUIRE(devices.size() == 2);
    CHECK(devices.front().node == "event9");
    CHECK(devices.front().place ==
          KeyboardPlace{0x046d, 0xc31c, "Logitech USB Keyboard", "usb-0000:00:14.0-4/input0"});
    CHECK(devices.back().place == scanner);
}

TEST_CASE("a stranger's keyboard is left alone, even of the scanner's own make") {
    const Machine machine;
    CHECK(machine.refused() ==
          "there is no 0c2e:0b61 \"Honeywell Scanner\" at usb-0000:00:14.0-2/input0");
    machine.has("event1", "046d", "c31c", "Honeywell Scanner", "usb-0000:00:14.0-2/input0");
    machine.has("event2", "0c2e", "0b61", "Honeywell Scanner", "usb-0000:00:14.0-4/input0");
    machine.has("event3", "0c2e", "0b61", "Scanner", "usb-0000:00:14.0-2/input0");
    CHECK(machine.refused() ==
          "there is no 0c2e:0b61 \"Honeywell Scanner\" at usb-0000:00:14.0-2/input0; 0c2e:0b61 "
          "\"Honeywell Scanner\" at usb-0000:00:14.0-4/input0 is not it, and is left alone; "
          "0c2e:0b61 \"Scanner\" at usb-0000:00:14.0-2/input0 is not it, and is left alone");
    machine.has("event4", "0c2e", "0b61", "Honeywell Scanner", "usb-0000:00:14.0-2/input0");
    CHECK(machine.refused().find("event4: cannot be opened") != std::string::npos);
    std::ofstream{machine.folders.dev / "event4"} << "no device\n";
    CHECK(machine.refused().find("event4: cannot be held alone") != std::string::npos);
}

TEST_CASE("the list of readers can be copied into the configuration, and names what is missing") {
    const Machine machine;
    machine.has("event10", "0c2e", "0b61", "Honeywell Scanner", "usb-0000:00:14.0-2/input0");
    machine.has("event9", "046d", "c31c", "Logitech USB Keyboard", "usb-0000:00:14.0-4/input0");
    const auto serial = machine.folder / "serial";
    std::filesystem::create_directories(serial / "by-path");
    std::ofstream{serial / "by-path/pci-3"} << "";
    const auto list = list_readers({{"scanner", scanner},
                                    {"cards", SerialPlace{serial / "by-path/pci-3"}},
                                    {"more", SerialPlace{serial / "by-path/pci-4"}}},
                                   machine.folders, serial);
    CHECK(list.text ==
          "# connection = \"keyboard\"\n"
          "usb_id = \"046d:c31c\"  name = \"Logitech USB Keyboard\"  "
          "port = \"usb-0000:00:14.0-4/input0\"\n"
          "usb_id = \"0c2e:0b61\"  name = \"Honeywell Scanner\"  "
          "port = \"usb-0000:00:14.0-2/input0\"  # reader scanner\n"
          "# connection = \"serial\"\n"
          "path = \"" +
              (serial / "by-path/pci-3").string() + "\"  # reader cards\n" +
              "# reader more is not there\n");
    CHECK_FALSE(list.all_there);
}

}  // namespace
}  // namespace lucheng::hal
