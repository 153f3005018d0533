// A disk below SQLite that fails when it is told to: a VFS around the system's own, and the
// default one while this lives. Everything above it is the product's code, unchanged. It knows
// which blocks were synced, so that the power can be cut; no sync reaches the machine's own disk.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <sqlite3.h>
#include <string>

namespace lucheng::test {

class FaultyDisk {
public:
    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    enum class Call : std::uint8_t { open, read, write, truncate, sync };
    struct Fault {
        Call call{};
        std::uint32_t number = 0;  // of the calls of that kind from now on, counted from 1
        bool for_ever = false;     // that one and all of its kind after it
    };
    void break_at(Fault fault);
    // Writes find no room while this file exists, and always when it is empty.
    void full_while_there_is(std::filesystem::path file);
    void full_for_ever();
    void behave();
    // Called on the thread that asks, before each call of this kind.
    void watch(Call call, std::function<void()> watcher);
    // Once all files are closed: of every block that was written and not synced, chance keeps the
    // new content, the old, or neither. Of one whose sync failed the old remains, because a kernel
    // takes such a block for clean.
    void cut_power(std::mt19937& chance);
    [[nodiscard]] std::uint32_t calls(Call call) const;
    [[nodiscard]] bool has_failed() const { return failed_; }

    // For the functions that SQLite calls.
    void opened(const std::string& path);
    void written(const std::string& path, std::int64_t offset, std::int64_t bytes);
    void truncated(const std::string& path, std::int64_t size);
    void synced(const std::string& path, bool well);
    [[nodiscard]] int outcome(Call call, int failure);
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] sqlite3_vfs* system() const { return system_; }

private:
    struct Platter {
        std::string durable{};
        std::set<std::size_t> dirty{};  // blocks
        std::size_t size = 0;           // as programs see it
    };

    sqlite3_vfs* system_;
    sqlite3_vfs vfs_;
    std::atomic<bool> armed_{false};
    Fault fault_{};
    std::uint32_t seen_ = 0;
    std::atomic<bool> failed_{false};
    std::atomic<bool> full_{false};
    std::filesystem::path ballast_;
    Call watched_{};
    std::function<void()> watcher_{};
    std::mutex mutex_;
    std::map<std::string, Platter> platters_;
    std::array<std::atomic<std::uint32_t>, 5> calls_{};
};

}  // namespace lucheng::test
