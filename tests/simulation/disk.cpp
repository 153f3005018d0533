#include "tests/simulation/disk.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace lucheng::simulation {

namespace {

constexpr char garbage = '\xa5';

std::size_t block_of(std::size_t at) { return at / Disk::block_bytes; }

}  // namespace

bool Disk::exists(const std::string& path) const {
    const auto found = files_.find(path);
    return found != files_.end() && !found->second.removed;
}

Disk::File* Disk::find(const std::string& path) {
    const auto found = files_.find(path);
    return found == files_.end() || found->second.removed ? nullptr : &found->second;
}

void Disk::create(const std::string& path) {
    File& file = files_[path];
    if (!file.removed) return;
    used_ -= file.bytes.size();
    file = File{};
}

bool Disk::operate() {
    ++operations_;
    if (before_operation) before_operation();
    if (dark_at_ != 0 && operations_ >= dark_at_) dark_ = true, dark_at_ = 0;
    return !dark_;
}

bool Disk::well(Call call) {
    if (dark_) return false;
    if (!failing_ || failure_.call != call) return true;
    if (failure_.after > 0) {
        --failure_.after;
        return true;
    }
    failing_ = failure_.for_ever;
    failed_ = true;
    return false;
}

std::uint64_t Disk::free() const {
    const std::uint64_t taken = used_ + reserved_;
    return taken >= capacity_ ? 0 : capacity_ - taken;
}

bool Disk::has_room(const File& file, std::size_t end) {
    if (end <= file.bytes.size() || end - file.bytes.size() <= free()) return true;
    ran_full_ = true;
    return false;
}

void Disk::keep_old(File& file, std::size_t block) {
    const auto given_up = file.given_up.find(block);
    if (given_up != file.given_up.end()) {  // written again: it has another chance
        file.unsynced.insert(file.given_up.extract(given_up));
        return;
    }
    const auto [old, fresh] = file.unsynced.try_emplace(block);
    if (!fresh) return;
    const std::size_t at = block * block_bytes;
    const std::size_t size = std::min(file.synced_size, file.bytes.size());
    if (at < size) old->second = file.bytes.substr(at, std::min(block_bytes, size - at));
}

bool Disk::write(File& file, std::size_t at, const char* bytes, std::size_t count) {
    if (!operate()) return false;
    for (auto block = block_of(at); block * block_bytes < at + count; ++block) {
        keep_old(file, block);
    }
    if (at + count > file.bytes.size()) {
        used_ += at + count - file.bytes.size();
        file.bytes.resize(at + count);
    }
    std::copy_n(bytes, count, file.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
}

bool Disk::resize(File& file, std::size_t size) {
    if (!operate()) return false;
    for (auto block = block_of(size); block * block_bytes < file.bytes.size(); ++block) {
        keep_old(file, block);
    }
    if (size < file.synced_size) file.cut_to = std::min(size, file.cut_to.value_or(size));
    used_ += size;
    used_ -= file.bytes.size();
    file.bytes.resize(size);
    return true;
}

bool Disk::sync(File& file) {
    if (!operate()) return false;
    if (!well(Call::sync)) {
        // The kernel calls the blocks clean all the same: what programs see, the disk never got.
        file.given_up.merge(file.unsynced);
        file.unsynced.clear();
        sync_failed_ = true;
        return false;
    }
    file.unsynced.clear();
    // How long a file is reaches the disk all the same; what was cut off is nobody's any more.
    const std::size_t size = file.bytes.size();
    std::erase_if(file.given_up,
                  [&](const auto& block) { return block.first * block_bytes >= size; });
    file.cut_to.reset();
    file.synced_size = file.given_up.empty() ? size : std::min(size, file.synced_size);
    return true;
}

void Disk::sync_names() {
    if (!operate()) return;
    std::erase_if(files_, [](const auto& entry) { return entry.second.removed; });
    for (auto& [path, file] : files_) {
        file.named = true;
        file.renamed.clear();
    }
}

void Disk::remove_all_in(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& [name, file] : files_) {
        if (name.starts_with(directory + '/') && exists(name)) names.push_back(name);
    }
    for (const auto& name : names) remove(name, false);
}

bool Disk::rename(const std::string& path, const std::string& name) {
    if (!operate() || find(path) == nullptr) return false;
    const auto taken = files_.find(name);
    if (taken != files_.end() && !taken->second.removed) used_ -= taken->second.bytes.size();
    auto moved = files_.extract(path);
    moved.key() = name;
    if (moved.mapped().renamed.empty()) moved.mapped().renamed = path;
    files_.insert_or_assign(name, std::move(moved.mapped()));
    return true;
}

bool Disk::remove(const std::string& path, bool durable) {
    if (!operate()) return false;
    const auto found = files_.find(path);
    if (found == files_.end()) return true;
    used_ -= found->second.bytes.size();
    if (durable || !found->second.named) {
        files_.erase(found);
        return true;
    }
    used_ += found->second.bytes.size();
    found->second.removed = true;
    return true;
}

// A file that was made shorter is that on the disk, or it is the old one to its end: file systems
// give the blocks that it had to nothing else before. True: it is the old one.
bool Disk::settle_shortening(File& file, Loss loss, Random& random) {
    if (!file.cut_to) return false;
    const bool is_old = loss == Loss::all || (loss != Loss::nothing && random.one_in(2));
    if (is_old) return true;
    const std::size_t end = *file.cut_to;
    for (auto* blocks : {&file.unsynced, &file.given_up}) {
        for (auto& [block, old] : *blocks) {
            const std::size_t at = block * block_bytes;
            if (at + old.size() > end) old.resize(end > at ? end - at : 0);
        }
    }
    file.synced_size = end;
    return false;
}

// Block for block what the cut left: the new, the old, a mixture of sectors, or garbage.
void Disk::settle(File& file, Loss loss, Random& random) {
    const bool is_old = settle_shortening(file, loss, random);
    const std::size_t seen = file.bytes.size();
    bool keeps_size = file.given_up.empty() && !is_old;
    if (loss == Loss::all) keeps_size = false;
    if (loss == Loss::torn || loss == Loss::mixed) keeps_size = keeps_size && random.one_in(2);
    const std::size_t size = keeps_size ? seen : file.synced_size;
    file.bytes.resize(std::max(size, seen));
    const auto restore = [&](std::size_t block, const std::string& old, std::size_t from,
                             std::size_t count) {
        for (std::size_t i = from; i < from + count && i < block_bytes; ++i) {
            const std::size_t at = block * block_bytes + i;
            if (at >= file.bytes.size()) return;
            file.bytes[at] = i < old.size() ? old[i] : '\0';
        }
    };
    for (const auto& [block, old] : file.given_up) restore(block, old, 0, block_bytes);
    for (const auto& [block, old] : file.unsynced) {
        const bool was_cut_off = is_old && (block + 1) * block_bytes > *file.cut_to;
        const std::uint64_t fate = loss == Loss::all || was_cut_off ? 0
                                   : loss == Loss::nothing          ? 1
                                   : loss == Loss::torn             ? 2
                                                                    : random.below(4);
        if (fate == 0) restore(block, old, 0, block_bytes);
        if (fate < 2) continue;
        for (std::size_t sector = 0; sector < block_bytes; sector += sector_bytes) {
            const std::uint64_t which = random.below(fate == 2 ? 2 : 3);
            if (which == 0) restore(block, old, sector, sector_bytes);
            if (which != 2) continue;
            for (std::size_t i = 0; i < sector_bytes; ++i) {
                const std::size_t at = block * block_bytes + sector + i;
                if (at < file.bytes.size()) file.bytes[at] = garbage;
            }
        }
    }
    file.bytes.resize(size);
    file.unsynced.clear();
    file.given_up.clear();
    file.cut_to.reset();
    file.synced_size = size;
}

bool Disk::is_forgotten(const File& file, Loss loss, Random& random) {
    const bool forgets = loss != Loss::nothing && (loss == Loss::all || random.one_in(2));
    return file.removed ? !forgets : !file.named && forgets;
}

// Files whose new name did not reach the disk have their old one.
void Disk::give_old_names(Loss loss, Random& random) {
    std::vector<std::pair<std::string, std::string>> back;
    for (auto& [path, file] : files_) {
        if (file.renamed.empty()) continue;
        const bool forgets = loss != Loss::nothing && (loss == Loss::all || random.one_in(2));
        if (forgets && file.named) back.emplace_back(path, file.renamed);
        file.renamed.clear();
    }
    for (const auto& [path, old] : back) {
        auto moved = files_.extract(path);
        files_.insert_or_assign(old, std::move(moved.mapped()));
    }
}

void Disk::cut_power(Loss loss, Random& random) {
    give_old_names(loss, random);
    for (auto entry = files_.begin(); entry != files_.end();) {
        File& file = entry->second;
        if (is_forgotten(file, loss, random)) {
            entry = files_.erase(entry);
            continue;
        }
        file.removed = false;
        file.named = true;
        settle(file, loss, random);
        ++entry;
    }
    used_ = 0;
    for (const auto& [path, file] : files_) used_ += file.bytes.size();
    dark_at_ = 0;
    light();
}

void Disk::lose_everything() {
    files_.clear();
    used_ = 0;
    reserved_ = 0;
}

bool Disk::holds(const std::string& text) const {
    return std::any_of(files_.begin(), files_.end(), [&](const auto& entry) {
        return entry.second.bytes.find(text) != std::string::npos;
    });
}

namespace {

std::uint64_t hash_of(std::uint64_t hash, const std::string& bytes) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return hash;
}

constexpr std::uint64_t hash_of_nothing = 0xcbf29ce484222325U;

}  // namespace

std::uint64_t Disk::fingerprint() const {
    std::uint64_t hash = hash_of_nothing;
    for (const auto& [path, file] : files_) hash = hash_of(hash, file.bytes);
    return hash;
}

std::uint64_t Disk::fingerprint_after(Loss loss) const {
    Random no_dice{1};
    std::uint64_t hash = hash_of_nothing;
    for (const auto& [path, file] : files_) {
        if (is_forgotten(file, loss, no_dice)) continue;
        File left = file;
        settle(left, loss, no_dice);
        hash = hash_of(hash_of(hash, path), left.bytes);
    }
    return hash;
}

}  // namespace lucheng::simulation
