// A disk in memory that keeps apart what was written and what was synced. It tears, loses and
// mixes the former when the power goes, fails and fills up when it is told to. SQLite sees it as
// its default VFS, and the files around the database (db/files.hpp) lie on it too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <sqlite3.h>
#include <string>

#include "tests/simulation/random.hpp"

namespace lucheng::simulation {

class Disk {
public:
    static constexpr std::size_t block_bytes = 4096;
    static constexpr std::size_t sector_bytes = 512;

    Disk();
    ~Disk();
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    // What a power cut leaves of that which was not synced.
    enum class Loss : std::uint8_t { all, nothing, torn, mixed };

    // From this operation on (write, sync, truncate or removal, counted over the disk's life)
    // nothing reaches the disk any more: the process is about to die.
    void go_dark_at(std::uint64_t operation) { dark_at_ = operation; }
    void go_dark() { dark_ = true; }
    [[nodiscard]] bool dark() const { return dark_; }
    [[nodiscard]] std::uint64_t operations() const { return operations_; }
    // The machine is on again, with what the cut left, or all of it when only the process died.
    void cut_power(Loss loss, Random& random);
    void light() { dark_ = false; }
    void lose_everything();

    enum class Call : std::uint8_t { open, read, write, sync };
    struct Failure {
        Call call{};
        bool for_ever = false;
        std::uint32_t after = 0;  // so many of its kind go well before
    };
    void fail(Failure failure) { failure_ = failure, failing_ = true; }
    void behave() { failing_ = false; }
    [[nodiscard]] bool has_failed() const { return failed_; }
    [[nodiscard]] bool sync_failed() const { return sync_failed_; }
    void forget_failures() { failed_ = sync_failed_ = ran_full_ = false; }

    void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
    [[nodiscard]] std::uint64_t free() const;
    [[nodiscard]] bool ran_full() const { return ran_full_; }
    [[nodiscard]] std::uint64_t used() const { return used_; }

    // For the VFS and for db/files.
    struct File {
        std::string bytes{};                            // as programs see it
        std::map<std::size_t, std::string> unsynced{};  // block -> what the disk has of it
        std::map<std::size_t, std::string> given_up{};  // of failed syncs: clean in the cache
        std::size_t synced_size = 0;
        std::optional<std::size_t> cut_to{};  // shorter than that since, and the disk may not know
        bool named = false;                   // its name is on the disk
        std::string renamed{};  // what it is called on the disk, if that is another name
        bool removed = false;   // but its removal is not
    };
    [[nodiscard]] bool exists(const std::string& path) const;
    void create(const std::string& path);
    [[nodiscard]] File* find(const std::string& path);
    bool write(File& file, std::size_t at, const char* bytes, std::size_t count);
    bool resize(File& file, std::size_t size);
    bool sync(File& file);
    void sync_names();
    bool remove(const std::string& path, bool durable);
    void remove_all_in(const std::string& directory);
    bool rename(const std::string& path, const std::string& name);
    // False: this call fails.
    [[nodiscard]] bool well(Call call);
    [[nodiscard]] bool has_room(const File& file, std::size_t end);
    void reserve(std::uint64_t bytes) { reserved_ = bytes; }  // the ballast
    [[nodiscard]] std::uint64_t reserved() const { return reserved_; }

    [[nodiscard]] bool holds(const std::string& text) const;  // anywhere, in clear
    [[nodiscard]] std::uint64_t fingerprint() const;
    // What a cut now would leave, for a loss without dice.
    [[nodiscard]] std::uint64_t fingerprint_after(Loss loss) const;
    std::function<void()> before_operation{};

private:
    // Counts; false: the power has gone.
    bool operate();
    static void keep_old(File& file, std::size_t block);
    [[nodiscard]] static bool is_forgotten(const File& file, Loss loss, Random& random);
    void give_old_names(Loss loss, Random& random);
    static void settle(File& file, Loss loss, Random& random);
    static bool settle_shortening(File& file, Loss loss, Random& random);

    sqlite3_vfs* before_;
    sqlite3_vfs vfs_{};
    std::map<std::string, File> files_{};
    bool dark_ = false;
    std::uint64_t dark_at_ = 0;
    std::uint64_t operations_ = 0;
    Failure failure_{};
    bool failing_ = false, failed_ = false, sync_failed_ = false, ran_full_ = false;
    std::uint64_t capacity_ = std::uint64_t{1} << 40U;
    std::uint64_t used_ = 0;
    std::uint64_t reserved_ = 0;
};

}  // namespace lucheng::simulation
