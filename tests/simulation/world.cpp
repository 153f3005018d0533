#include "tests/simulation/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>
#include <utility>

#include "tests/simulation/crash_points.hpp"
#include "tests/simulation/judge.hpp"
#include "tests/simulation/world_parts.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;

namespace {

// The record's salts and the epoch's name come from here, so that two runs are the same.
Random& salt_dice() {
    static Random dice{1};
    return dice;
}
void fill(void* out, std::size_t size) {
    auto* const bytes = static_cast<unsigned char*>(out);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<unsigned char>(salt_dice().next() >> 56U);
    }
}
std::uint32_t word() { return static_cast<std::uint32_t>(salt_dice().next() >> 32U); }
const char* dice_name() { return "simulation"; }

void throw_our_dice(std::uint64_t seed) {
    static randombytes_implementation ours = [] {
        randombytes_implementation all{};
        all.implementation_name = dice_name;
        all.random = word;
        all.buf = fill;
        return all;
    }();
    randombytes_set_implementation(&ours);
    salt_dice() = Random{seed};
}

// The note of what is in hand lies on the real file system.
class Scratch {
public:
    Scratch()
        : path_{std::filesystem::temp_directory_path() /
                fmt::format("cabinet-simulation-{}", ::getpid())} {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

protocol::CodeKey code_key() {
    protocol::Digest key{};
    for (std::size_t i = 0; i < key.size(); ++i) key.at(i) = static_cast<std::uint8_t>(i * 7 + 3);
    return protocol::CodeKey{key};
}

}  // namespace

core::CabinetSpec spec_of(const Settings& settings) {
    Random dice{settings.seed ^ 0x5eedU};
    core::CabinetSpec spec;
    spec.id = protocol::CabinetId::of("KS-001");
    const std::uint64_t least = 6 + settings.parcels_a_day / 2;
    const auto doors = least + dice.below(8);
    const auto without_sensor = dice.below(3);  // none, a third, two thirds
    for (std::uint64_t i = 1; i <= doors; ++i) {
        core::CompartmentSpec one;
        one.number = CompartmentNumber{static_cast<std::uint16_t>(i)};
        const auto kind = dice.below(4);
        one.size = kind < 2   ? protocol::SizeClass::small
                   : kind < 3 ? protocol::SizeClass::medium
                              : protocol::SizeClass::large;
        one.height_mm = static_cast<std::uint16_t>(dice.below(2'000));
        one.has_sensor = dice.below(3) >= without_sensor;
        spec.compartments.push_back(one);
    }
    // What is scanned; the numbers of badges and reader cards are not told apart by themselves.
    const auto format = [](core::ScanMeaning meaning, std::string prefix) {
        core::ScanFormat one;
        one.meaning = meaning;
        one.prefix = std::move(prefix);
        return one;
    };
    using core::ScanMeaning;
    spec.readers = {{.id = "scanner",
                     .formats = {format(ScanMeaning::parcel, "LC:"), format(ScanMeaning::token, ""),
                                 format(ScanMeaning::code, ""), format(ScanMeaning::card, "C:")}},
                    {.id = "cards",
                     .formats = {format(ScanMeaning::courier_card, "E:"),
                                 format(ScanMeaning::reader_card, "R:")}}};
    spec.cards_by_hand = true;
    spec.takes_returns = true;
    // A run is days, not months.
    spec.limits.personal_facts = 6h;
    spec.limits.audit = 12h;
    return spec;
}

World::World(const Plan& plan, const Watching& watching, const std::filesystem::path& scratch)
    : plan_{plan},
      watching_{watching},
      dice_{plan.settings.seed * 2 + 1},
      clocks_{time_},
      broker_{time_, dice_.fork()},
      around_{time_, clocks_, disk_, broker_, dice_.fork()},
      standing_{around_},
      doors_{time_, clocks_, spec_of(plan.settings), dice_.fork()},
      dispatch_{time_,
                clocks_,
                broker_,
                protocol::CabinetId::of("KS-001"),
                protocol::SealingKey{code_key()}.public_key(),
                dice_.fork()},
      machine_{MachineParts{around_, doors_, spec_of(plan.settings), Dispatch::trusted(),
                            code_key(), scratch, dice_.fork()}},
      people_{time_, machine_, doors_, dispatch_, dice_.fork()},
      judge_{JudgeParts{time_, disk_, machine_, doors_, dispatch_, people_}} {
    if (watching_.transcript) {
        around_.log = [this](std::string_view line) { tell(std::string{line}); };
    }
    if (watching_.crashes != nullptr) {
        watching_.crashes->use(scratch);
        disk_.before_operation = [this] {
            watching_.crashes->at_operation(disk_, machine_, moments_, time_.now());
        };
    }
    connect();
}

// What was still to come goes before what it would have happened to.
World::~World() {
    machine_.stay_off();
    time_.clear();
}

void World::tell(const std::string& what) {
    if (!watching_.transcript) return;
    const auto ms = time_.now().count();
    const auto s = ms / 1'000;
    transcript_.push_back(fmt::format("day {} {:02d}:{:02d}:{:02d}.{:03d}  {}", s / 86'400,
                                      s / 3'600 % 24, s / 60 % 60, s % 60, ms % 1'000, what));
    if (transcript_.size() > watching_.lines_most) transcript_.pop_front();
}

namespace {

// The delivery that a command is about, or nothing.
std::string subject_of(const protocol::Verb& verb) {
    return std::visit(
        [](const auto& known) -> std::string {
            if constexpr (requires { known.delivery.secrets; }) {
                return known.delivery.delivery.str();
            } else if constexpr (requires { known.delivery; }) {
                return known.delivery.str();
            } else {
                return {};
            }
        },
        verb);
}

}  // namespace

void World::note(std::string_view bytes) {
    for (const char c : bytes) {
        talk_ = (talk_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
}

// Who tells whom of what.
void World::connect() {
    machine_.hooks.opened = [this](const auto& head) { judge_.opened(head); };
    machine_.hooks.booted = [this] { judge_.booted(); };
    machine_.hooks.recorded = [this](const auto& events) {
        for (const auto& event : events) note(event.event.entry);
        figures_.entries += events.size();
        judge_.recorded(events);
    };
    machine_.hooks.decided = [this] { judge_.look(); };
    machine_.hooks.gone = [this](const std::string& how) {
        tell("*** " + how);
        judge_.gone(how);
        if (how == "the power is cut") ++figures_.cuts;
        time_.after(3min, [this] {
            if (network_ == 0 && !clock_held_) clocks_.correct();
        });
    };
    doors_.coil_on = [this](const core::PulseLock& pulse) {
        tell(fmt::format("    coil of door {}", protocol::number_of(pulse.compartment)));
        machine_.coil_on();
        ++figures_.pulses;
        judge_.pulsed(pulse);
    };
    doors_.sprang = [this](CompartmentNumber) { ++figures_.openings; };
    broker_.arrived = [this](const daemon::LinkMessage& message) {
        ++figures_.messages;
        dispatch_.hear(message);
    };
    broker_.overheard = [this](const daemon::LinkMessage& message) {
        note(message.bytes);
        judge_.overheard(message);
    };
    broker_.met = [this] { judge_.begins_to_send(); };
    broker_.taken = [this](const daemon::LinkMessage& message) { judge_.taken(message); };
    broker_.told_of_refusal = [this](const std::string& topic) {
        if (topic.ends_with("/event")) judge_.begins_to_send();
    };
    dispatch_.replied = [this](const auto& order, const auto& reply, const std::string& bytes) {
        if (watching_.transcript && !order.settled) {
            tell(fmt::format("    reply {} {} {}: {}", order.id.str(),
                             protocol::name_of(order.verb), subject_of(order.verb),
                             reply.refusal ? code_of(reply.refusal->reason) : "ok"));
        }
        judge_.replied(order, reply, bytes);
    };
    dispatch_.learned = [](const protocol::Entry&) {};
    dispatch_.broken = [](const std::string& what) {
        const auto colon = what.find(':');
        const bool named = what.starts_with('P') && colon < 4;
        throw Broken{named ? what.substr(0, colon) : "P10", what};
    };
    dispatch_.deposited = [this](Parcel& parcel) {
        if (parcel.never_comes) return;
        Random dice = parcel.dice;
        time_.after(parcel.pickup_after,
                    [this, id = parcel.id, dice] { people_.patron_comes(id, dice); });
    };
    dispatch_.is_sensed_well = [this](CompartmentNumber number) {
        const auto& box = doors_.box(number);
        return box.spec.has_sensor && !box.stuck && !box.lost;
    };
    dispatch_.lies_at = [this](const DeliveryId& id) { return doors_.where(id); };
    dispatch_.somebody_look = [this](CompartmentNumber number) { people_.staff_comes(number); };
    connect_people();
}

void World::connect_people() {
    people_.presenting = [this](const std::string& text, bool card) {
        judge_.presenting(text, card);
    };
    people_.presented = [this](const auto& done) { judge_.presented(done); };
    people_.put_in_service = [this](CompartmentNumber number, bool in) {
        judge_.told_of_service(number, in);
    };
    people_.maintenance_declared = [this] { judge_.maintenance_declared(); };
    people_.touched = [this] { judge_.touched(); };
    people_.misled = [this](CompartmentNumber number, const char* why) {
        tell(fmt::format("    door {}: {}", protocol::number_of(number), why));
        judge_.misled(number);
    };
    people_.put_right = [this](CompartmentNumber number) {
        tell(fmt::format("    door {}: the cabinet knows now what lies there",
                         protocol::number_of(number)));
        judge_.put_right(number);
    };
    people_.has_chosen = [this](const DeliveryId& id) {
        const auto parcel = dispatch_.parcels().find(id);
        if (parcel == dispatch_.parcels().end() || !std::exchange(cancels_at_door_, false)) return;
        time_.after(Milliseconds{static_cast<Milliseconds::rep>(parcel->second.dice.below(250))},
                    [this, id] { dispatch_.cancel(dispatch_.parcels().at(id)); });
    };
    people_.tells = [this](const std::string& what) { tell("    " + what); };
}

void World::pass(Milliseconds end) {
    while (time_.step(end)) {
        ++moments_;
        machine_.settle();
    }
}

// Nothing stands between dispatch and the cabinet.
bool World::is_well() const {
    const auto& weather = broker_.weather;
    return weather.unreachable + weather.deaf_upward + weather.deaf_downward + weather.nobody +
                   weather.forgetful ==
               0 &&
           machine_.serves();
}

void World::tidy() {
    people_.tidy();
    judge_.look_at_talk(is_well());
    time_.after(15min, [this] { tidy(); });
}

void World::live() {
    throw_our_dice(plan_.settings.seed);
    machine_.switch_on();
    dispatch_.grant(protocol::PersonId::of("courier-1"), protocol::PersonRole::courier,
                    people_.courier_code(), people_.courier_card());
    dispatch_.grant(protocol::PersonId::of("staff-1"), protocol::PersonRole::staff,
                    people_.staff_code(), people_.staff_card());
    tidy();
    for (const auto& item : plan_.items) {
        pass(item.at);
        ++figures_.acts.at(static_cast<std::size_t>(item.act));
        do_now(item);
        machine_.settle();
    }
    pass(plan_.settings.length);
    wind_down();
    judge_.at_end();
}

void Figures::add(const Figures& other) {
    for (std::size_t i = 0; i < acts.size(); ++i) acts.at(i) += other.acts.at(i);
    for (const auto figure :
         {&Figures::entries, &Figures::starts, &Figures::cuts, &Figures::parcels,
          &Figures::deposited, &Figures::pulses, &Figures::openings, &Figures::messages}) {
        this->*figure += other.*figure;
    }
}

Outcome World::outcome() {
    Outcome out;
    try {
        live();
    } catch (const Broken& broken) {
        out.promise = broken.promise;
        out.how = broken.what();
    }
    tell(out.kept() ? "every promise was kept" : "BROKEN  " + out.how);
    out.at = time_.now();
    out.moments = moments_;
    out.figures = figures_;
    out.figures.starts = machine_.boots();
    out.figures.parcels = dispatch_.parcels().size();
    out.figures.deposited = static_cast<std::uint64_t>(
        std::count_if(dispatch_.parcels().begin(), dispatch_.parcels().end(),
                      [](const auto& entry) { return entry.second.deposited; }));
    out.fingerprint = disk_.fingerprint() ^ talk_;
    out.transcript.assign(transcript_.begin(), transcript_.end());
    return out;
}

Outcome run(const Plan& plan, const Watching& watching) {
    const Scratch scratch;
    throw_our_dice(plan.settings.seed);
    const auto world = std::make_unique<World>(plan, watching, scratch.path());
    auto out = world->outcome();
    if (watching.crashes != nullptr) watching.crashes->ended(out);
    return out;
}

}  // namespace lucheng::simulation
