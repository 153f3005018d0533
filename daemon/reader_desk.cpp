#include "daemon/reader_desk.hpp"

#include <utility>

namespace lucheng::daemon {
namespace {

std::vector<std::string> names_of(const std::vector<hal::ReaderPlace>& places) {
    std::vector<std::string> names;
    for (const auto& place : places) names.push_back(place.id);
    return names;
}

}  // namespace

ReaderDesk::ReaderDesk(boost::asio::io_context& io, const Log& log, Loop& loop,
                       std::vector<hal::ReaderPlace> places, std::function<core::Uptime()> uptime)
    : log_{log},
      loop_{loop},
      names_{names_of(places)},
      readers_{io, {.places = std::move(places), .uptime = std::move(uptime)}, listener()} {}

hal::Readers::Listener ReaderDesk::listener() {
    return {.scanned = [this](std::size_t reader,
                              std::string_view line) { loop_.scanned(reader, line); },
            .changed =
                [this](std::size_t reader, bool there) {
                    log_.write(there ? Level::notice : Level::warning,
                               there ? "a reader is there" : "a reader is gone",
                               {{"READER", names_[reader]}});
                    loop_.happened(core::ReaderChanged{names_[reader], there});
                },
            .dropped =
                [this](std::size_t reader, std::uint64_t lines) {
                    log_.write(Level::debug, "dropped what a reader sent",
                               {{"READER", names_[reader]}, {"LINES", std::to_string(lines)}});
                    loop_.scans_dropped(lines);
                },
            .trouble = [this](const std::string& what) { log_.write(Level::warning, what); }};
}

std::optional<std::uint64_t> ReaderDesk::missing() const {
    if (names_.empty()) return std::nullopt;
    return names_.size() - readers_.present();
}

}  // namespace lucheng::daemon
