// Any bytes as a configuration file: the loader never throws, says what is wrong in lines that a
// person can read, and what it calls right is within every limit.
#include "daemon/config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>
#include <set>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace lucheng;

constexpr std::size_t message_bytes_max = 2'048;

void check(bool holds) {
    if (!holds) std::abort();
}

// A file in memory, so that nothing is left behind.
class File {
public:
    File() : descriptor_{::memfd_create("cabinetd.toml", MFD_CLOEXEC)} { check(descriptor_ >= 0); }
    void hold(const std::uint8_t* data, std::size_t size) const {
        check(::ftruncate(descriptor_, 0) == 0);
        check(::pwrite(descriptor_, data, size, 0) == static_cast<ssize_t>(size));
    }
    [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

private:
    int descriptor_;
};

bool is_one_line(const std::string& text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
    return !text.empty() && text.size() <= message_bytes_max;
}

bool before(const daemon::Problem& a, const daemon::Problem& b) {
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

void check_problems(const daemon::LoadedConfig& loaded) {
    const daemon::Problem* earlier = nullptr;
    for (const auto& problem : loaded.problems) {
        check(is_one_line(daemon::describe(problem)));
        check(earlier == nullptr || !before(problem, *earlier));
        earlier = &problem;
    }
}

// What the daemon would take as it is.
void check_right(const daemon::Config& config) {
    check(!config.cabinet.id.empty());
    check(config.state_directory.is_absolute());
    check(!config.keys.empty());
    std::set<core::CompartmentNumber> numbers;
    for (const auto& compartment : config.cabinet.compartments) {
        const auto number = protocol::number_of(compartment.number);
        check(number >= 1 && number <= 999);
        check(numbers.insert(compartment.number).second);
    }
    check(!numbers.empty());
    for (const auto& row : core::limit_table()) {
        const auto value = row.number != nullptr
                               ? config.cabinet.limits.*row.number
                               : (config.cabinet.limits.*row.duration).count() / row.unit_ms;
        check(value >= row.least && value <= row.most);
    }
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const File file;
    file.hold(data, size);
    const auto real = daemon::load_config(file.path(), false);
    const auto simulated = daemon::load_config(file.path(), true);
    for (const auto* loaded : {&real, &simulated}) {
        check_problems(*loaded);
        if (loaded->problems.empty()) check_right(loaded->config);
    }
    // Wiring may be missing in a simulated cabinet; that is all the difference.
    check(!real.problems.empty() || simulated.problems.empty());
    return 0;
}
