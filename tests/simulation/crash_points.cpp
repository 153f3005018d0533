#include "tests/simulation/crash_points.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace lucheng::simulation {

namespace {

constexpr auto loss_names = std::to_array<std::string_view>({"all", "nothing", "torn", "mixed"});

std::string_view name_of(Disk::Loss loss) { return loss_names.at(static_cast<std::size_t>(loss)); }

// What is in hand lies on the real file system, which fork() does not split.
class Notes {
public:
    explicit Notes(const std::filesystem::path& scratch)
        : note_{scratch / "in-hand"},
          running_{scratch / "running"},
          ran_{std::filesystem::exists(running_)} {
        std::ifstream in{note_, std::ios::binary};
        bytes_.assign(std::istreambuf_iterator<char>{in}, {});
    }
    void put_back() const {
        std::fstream out{note_, std::ios::binary | std::ios::in | std::ios::out};
        out << bytes_;
        if (ran_) std::ofstream{running_, std::ios::app}.flush();
        if (!ran_) std::filesystem::remove(running_);
    }

private:
    std::filesystem::path note_, running_;
    bool ran_;
    std::string bytes_{};
};

}  // namespace

CrashPoints::CrashPoints(Options options, const Errand& errand, CrashTally& tally)
    : options_{std::move(options)},
      errand_{errand.name},
      from_{errand.from},
      to_{errand.plan.settings.length},
      tally_{tally} {
    std::istringstream words{options_.path};
    for (Cut cut; words >> cut.operation;) {
        std::string loss;
        words >> loss;
        if (!loss.empty() && loss.back() == ',') loss.pop_back();
        const auto* const found = std::find(loss_names.begin(), loss_names.end(), loss);
        cut.loss = static_cast<Disk::Loss>(found - loss_names.begin());
        path_.push_back(cut);
    }
}

// The first cut anywhere in the errand, each further one before the cabinet serves again.
bool CrashPoints::is_wanted(const Machine& machine, Milliseconds now) const {
    return cuts_.empty() ? now >= from_ && now <= to_ : !machine.serves();
}

// What a cut here can leave that no cut of the same moment has left before.
std::vector<Disk::Loss> CrashPoints::losses(const Disk& disk, std::uint64_t moment) {
    Random dice{operation_ * 8 + cuts_.size()};
    std::vector<Disk::Loss> ways;
    const auto lost = disk.fingerprint_after(Disk::Loss::all);
    const auto kept = disk.fingerprint_after(Disk::Loss::nothing);
    if (seen_.emplace(moment, lost).second) ways.push_back(Disk::Loss::all);
    if (lost == kept) return ways;
    if (seen_.emplace(moment, kept).second) ways.push_back(Disk::Loss::nothing);
    ways.push_back(dice.one_in(2) ? Disk::Loss::torn : Disk::Loss::mixed);
    if (cuts_.empty()) return ways;
    const auto one = dice.pick(ways);  // a further cut loses by seed
    return {one};
}

void CrashPoints::follow_path(Machine& machine) {
    if (cuts_.size() == path_.size() || operation_ != path_[cuts_.size()].operation) return;
    cuts_.push_back(path_[cuts_.size()]);
    operation_ = 0;
    machine.cut_at_operation(0, cuts_.back().loss);
}

void CrashPoints::at_operation(Disk& disk, Machine& machine, std::uint64_t moment,
                               Milliseconds now) {
    if (disk.dark() || !is_wanted(machine, now)) return;
    ++operation_;
    if (!path_.empty()) return follow_path(machine);
    const auto depth = static_cast<int>(cuts_.size());
    if (depth >= std::max(options_.depth, 2) + 1) return;
    if (depth == 0 && operation_ % options_.shares != options_.share) return;
    if (depth == 0 && operation_ <= options_.done) return;
    if (depth >= options_.depth) {
        Random dice{operation_ * 31 + cuts_.front().operation * 17 + cuts_.back().operation};
        if (options_.third_one_in == 0 || !dice.one_in(options_.third_one_in)) return;
    }
    if (depth == 0) ++tally_.points;
    for (const auto loss : losses(disk, moment)) {
        split(machine, loss);
        if (is_child_ && static_cast<int>(cuts_.size()) > depth) return;
    }
    if (depth == 0 && told) told(operation_);
}

void CrashPoints::split(Machine& machine, Disk::Loss loss) {
    const Notes notes{scratch_};
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error{"no process to split off"};
    if (child == 0) {
        is_child_ = true;
        cuts_.push_back({operation_, loss});
        operation_ = 0;
        seen_.clear();
        machine.cut_at_operation(0, loss);
        return;
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    notes.put_back();
    if (WIFEXITED(status)) return;  // it has told of itself
    ++tally_.broken;
    fmt::print("{}: cut {} {} after {} others: the process was killed by signal {}\n", errand_,
               operation_, name_of(loss), cuts_.size(), WTERMSIG(status));
}

void CrashPoints::ended(const Outcome& outcome) {
    if (!outcome.kept()) {
        std::string path;
        for (const auto& cut : cuts_) {
            path +=
                fmt::format("{}{} {}", path.empty() ? "" : ", ", cut.operation, name_of(cut.loss));
        }
        fmt::print("{}: cuts \"{}\": {}\n", errand_, path, outcome.how);
        ++tally_.broken;
    }
    if (!cuts_.empty()) ++tally_.ways.at(std::min<std::size_t>(cuts_.size(), 3) - 1);
    if (!is_child_) return;
    std::fflush(nullptr);
    ::_exit(outcome.kept() ? 0 : 1);
}

namespace {

using namespace std::chrono_literals;

// The first seed whose cabinet is as wanted: every compartment with a sensor, or none.
Settings settings_of(bool sensors) {
    Settings settings{.length = 3h, .faults = false};
    for (settings.seed = 1;; ++settings.seed) {
        const auto spec = spec_of(settings);
        const bool as_wanted =
            std::all_of(spec.compartments.begin(), spec.compartments.end(),
                        [&](const auto& one) { return one.has_sensor == sensors; });
        if (as_wanted && spec.compartments.size() <= 12) return settings;
    }
}

struct Doing {
    Milliseconds at;
    Act act;
    std::uint64_t seed = 1;
};

}  // namespace

std::vector<Errand> errands() {
    struct Named {
        std::string_view name;
        std::vector<Doing> doings;
        Milliseconds from{9min};
        Milliseconds length{3h};
    };
    const Doing parcel{10min, Act::parcel, 3}, courier{30min, Act::courier},
        patron{1h, Act::patron};
    const std::vector<Named> all{
        {"first start", {}, 0ms},
        {"drop-off and pickup", {parcel, courier, patron}},
        {"recall", {parcel, courier, {1h, Act::recall}, {90min, Act::courier, 2}}, 50min},
        {"cancel", {parcel, {20min, Act::cancel}}},
        {"new code, more time",
         {parcel, courier, {40min, Act::rekey}, {41min, Act::extend}},
         39min},
        {"wrong codes", {{30min, Act::guesser, 5}}, 29min},
        {"remote opening", {{30min, Act::remote_open}}, 29min, 9h},  // staff take their time
        {"forced door", {{30min, Act::vandal}, {40min, Act::vandal, 2}}, 29min},
        {"restart and kill", {parcel, {30min, Act::restart}, {1h, Act::kill}}, 29min},
        {"full disk", {parcel, {20min, Act::disk_full, 4}, courier, patron}, 20min},
        {"lost chip", {parcel, courier, {1830s, Act::chip_gone}, patron}, 1829s},
        {"a return", {{30min, Act::bring_back, 2}, {1h, Act::courier}}, 29min},
        {"a return, two doors", {{30min, Act::bring_back, 9}, {1h, Act::courier}}, 29min},
        {"a walk", {parcel, courier, {1h, Act::walk}}, 59min},
    };
    std::vector<Errand> made;
    for (const bool sensors : {true, false}) {
        const auto settings = settings_of(sensors);
        for (const auto& one : all) {
            Plan plan{settings, {}};
            plan.settings.length = one.length;
            for (const auto& doing : one.doings) {
                plan.items.push_back({doing.at, doing.act, doing.seed});
            }
            made.push_back({fmt::format("{}, {}", one.name, sensors ? "sensors" : "no sensors"),
                            std::move(plan), one.from});
        }
    }
    return made;
}

}  // namespace lucheng::simulation
