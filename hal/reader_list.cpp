#include "hal/reader_list.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace lucheng::hal {
namespace {

std::vector<std::string> serial_lines(const std::filesystem::path& folder) {
    std::vector<std::string> lines;
    for (const std::string_view names : {"by-path", "by-id"}) {
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator{folder / names, none}) {
            lines.push_back(entry.path().string());
        }
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

std::string use(const std::string& id) {
    return id.empty() ? std::string{} : fmt::format("  # reader {}", id);
}

}  // namespace

ReaderList list_readers(const std::vector<ReaderPlace>& wanted, const InputFolders& inputs,
                        const std::filesystem::path& serial) {
    ReaderList list;
    std::set<std::string> there;
    list.text = "# connection = \"keyboard\"\n";
    for (const auto& device : look_at_inputs(inputs)) {
        std::string id;
        for (const auto& reader : wanted) {
            const auto* place = std::get_if<KeyboardPlace>(&reader.at);
            if (place != nullptr && *place == device.place) id = reader.id;
        }
        there.insert(id);
        list.text += fmt::format("usb_id = \"{:04x}:{:04x}\"  name = \"{}\"  port = \"{}\"{}\n",
                                 device.place.vendor, device.place.product, device.place.name,
                                 device.place.port, use(id));
    }
    list.text += "# connection = \"serial\"\n";
    for (const auto& line : serial_lines(serial)) {
        std::string id;
        for (const auto& reader : wanted) {
            const auto* place = std::get_if<SerialPlace>(&reader.at);
            if (place != nullptr && place->path == line) id = reader.id;
        }
        list.text += fmt::format("path = \"{}\"{}\n", line, use(id));
    }
    for (const auto& reader : wanted) {
        const auto* place = std::get_if<SerialPlace>(&reader.at);
        std::error_code none;
        const bool found = place == nullptr ? there.contains(reader.id)
                                            : std::filesystem::exists(place->path, none);
        if (found) continue;
        list.text += fmt::format("# reader {} is not there\n", reader.id);
        list.all_there = false;
    }
    return list;
}

}  // namespace lucheng::hal
