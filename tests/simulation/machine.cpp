#include "tests/simulation/machine.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sysexits.h>
#include <utility>

#include "protocol/codec.hpp"

namespace lucheng::simulation {

namespace {

constexpr auto looks_after_disk = 10min;
constexpr std::size_t read_at_once = 500;

}  // namespace

struct Machine::Process {
    Process(Machine& machine, std::uint64_t number);
    void open();
    void connect();
    [[nodiscard]] hal::Hardware::Listener listener();

    Machine& m;
    boost::asio::io_context io{1};
    protocol::BootId boot;
    daemon::InHand in_hand;
    DoorsHardware hardware;
    std::optional<db::Store> store{};
    std::optional<daemon::Clock> clock{};
    daemon::Log log;
    daemon::Intake intake;
    std::optional<daemon::Loop> loop{};
    std::optional<daemon::Link> link{};
    daemon::KioskHandlers kiosk{};
    bool serves = false;
    std::optional<std::string> fault{};
    Timeline::Ticket watch{};
};

Machine::Process::Process(Machine& machine, std::uint64_t number)
    : m{machine},
      boot{protocol::BootId::of(fmt::format("b-{}", number))},
      in_hand{machine.parts_.scratch, machine.parts_.around.clocks.uptime()},
      hardware{machine.parts_.doors},
      log{machine.parts_.around.log ? daemon::Level::info : daemon::Level::error},
      intake{machine.parts_.spec.id, boot, machine.parts_.keys, machine.parts_.code_key} {
    // Dispatch's own; whose does not matter here.
    intake.seal_cards_to(protocol::SealingKey{machine.parts_.code_key}.public_key());
}

hal::Hardware::Listener Machine::Process::listener() {
    return {.sensed = [this](const core::Senses& senses) { loop->happened(core::Sensed{senses}); },
            .pulsed =
                [this](core::AuthorisationId id, core::PulseEnd end) {
                    loop->happened(core::PulseEnded{id, end});
                },
            .lost =
                [this](std::vector<CompartmentNumber> numbers, std::string device) {
                    loop->happened(core::HardwareLost{std::move(numbers), std::move(device)});
                },
            .back =
                [this](std::vector<core::Senses> senses, std::string device) {
                    loop->happened(core::HardwareBack{std::move(senses), std::move(device)});
                },
            .trouble = [](const std::string&) {}};
}

void Machine::Process::open() {
    auto senses = hardware.start(listener());
    const auto& spec = m.parts_.spec;
    store.emplace(db::Options{.directory = "/state",
                              .cabinet = spec.id,
                              .ballast_bytes = spec.limits.ballast_mb << 20,
                              .own_thread = false},
                  [this](std::function<void()> done) { boost::asio::post(io, std::move(done)); });
    store->on_fault([this](const db::StoreFault& broken) { fault = broken.what(); });
    clock.emplace(daemon::ClockSource::kernel,
                  store->newest_entry_at().value_or(protocol::WallTime{}));
    if (m.epoch_ != store->head().epoch) m.read_back_ = 0;
    m.epoch_ = store->head().epoch;
    m.hooks.opened(store->head());
    loop.emplace(daemon::LoopParts{.io = io,
                                   .clock = *clock,
                                   .log = log,
                                   .intake = intake,
                                   .store = *store,
                                   .hardware = hardware,
                                   .in_hand = in_hand,
                                   .boot = boot,
                                   .cabinet = spec.id,
                                   .limits = spec.limits},
                 core::Cabinet{spec, store->ledger()});
    kiosk = loop->kiosk_handlers();
    loop->boot({.senses = std::move(senses), .version = "simulated", .clean = in_hand.clean()},
               [this] {
                   serves = true;
                   m.hooks.booted();
               });
    connect();
}

void Machine::Process::connect() {
    daemon::LinkHandlers handlers;
    handlers.message = [this](daemon::Incoming incoming) { loop->message(std::move(incoming)); };
    handlers.connected = [this] { loop->link_connected(); };
    handlers.disconnected = [](const std::string&) {};
    handlers.event_accepted = [this](protocol::JournalNumber n) { loop->event_accepted(n); };
    handlers.status = [this](protocol::Link state) {
        const auto now = clock->now();
        return protocol::encode(protocol::Status{.cabinet = m.parts_.spec.id,
                                                 .link = state,
                                                 .version = "simulated",
                                                 .boot = boot,
                                                 .since = now.wall,
                                                 .time_trusted = now.trusted});
    };
    handlers.read_events = [this](protocol::JournalNumber from, std::size_t count,
                                  std::function<void(std::vector<db::StoredEvent>)> done) {
        store->read_events(from, count, std::move(done));
    };
    link.emplace(io,
                 daemon::LinkOptions{.uri = "mqtt://broker",
                                     .root = "lucheng/v1",
                                     .cabinet = m.parts_.spec.id,
                                     .client_id = "cabinet"},
                 std::move(handlers));
    loop->attach(*link);
    link->start(store->sent(), store->head().number);
}

Machine::Machine(MachineParts parts) : parts_{std::move(parts)} {}
Machine::~Machine() { destroy(); }

daemon::Loop& Machine::loop() { return *process_->loop; }
daemon::KioskHandlers& Machine::kiosk() { return process_->kiosk; }
const protocol::BootId& Machine::boot_id() const { return process_->boot; }
bool Machine::serves() const { return process_ && process_->serves; }

bool Machine::all_told() const {
    return process_ && process_->serves &&
           read_back_ == protocol::number_of(process_->loop->head().number);
}

core::Now Machine::clock_says() const { return process_->clock->now(); }

void Machine::switch_on() {
    on_ = true;
    start();
}

void Machine::again(Milliseconds after) {
    parts_.around.time.after(after, [this, life = life_] {
        if (on_ && !process_ && life == life_) start();
    });
}

void Machine::start() {
    ++life_;
    ++boots_;
    low_ = false;
    try {
        process_ = std::make_unique<Process>(*this, boots_);
        process_->open();
    } catch (const db::StoreFault& fault) {
        if (parts_.around.disk.dark()) return went_dark();
        ++exits_;
        destroy();
        const bool damaged = fault.exit_code() == EX_DATAERR;
        hooks.gone(std::string{damaged ? condemned : "could not open: "} + fault.what());
        return again(parts_.dice.between(2s, 20s));
    }
    watch();
    settle();
}

// Nothing of it reaches the disk any more; then it is gone.
void Machine::destroy() {
    if (!process_) return;
    ++life_;
    parts_.around.disk.go_dark();
    parts_.around.broker.die();
    if (process_->watch.second != 0) parts_.around.time.cancel(process_->watch);
    process_.reset();
    parts_.around.disk.light();
    working_ = false;
    cut_at_pulse_.reset();
}

void Machine::kill() {
    if (!process_) return;
    destroy();
    hooks.gone("killed");
    again(parts_.dice.between(1s, 6s));
}

void Machine::cut_power(Disk::Loss loss, bool keeps_time) {
    if (!on_) return;
    destroy();
    parts_.around.disk.cut_power(loss, parts_.dice);
    parts_.around.disk.behave();
    hooks.gone("the power is cut");
    ++life_;
    parts_.around.time.after(parts_.dice.soon(5s, 30min), [this, keeps_time, life = life_] {
        if (!on_ || process_ || life != life_) return;
        parts_.around.clocks.switch_on(keeps_time);
        start();
    });
}

void Machine::stop() {
    if (!process_) return;
    process_->link->stop(2s);
    process_->in_hand.ended_in_order();
    ++life_;
    if (process_->watch.second != 0) parts_.around.time.cancel(process_->watch);
    process_.reset();  // the store finishes and closes
    working_ = false;
    if (parts_.around.disk.dark()) return went_dark();
    hooks.gone("stopped");
    again(parts_.dice.between(1s, 60s));
}

void Machine::stay_off() {
    on_ = false;
    destroy();
}

void Machine::cut_at_operation(std::uint64_t further, Disk::Loss loss) {
    loss_ = loss;
    parts_.around.disk.go_dark_at(parts_.around.disk.operations() + further);
}

void Machine::coil_on() {
    if (!cut_at_pulse_) return;
    const auto loss = *std::exchange(cut_at_pulse_, std::nullopt);
    // Not within the call of the process that is about to die.
    parts_.around.time.after(0ms, [this, loss] { cut_power(loss, true); });
}

void Machine::went_dark() {
    cut_power(loss_, true);
    if (!cut_again_) return;
    cut_at_operation(*std::exchange(cut_again_, std::nullopt), loss_);
}

void Machine::watch() {
    process_->loop->compare_clocks();
    if (parts_.around.time.now() >= hour_at_) {
        hour_at_ = parts_.around.time.now() + 1h;
        process_->loop->count_refused_messages();
        let_go_of_the_old();
    }
    const auto low_bytes = static_cast<std::uint64_t>(parts_.spec.limits.disk_low_mb) << 20;
    process_->store->check_space(low_bytes, [this, low_bytes](db::Store::Space space) {
        const bool is_low = space.free_bytes < low_bytes || !space.ballast;
        if (is_low != low_) process_->loop->space(is_low);
        low_ = is_low;
    });
    process_->watch = parts_.around.time.after(looks_after_disk, [this] { watch(); });
}

void Machine::let_go_of_the_old() {
    const core::Now now = process_->clock->now();
    if (!now.trusted) return;
    process_->store->age({.now = now.wall,
                          .persons = parts_.spec.limits.personal_facts,
                          .entries = parts_.spec.limits.audit},
                         [this](const db::Aged& aged) {
                             process_->loop->pruned(aged.pruned);
                             if (aged.more) let_go_of_the_old();
                         });
}

void Machine::work() {
    working_ = false;
    process_->store->step();
    if (parts_.around.disk.dark()) went_dark();
}

// What is durable, as whoever asks the store is told it.
void Machine::read_back() {
    const auto head = protocol::number_of(process_->loop->head().number);
    while (process_ && read_back_ < head && process_->store->idle() && !process_->fault) {
        const auto from = read_back_ + 1;
        process_->store->read_events(protocol::JournalNumber{from}, read_at_once,
                                     [this](const std::vector<db::StoredEvent>& events) {
                                         if (events.empty()) return;
                                         read_back_ = protocol::number_of(events.back().number);
                                         hooks.recorded(events);
                                     });
        process_->store->step();
        process_->io.restart();
        process_->io.poll();
        if (read_back_ < from) return;
    }
}

void Machine::settle() {
    if (settling_ || !process_) return;
    settling_ = true;
    process_->io.restart();
    process_->io.poll();
    if (process_->fault) {
        ++exits_;
        auto how = *process_->fault;
        destroy();
        hooks.gone(how);
        again(parts_.dice.between(2s, 20s));
        settling_ = false;
        return;
    }
    read_back();
    if (process_ && !working_ && !process_->store->idle()) {
        working_ = true;
        auto& time = parts_.around.time;
        const auto begin = std::max(time.now(), stalled_until_);
        time.at(begin + parts_.dice.between(1ms, 9ms), [this, life = life_] {
            if (life == life_ && process_) work();
        });
    }
    settling_ = false;
    hooks.decided();
}

}  // namespace lucheng::simulation
